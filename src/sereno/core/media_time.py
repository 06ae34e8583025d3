"""Media time: integer ticks of 1/90,000 s. Wall time is a ``datetime``; no variable ever holds both."""

from datetime import UTC, datetime, timedelta
from typing import NewType

TICKS_PER_S = 90_000

MediaTicks = NewType("MediaTicks", int)
"""A duration, or a position on one recording run's own time line. Source: RTP video clock, RFC 3551 section 5."""
WallTicks = NewType("WallTicks", int)
"""Ticks since 1970-01-01T00:00:00Z, as stored in journals."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def ticks_of_seconds(seconds: float) -> MediaTicks:
    return MediaTicks(round(seconds * TICKS_PER_S))


def seconds_of_ticks(ticks: int) -> float:
    return ticks / TICKS_PER_S


def wall_ticks(at: datetime) -> WallTicks:
    """Exact: microseconds divide into 0.09 ticks, rounded to the nearest."""
    since = at - _EPOCH
    micros = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    return WallTicks((micros * 9 + 50) // 100)


def wall_instant(ticks: int) -> datetime:
    return _EPOCH + timedelta(microseconds=(ticks * 100 + 4) // 9)
