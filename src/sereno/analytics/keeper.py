"""What the analyst does beside looking: settle what is over into its day, forget what is too old."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sereno.analytics.store import SETTLED_AT_ONCE, AnalystStore
from sereno.core.clock import Clock
from sereno.core.errors import AppError, ErrorKind

log = logging.getLogger(__name__)

FACTS_KEPT = timedelta(days=1)
"""What everybody has followed stays so long, to be looked at when something went wrong."""
_SETTLE_S = 2.0
_FORGET_S = 60.0
_RETRY_S = 10.0
_WAITED_FOR = frozenset({ErrorKind.EXHAUSTED, ErrorKind.UNAVAILABLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepPlan:
    """``keep``: how long what was seen stays; ``followed``: up to which fact the log was followed by all."""

    keep: timedelta
    followed: Callable[[], int]


class Keeper:
    def __init__(self, store: AnalystStore, clock: Clock, plan: KeepPlan) -> None:
        self._store = store
        self._clock = clock
        self._plan = plan
        self._settle_due_s = self._forget_due_s = clock.monotonic_s()
        self._failing = False

    def step(self) -> None:
        """What is due; a full disk is logged once, and tried again."""
        try:
            if self._clock.monotonic_s() >= self._settle_due_s:
                self.settle()
            if self._clock.monotonic_s() >= self._forget_due_s:
                self.forget()
        except AppError as error:
            if error.kind not in _WAITED_FOR:
                raise
            if not self._failing:
                log.error("what was seen cannot be settled into its day and waits: %s", error)
            self._failing = True
            self._settle_due_s = self._forget_due_s = self._clock.monotonic_s() + _RETRY_S
            return
        self._failing = False

    def settle(self) -> None:
        """A full batch is followed by the next at once: there is an old database to take over."""
        moved = self._store.settle()
        pause_s = 0.0 if moved == SETTLED_AT_ONCE else _SETTLE_S
        self._settle_due_s = self._clock.monotonic_s() + pause_s

    def forget(self) -> None:
        self._forget_due_s = self._clock.monotonic_s() + _FORGET_S
        now = self._clock.now()
        days = self._store.forget(now, now - self._plan.keep)
        if days:
            log.info("forgotten: what was seen on %s", ", ".join(day.isoformat() for day in days))
        self._store.forget_facts(self._plan.followed(), now - FACTS_KEPT)
