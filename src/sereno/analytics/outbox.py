"""Rows, facts and crops on their way to disk: at most five commits a second, but what is urgent goes at once."""

import logging
from collections.abc import Sequence

from sereno.analytics.appearance.portrait import Portrait
from sereno.analytics.model import Observation
from sereno.analytics.store import AnalystStore
from sereno.core.clock import Clock
from sereno.core.errors import AppError, ErrorKind
from sereno.core.facts import Fact
from sereno.core.ids import FactId, ObservationId

log = logging.getLogger(__name__)

_PERIOD_S = 0.2
_RETRY_S = 1.0
_PORTRAITS_S = 2.0
MOST_PORTRAITS = 500
"""That wait; with more, the oldest go: a row without its crop is worth more than no room for rows."""
_WAITED_FOR = frozenset({ErrorKind.EXHAUSTED, ErrorKind.UNAVAILABLE})


class Outbox:
    """What could not be written (the disk is full) is kept and tried again each second."""

    def __init__(self, store: AnalystStore, clock: Clock) -> None:
        self.commits = 0
        self._store = store
        self._clock = clock
        self._rows: dict[ObservationId, tuple[Observation, FactId]] = {}
        self._facts: list[Fact] = []
        self._portraits: dict[ObservationId, Portrait] = {}
        self._due_s = self._portraits_due_s = clock.monotonic_s()
        self._failing = False

    def put(self, rows: Sequence[tuple[Observation, FactId]], facts: Sequence[Fact], *, urgent: bool = False) -> None:
        for row, opened_by in rows:
            self._rows[row.id] = row, opened_by
        self._facts.extend(facts)
        if urgent and not self._failing:
            self.flush()

    def keep(self, portraits: Sequence[Portrait]) -> None:
        """Crops go into the file of their day every two seconds."""
        for portrait in portraits:
            self._portraits[portrait.observation_id] = portrait
        for waited in list(self._portraits)[:-MOST_PORTRAITS]:
            del self._portraits[waited]

    def flush_if_due(self) -> None:
        now_s = self._clock.monotonic_s()
        if (self._rows or self._facts) and now_s >= self._due_s:
            self.flush()
        if self._portraits and now_s >= self._portraits_due_s:
            self._portraits_due_s = now_s + _PORTRAITS_S
            self._flush_portraits()

    def flush(self) -> None:
        """Raises: AppError, unless the disk is full or the database busy: then it is logged, and tried again later."""
        if not (self._rows or self._facts):
            return
        try:
            self._store.save(list(self._rows.values()), self._facts)
        except AppError as error:
            if error.kind not in _WAITED_FOR:
                raise
            if not self._failing:
                log.error("what was seen cannot be written and waits: %s", error)
            self._failing = True
            self._due_s = self._clock.monotonic_s() + _RETRY_S
            return
        if self._failing:
            log.warning("writing goes on: %s facts had waited", len(self._facts))
        self._failing = False
        self._rows.clear()
        self._facts.clear()
        self.commits += 1
        self._due_s = self._clock.monotonic_s() + _PERIOD_S

    def flush_all(self) -> None:
        """At the end. Raises: as ``flush``."""
        self.flush()
        self._flush_portraits()

    def _flush_portraits(self) -> None:
        try:
            self._store.keep_portraits(list(self._portraits.values()))
        except AppError as error:
            if error.kind not in _WAITED_FOR:
                raise
            log.warning("crops wait: %s", error)
            return
        self._portraits.clear()
