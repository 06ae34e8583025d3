"""Which reported positions to believe: pure judgements on a fix against the last one."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from math import isfinite

from sereno.core.ids import UnitId
from sereno.dispatch.events import UnitFix
from sereno.dispatch.model import Unit

AHEAD_S = 10.0
"""A device's clock may run ahead by so much; such a fix counts as of now."""
STALE_S = 300.0
FASTEST_MPS = 70.0
"""250 km/h: nothing on the road here moves faster."""
JUMP_SLACK_M = 60.0
"""Error of a receiver between houses."""
BELIEVE_AGAIN_S = 60.0
"""After so long without a believed fix, a far one is believed: the unit is where it says."""


class Refusal(StrEnum):
    UNKNOWN_UNIT = "unknown_unit"
    INVALID = "invalid"
    FUTURE = "future"
    STALE = "stale"
    OUT_OF_ORDER = "out_of_order"
    JUMP = "jump"


def judge(fix: UnitFix, unit: Unit, now: datetime) -> UnitFix | Refusal:
    """The fix as it is to be stored, or why it is not."""
    if not _sound(fix):
        return Refusal.INVALID
    ahead_s = (fix.at - now).total_seconds()
    if ahead_s > AHEAD_S:
        return Refusal.FUTURE
    if ahead_s < -STALE_S:
        return Refusal.STALE
    believed = fix if ahead_s <= 0 else replace(fix, at=now)
    if (unit.positioned_at - now).total_seconds() > AHEAD_S:
        return believed  # our clock was set back: what was believed before lies in its future
    return _against(believed, unit)


def _against(fix: UnitFix, unit: Unit) -> UnitFix | Refusal:
    """Against the last believed one."""
    since_s = (fix.at - unit.positioned_at).total_seconds()
    if since_s <= 0:
        return Refusal.OUT_OF_ORDER
    reach_m = FASTEST_MPS * since_s + JUMP_SLACK_M
    if since_s < BELIEVE_AGAIN_S and unit.position.distance_m(fix.position) > reach_m:
        return Refusal.JUMP
    return fix


@dataclass(frozen=True, slots=True)
class Verdict:
    """``latest``: the newest believed fix of each unit."""

    latest: tuple[UnitFix, ...]
    accepted: int
    refused: Mapping[Refusal, int]


def judge_all(fixes: Sequence[UnitFix], units: Sequence[Unit], now: datetime) -> Verdict:
    """A batch in the order of time, each fix against the one believed before it."""
    known = {unit.id: unit for unit in units}
    latest: dict[UnitId, UnitFix] = {}
    refused: Counter[Refusal] = Counter()
    for fix in sorted(fixes, key=lambda each: each.at):
        unit = known.get(fix.unit_id)
        if unit is None:
            refused[Refusal.UNKNOWN_UNIT] += 1
            continue
        judged = judge(fix, unit, now)
        if isinstance(judged, Refusal):
            refused[judged] += 1
            continue
        latest[unit.id] = judged
        known[unit.id] = replace(unit, position=judged.position, positioned_at=judged.at)
    return Verdict(tuple(latest.values()), len(fixes) - refused.total(), dict(refused))


def is_fresh(unit: Unit, now: datetime, within_s: float) -> bool:
    return now - unit.positioned_at <= timedelta(seconds=within_s)


def _sound(fix: UnitFix) -> bool:
    numbers = (fix.position.lat, fix.position.lon, fix.bearing_deg, fix.speed_mps)
    if not all(isfinite(number) for number in numbers) or fix.at.tzinfo is None:
        return False
    return abs(fix.position.lat) <= 85 and abs(fix.position.lon) <= 180 and 0 <= fix.speed_mps <= FASTEST_MPS
