"""How each process of a centre begins and ends. Every process is a module of its own, which imports what it needs."""

import argparse
import logging
from collections.abc import Callable
from pathlib import Path
from threading import Event

from sereno.core.errors import AppError
from sereno.runtime.logs import configure_logs
from sereno.runtime.process import die_with_parent, stop_on_signals
from sereno.runtime.settings import Settings, load_settings

log = logging.getLogger(__name__)


def run_process(name: str, body: Callable[[Settings, Event], None]) -> int:
    """Run ``body`` until it is told to stop, or until the supervisor is gone; the exit status."""
    parser = argparse.ArgumentParser(description="One process of a centre; the supervisor starts it.")
    parser.add_argument("--settings", type=Path, required=True)
    parser.add_argument("--parent", type=int, required=True, help="process id of the supervisor")
    options = parser.parse_args()
    configure_logs(name)
    stop = stop_on_signals()
    die_with_parent(options.parent)
    try:
        body(load_settings(options.settings), stop)
    except AppError as error:
        log.error("%s (%s)", error, error.code)
        return 2
    except Exception:
        log.exception("the process ends")
        return 3
    return 0
