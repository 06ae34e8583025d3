"""The recorder process."""

import sys
from threading import Event

from sereno.core.clock import SystemClock
from sereno.main.process_entry import run_process
from sereno.recording.recorder import run_recorder
from sereno.runtime.settings import Settings


def run(settings: Settings, stop: Event) -> None:
    run_recorder(settings, stop, SystemClock())


if __name__ == "__main__":
    sys.exit(run_process("recorder", run))
