"""The only place that reads the time."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Wall time for records, monotonic time for waiting; the two are never mixed."""

    def now(self) -> datetime:
        """The wall clock, aware, UTC. It may step back."""
        ...

    def monotonic_s(self) -> float:
        """Seconds that never go back, from an arbitrary origin."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        return time.monotonic()


@dataclass(slots=True)
class ManualClock:
    """A clock for tests: time moves when ``advance`` is called, and the wall may be stepped alone."""

    wall: datetime = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    elapsed_s: float = 0.0

    def now(self) -> datetime:
        return self.wall

    def monotonic_s(self) -> float:
        return self.elapsed_s

    def advance(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.elapsed_s += seconds

    def step_wall(self, seconds: float) -> None:
        """Move the wall clock alone, as an operator or NTP does."""
        self.wall += timedelta(seconds=seconds)
