"""The standby process: watches other recorders; the recorder beside it records what they cannot."""

import socket
import sys
from contextlib import ExitStack, closing
from threading import Event

from sereno.core.clock import SystemClock
from sereno.main.home import Home
from sereno.main.process_entry import run_process
from sereno.recording.standby.client import GuardedRecorder
from sereno.recording.standby.link import key_missing, open_link
from sereno.recording.standby.watching import Standby
from sereno.runtime.settings import Settings


def run(settings: Settings, stop: Event) -> None:
    """Raises: AppError invalid ``standby_key_missing``."""
    link = open_link(settings.home)
    if link is None:
        raise key_missing(settings.home)
    with ExitStack() as stack:
        recorders = tuple(
            stack.enter_context(closing(GuardedRecorder(url, link, socket.gethostname())))
            for url in settings.standby.recorders
        )
        Standby(settings.home, Home(settings.home).archive, recorders, SystemClock()).run(stop)


if __name__ == "__main__":
    sys.exit(run_process("standby", run))
