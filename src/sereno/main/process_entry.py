"""How each process of a centre begins and ends. Every process is a module of its own, which imports what it needs."""

import argparse
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from sereno.core.errors import AppError
from sereno.runtime.logs import configure_logs
from sereno.runtime.process import die_with_parent, stop_on_signals
from sereno.runtime.settings import Settings, load_settings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shard:
    """This process is number ``number`` (from 0) of ``count`` that share the same work."""

    number: int
    count: int


def run_process(name: str, body: Callable[[Settings, Event], None]) -> int:
    """Run ``body`` until it is told to stop, or until the supervisor is gone; the exit status."""
    return run_sharded(name, lambda settings, stop, _shard: body(settings, stop))


def run_sharded(name: str, body: Callable[[Settings, Event, Shard], None]) -> int:
    """As ``run_process``, for a process of which there are several."""
    parser = argparse.ArgumentParser(description="One process of a centre; the supervisor starts it.")
    parser.add_argument("--settings", type=Path, required=True)
    parser.add_argument("--parent", type=int, required=True, help="process id of the supervisor")
    parser.add_argument("--shard", type=_shard, default=Shard(0, 1), metavar="N/COUNT", help="which share of the work")
    options = parser.parse_args()
    configure_logs(name if options.shard.count == 1 else f"{name}-{options.shard.number}")
    stop = stop_on_signals()
    die_with_parent(options.parent)
    try:
        body(load_settings(options.settings), stop, options.shard)
    except AppError as error:
        log.error("%s (%s)", error, error.code)
        return 2
    except Exception:
        log.exception("the process ends")
        return 3
    return 0


def _shard(text: str) -> Shard:
    number, _, count = text.partition("/")
    shard = Shard(int(number), int(count))
    if not 0 <= shard.number < shard.count:
        raise ValueError(text)
    return shard
