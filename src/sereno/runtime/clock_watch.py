"""Notices that somebody stepped the wall clock, and tells it: times of records before and after do not compare."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sereno.core.clock import Clock
from sereno.core.facts import Fact

LEAST_STEP_S = 2.0
"""Less is the slow correction of a time service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStepped(Fact):
    """``by_s`` is negative when the clock was set back; ``at`` is by the new time."""

    by_s: float


@dataclass(frozen=True, slots=True)
class ClockReading:
    """Both clocks at one instant."""

    wall: datetime
    monotonic_s: float

    @classmethod
    def of(cls, clock: Clock) -> "ClockReading":
        return cls(clock.now(), clock.monotonic_s())

    def stepped_until(self, after: "ClockReading") -> float:
        """Seconds by which the wall clock was stepped since; 0 when it only ran."""
        ran = timedelta(seconds=after.monotonic_s - self.monotonic_s)
        by_s = (after.wall - self.wall - ran).total_seconds()
        return by_s if abs(by_s) >= LEAST_STEP_S else 0.0
