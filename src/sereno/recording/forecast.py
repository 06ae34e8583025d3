"""How long the disks will last: what is recorded a day, against the room there is. Pure.

Footage goes oldest first, so cameras without a limit of their own reach the same age, the *horizon*: the age at which
all that is kept fills the room. Room is counted over all disks together.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sereno.core.ids import CameraId

FURTHEST_DAYS = 3650.0
"""Beyond ten years nothing is foretold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraUse:
    """Measured. ``limit_days`` is its ceiling or its own shorter term; ``quota_bytes`` its own room."""

    camera_id: CameraId
    bytes_a_day: float
    kept_bytes: int
    held_bytes: int = 0
    """Of the kept ones: no rule deletes them."""
    oldest_at: datetime | None = None
    limit_days: float | None = None
    quota_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraForecast:
    use: CameraUse
    reached_days: float | None
    """Age that its footage will reach; None: more than can be foretold."""
    cause: str
    """What ends it there: ``room``, ``limit``, ``quota``; empty when nothing does."""
    below_floor: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Units: bytes and days; None stands for never, as far as can be foretold."""

    room_bytes: int
    bytes_a_day: float
    full_in_days: float | None
    """Until the oldest footage goes to make room."""
    floor_broken_in_days: float | None
    """Until even the footage below the floor fills the room, and recording pauses."""
    horizon_days: float | None
    cameras: tuple[CameraForecast, ...]


def foretell(uses: Sequence[CameraUse], room_bytes: int, floor_days: float) -> Forecast:
    """``room_bytes`` is what footage may take in all: what it takes now and what is free above the reserves."""
    held = sum(use.held_bytes for use in uses)
    free_for_all = max(0, room_bytes - held)

    def when(days_kept: Callable[[CameraUse], float]) -> float | None:
        return _first(lambda days: sum(_stored(use, days, days_kept(use)) for use in uses) >= free_for_all)

    horizon = _first(
        lambda days: sum(use.bytes_a_day * min(days, _limit(use, floor_days)) for use in uses) >= free_for_all
    )
    return Forecast(
        room_bytes=room_bytes,
        bytes_a_day=sum(use.bytes_a_day for use in uses),
        full_in_days=when(lambda use: _limit(use, floor_days)),
        floor_broken_in_days=when(lambda _use: floor_days),
        horizon_days=horizon,
        cameras=tuple(_camera(use, horizon, floor_days) for use in uses),
    )


def _stored(use: CameraUse, days: float, days_kept: float) -> float:
    """Without what is held."""
    now = max(0, use.kept_bytes - use.held_bytes)
    return min(now + use.bytes_a_day * days, use.bytes_a_day * days_kept)


def _limit(use: CameraUse, floor_days: float) -> float:
    return min((use.limit_days or FURTHEST_DAYS), _quota_days(use, floor_days))


def _quota_days(use: CameraUse, floor_days: float) -> float:
    if use.quota_bytes is None or not use.bytes_a_day:
        return FURTHEST_DAYS
    return max(use.quota_bytes / use.bytes_a_day, floor_days)


def _camera(use: CameraUse, horizon: float | None, floor_days: float) -> CameraForecast:
    ends = [(FURTHEST_DAYS, "")]
    if use.bytes_a_day:
        ends += [(horizon, "room")] if horizon is not None else []
        ends += [(use.limit_days, "limit")] if use.limit_days is not None else []
        ends.append((_quota_days(use, floor_days), "quota"))
    days, cause = min(ends, key=lambda each: each[0])
    beyond = days >= FURTHEST_DAYS
    return CameraForecast(
        use=use,
        reached_days=None if beyond else round(days, 2),
        cause="" if beyond else cause,
        below_floor=not beyond and days < floor_days,
    )


def _first(reached: Callable[[float], bool]) -> float | None:
    """The least number of days for which it holds, to a hundredth; it holds for all later ones."""
    if not reached(FURTHEST_DAYS):
        return None
    low, high = 0.0, FURTHEST_DAYS
    if reached(low):
        return 0.0
    while high - low > 0.005:
        middle = (low + high) / 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return round(high, 2)
