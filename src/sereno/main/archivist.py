"""The archivist process: runs only where the settings name a slow disk or a cold store."""

import os
import sys
from contextlib import closing
from threading import Event

from sereno.core.clock import SystemClock
from sereno.main.home import Home
from sereno.main.process_entry import run_process
from sereno.recording.journal import Journal
from sereno.recording.tiers.archivist import Archivist
from sereno.recording.tiers.cold import open_cold_store
from sereno.recording.tiers.ledger import Ledger, ledger_path
from sereno.runtime.database import Database
from sereno.runtime.settings import Settings

NICE = 10
"""Whatever else this machine does goes first."""


def run(settings: Settings, stop: Event) -> None:
    os.nice(NICE)
    home = Home(settings.home)
    cold = open_cold_store(settings.recording.cold, settings.home)
    ledger_path(settings.home).parent.mkdir(parents=True, exist_ok=True)
    while not home.journal.exists():  # the recorder makes it at its first start
        if stop.wait(0.5):
            return
    with (
        closing(Database(home.journal, read_only=True)) as journal,
        closing(Database(ledger_path(settings.home))) as ledger,
    ):
        kept = Ledger(ledger)
        kept.prepare()
        Archivist(settings.home, settings.recording, Journal(journal), kept, cold, SystemClock()).run(stop)


if __name__ == "__main__":
    sys.exit(run_process("archivist", run))
