"""Wall time of frames: the stream's own even steps, laid on our clock by the quickest arrivals.

Frames are sampled evenly and arrive unevenly, so that an arrival only ever says "not later than". The offset between
the two clocks therefore falls at once to a smaller one and rises slowly, as camera clocks drift.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

_DRIFT = 500e-6
"""How fast the offset may rise: camera clocks are off by less."""
_JUMP_S = 2.0
"""Media time that leaps by more is a new time line."""
_STEP_S = 1.0
_SLEW = 1e-3
_EARLY_S = 0.01


@dataclass(frozen=True, slots=True)
class TimeLine:
    """Units: seconds. ``offset_s`` is arrival less media time; ``at_s`` the last instant given out."""

    offset_s: float
    media_s: float
    at_s: float


def step(line: TimeLine | None, media_s: float | None, arrived_s: float) -> TimeLine:
    """The line after a frame; ``at_s`` is when it was taken, on the clock of ``arrived_s``; it never goes back.

    ``media_s`` None means that the stream did not say.
    """
    if line is None:
        return TimeLine(arrived_s - (media_s or 0.0), media_s or 0.0, arrived_s)
    if media_s is None:
        return replace(line, at_s=max(line.at_s, arrived_s))
    measured_s = arrived_s - media_s
    advanced_s = media_s - line.media_s
    if not 0 <= advanced_s < arrived_s - line.at_s + _JUMP_S or measured_s - line.offset_s > _JUMP_S:
        return TimeLine(measured_s, media_s, max(line.at_s, arrived_s))
    offset_s = min(measured_s, line.offset_s + _DRIFT * advanced_s)
    return TimeLine(offset_s, media_s, max(line.at_s, media_s + offset_s))


@dataclass(frozen=True, slots=True)
class WallAnchor:
    """``epoch`` is the wall time of the monotonic clock's zero."""

    epoch: datetime
    read_s: float


def anchored(anchor: WallAnchor | None, now: datetime, monotonic_s: float) -> WallAnchor:
    """Follows a slewed wall clock gently, and one that was set by more than a second at once."""
    measured = now - timedelta(seconds=monotonic_s)
    if anchor is None or abs((measured - anchor.epoch).total_seconds()) > _STEP_S:
        return WallAnchor(measured, monotonic_s)
    limit_s = _SLEW * (monotonic_s - anchor.read_s)
    off_s = (measured - anchor.epoch).total_seconds()
    return WallAnchor(anchor.epoch + timedelta(seconds=max(-limit_s, min(limit_s, off_s))), monotonic_s)


def is_due(at_s: float, due_s: float) -> bool:
    """Whether a frame of this instant is to be looked at."""
    return at_s >= due_s - _EARLY_S


def next_due(at_s: float, due_s: float, period_s: float) -> float:
    """When the next frame is due, so that the mean rate is kept although frames do not fall on the beat."""
    return due_s + period_s if at_s < due_s + period_s else at_s + period_s
