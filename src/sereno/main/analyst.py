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

_MACHINE = ("/proc/cpuinfo", "/proc/meminfo", "/proc/driver/nvidia", "/sys/devices/system")
"""What inference asks about the processor."""
_DEVICES = ("/dev/null", "/dev/dri", "/dev/nvidia0", "/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools")


def run(settings: Settings, _stop: Event, shard: Shard) -> None:
    home = Home(settings.home)
    folder = home.analyst_folder(shard.number)
    scratch = folder / "tmp"
    for each in (home.analyst_orders, home.views, scratch):
        each.mkdir(parents=True, exist_ok=True)
    confined = confine(
        reading=[*program_folders(), *map(Path, _MACHINE), settings.assets, home.analyst_orders, *_settings_file()],
        writing=[folder, home.views],
        devices=map(Path, _DEVICES),
        network=False,
    )
    if not confined:
        log.warning("this kernel has no Landlock: streams are decoded with all the rights of this user")
    argv = (sys.executable, "-P", "-m", "sereno.main.analyst_at_work", *sys.argv[1:])
    environment = {**os.environ, "TMPDIR": str(scratch), "SQLITE_TMPDIR": str(scratch)}
    os.execve(sys.executable, argv, environment)  # noqa: S606 our own program


def _settings_file() -> list[Path]:
    return [Path(after) for name, after in zip(sys.argv, sys.argv[1:], strict=False) if name == "--settings"]


if __name__ == "__main__":
    sys.exit(run_sharded("analyst", run))
