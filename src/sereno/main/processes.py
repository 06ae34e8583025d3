"""The processes of a centre, as the supervisor starts them: one each, told to stop by a signal."""

import argparse
import logging
from collections.abc import Callable
from threading import Event

from sereno.analytics.analyst import AnalystSetup, run_analyst
from sereno.analytics.store import analyst_fact_log
from sereno.core.clock import SystemClock
from sereno.main.control import run_control
from sereno.main.facts import ANALYST_FACTS
from sereno.main.home import Home
from sereno.main.scene_rules import WatchRules
from sereno.main.settings_file import find_settings
from sereno.main.simulator import run_simulator
from sereno.recording.recorder import run_recorder
from sereno.runtime.process import die_with_parent, stop_on_signals
from sereno.runtime.settings import Settings

log = logging.getLogger(__name__)


def run(options: argparse.Namespace) -> int:
    """``sereno run NAME``; ends when told, or when the supervisor is gone."""
    die_with_parent(options.parent)
    stop = stop_on_signals()
    _path, settings = find_settings(options.settings)
    ENTRIES[options.process_name](settings, stop)
    return 0


def _recorder(settings: Settings, stop: Event) -> None:
    run_recorder(settings, stop, SystemClock())


def _analyst(settings: Settings, stop: Event) -> None:
    home, clock = Home(settings.home), SystemClock()
    setup = AnalystSetup(roster=home.roster, folder=home.analyst, assets=settings.assets, settings=settings.analytics)
    run_analyst(setup, WatchRules(home.watch, clock), analyst_fact_log(ANALYST_FACTS), clock, stop)


ENTRIES: dict[str, Callable[[Settings, Event], None]] = {
    "recorder": _recorder,
    "analyst": _analyst,
    "control": run_control,
    "simulator": run_simulator,
}
