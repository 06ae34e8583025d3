"""The stills process."""

import sys
from threading import Event

from sereno.main.home import STILLS, Home
from sereno.main.process_entry import run_process
from sereno.recording.stills.server import run_stills
from sereno.runtime.call_proof import load_call_key
from sereno.runtime.settings import Settings


def run(settings: Settings, stop: Event) -> None:
    home = Home(settings.home)
    home.archive.mkdir(exist_ok=True)  # rights are given to folders that are there
    disks = [disk.folder for disk in settings.recording.disks if disk.folder.is_dir()]
    home.cold_cache.mkdir(parents=True, exist_ok=True)
    run_stills(home.stills_socket, load_call_key(home.root, STILLS), (home.archive, home.cold_cache, *disks), stop)


if __name__ == "__main__":
    sys.exit(run_process("stills", run))
