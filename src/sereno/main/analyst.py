"""The analyst process: takes its own rights away, then becomes ``analyst_at_work``.

It becomes another program, and does not just go on, because Landlock binds only the threads that come after, and
numerical libraries start some as they are imported.
"""

import logging
import os
import sys
from pathlib import Path
from threading import Event

from sereno.main.home import Home
from sereno.main.process_entry import Shard, run_sharded
from sereno.runtime.confinement import confine, program_folders
from sereno.runtime.settings import Settings

log = logging.getLogger(__name__)

SCRATCH = "tmp"
_MACHINE = ("/proc/cpuinfo", "/proc/meminfo", "/proc/driver/nvidia", "/sys/devices/system")
"""What inference asks about the processor."""
_DEVICES = ("/dev/null", "/dev/dri", "/dev/nvidia0", "/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools")


def run(settings: Settings, _stop: Event, shard: Shard) -> None:
    settings_path = Path(sys.argv[sys.argv.index("--settings") + 1])
    folder = Home(settings.home).analyst_folder(shard.number)
    if not confine_analyst(settings, shard, settings_path):
        log.warning("this kernel has no Landlock: streams are decoded with all the rights of this user")
    argv = (sys.executable, "-P", "-m", "sereno.main.analyst_at_work", *sys.argv[1:])
    environment = {**os.environ, "TMPDIR": str(folder / SCRATCH), "SQLITE_TMPDIR": str(folder / SCRATCH)}
    os.execve(sys.executable, argv, environment)  # noqa: S606 our own program


def confine_analyst(settings: Settings, shard: Shard, settings_path: Path) -> bool:
    """From now on this process reads programs, models and its orders, writes its own folder, and calls nobody by TCP.

    False when the kernel cannot.
    """
    home = Home(settings.home)
    own = home.analyst_folder(shard.number)
    for each in (home.analyst_orders, home.views, own / SCRATCH):
        each.mkdir(parents=True, exist_ok=True)
    return confine(
        reading=[
            *program_folders(),
            *map(Path, _MACHINE),
            settings.assets,
            settings.models,
            home.analyst_orders,
            settings_path,
        ],
        writing=[own, home.views],
        devices=map(Path, _DEVICES),
        network=False,
    )


if __name__ == "__main__":
    sys.exit(run_sharded("analyst", run))
