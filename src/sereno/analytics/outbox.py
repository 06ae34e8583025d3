"""Rows and facts on their way to the database: at most five commits a second, but what is urgent goes at once."""

import logging
from collections.abc import Sequence

from sereno.analytics.model import Observation
from sereno.analytics.store import AnalystStore
from sereno.core.clock import Clock
from sereno.core.errors import AppError, ErrorKind
from sereno.core.facts import Fact
from sereno.core.ids import FactId, ObservationId

log = logging.getLogger(__name__)

_PERIOD_S = 0.2
_RETRY_S = 1.0
_WAITED_FOR = frozenset({ErrorKind.EXHAUSTED, ErrorKind.UNAVAILABLE})


class Outbox:
    """What could not be written (the disk is full) is kept and tried again each second."""

    def __init__(self, store: AnalystStore, clock: Clock) -> None:
        self.commits = 0
        self._store = store
        self._clock = clock
        self._rows: dict[ObservationId, tuple[Observation, FactId]] = {}
        self._facts: list[Fact] = []
        self._due_s = clock.monotonic_s()
        self._failing = False

    def put(self, rows: Sequence[tuple[Observation, FactId]], facts: Sequence[Fact], *, urgent: bool = False) -> None:
        for row, opened_by in rows:
            self._rows[row.id] = row, opened_by
        self._facts.extend(facts)
        if urgent and not self._failing:
            self.flush()

    def flush_if_due(self) -> None:
        if (self._rows or self._facts) and self._clock.monotonic_s() >= self._due_s:
            self.flush()

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
