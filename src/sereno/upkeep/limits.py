"""By what a day is judged: each limit with who set it. What the law leaves open, a house rule says, and says so."""

from dataclasses import dataclass
from math import radians, tan

from sereno.access.jurisdiction import Jurisdiction, Rule
from sereno.cameras.model import PurposeLevel

HOUSE = "house rule"
_IEC = "IEC 62676-4:2025"

PX_PER_M: dict[PurposeLevel, float] = {
    PurposeLevel.OVERVIEW: 20,
    PurposeLevel.OUTLINE: 40,
    PurposeLevel.DISCERN: 80,
    PurposeLevel.PERCEIVE: 125,
    PurposeLevel.CHARACTERISE: 250,
    PurposeLevel.VALIDATE: 500,
    PurposeLevel.SCRUTINISE: 1500,
}
"""Pixels a metre that a purpose needs. Source: IEC 62676-4:2025."""
DENSITY_SOURCE = _IEC


@dataclass(frozen=True, slots=True)
class Limit:
    """``source`` is the text that sets it, with its date and how sure we are of it."""

    value: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Units: share 0..1, days, hours, minutes a day, seconds."""

    availability: Limit
    floor_days: Limit
    repair_urgent_hours: Limit
    repair_hours: Limit
    fault_minutes: Limit
    clock_s: Limit
    jurisdiction: str


def limits_of(jurisdiction: Jurisdiction, floor_days: float, clock_s: float) -> Limits:
    """``floor_days`` and ``clock_s`` are the settings', which may ask more than the law."""
    law = jurisdiction.retention_floor_days
    floor = _limit(law, floor_days)
    if law.value is None or floor_days > law.value:
        floor = Limit(floor_days, "settings: recording.floor_days")
    return Limits(
        availability=_limit(jurisdiction.availability_share, 0.95),
        floor_days=floor,
        repair_urgent_hours=_limit(jurisdiction.repair_urgent_hours, 24),
        repair_hours=_limit(jurisdiction.repair_hours, 72),
        fault_minutes=Limit(10, HOUSE),
        clock_s=Limit(clock_s, "settings: devices.clock_limit_s"),
        jurisdiction=jurisdiction.title,
    )


def px_per_m(width_px: int, field_of_view_deg: float, distance_m: float) -> float | None:
    """Of a picture at a distance; None when it cannot be told: no picture yet, or a lens that sees half the world."""
    if width_px <= 0 or distance_m <= 0 or field_of_view_deg >= 180:
        return None
    return width_px / (2 * distance_m * tan(radians(field_of_view_deg) / 2))


def _limit(rule: Rule[float], fallback: float) -> Limit:
    if rule.value is None:
        return Limit(fallback, HOUSE)
    return Limit(float(rule.value), ", ".join(part for part in (rule.source, rule.date, rule.certainty.value) if part))
