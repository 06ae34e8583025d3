"""The analyst process."""

import sys
from threading import Event

from sereno.analytics.analyst import AnalystSetup, run_analyst
from sereno.analytics.store import analyst_fact_log
from sereno.core.clock import SystemClock
from sereno.main.facts import ANALYST_FACTS
from sereno.main.home import Home
from sereno.main.process_entry import run_process
from sereno.main.scene_rules import WatchRules
from sereno.runtime.settings import Settings


def run(settings: Settings, stop: Event) -> None:
    home, clock = Home(settings.home), SystemClock()
    setup = AnalystSetup(
        roster=home.roster,
        folder=home.analyst,
        assets=settings.assets,
        settings=settings.analytics,
        footage=(home.archive, *(disk.folder for disk in settings.recording.disks)),
    )
    run_analyst(setup, WatchRules(home.watch, clock), analyst_fact_log(ANALYST_FACTS), clock, stop)


if __name__ == "__main__":
    sys.exit(run_process("analyst", run))
