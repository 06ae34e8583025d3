"""Wrong way: a vehicle travels against the direction drawn for its street."""

from dataclasses import dataclass
from datetime import datetime
from math import atan2, degrees, hypot
from typing import ClassVar, Literal

from sereno.alerts.model import Measure, RuleKind
from sereno.alerts.rules.seen import Firing, Seen
from sereno.analytics.model import VEHICLES, ObjectKind
from sereno.core.geometry import Line, Point, Zone


@dataclass(frozen=True, slots=True)
class Travel:
    """``turned`` is the point farthest along the allowed way so far; travel against it counts from there."""

    turned: Point
    turned_at: datetime
    last: Point
    longest_step: float = 0.0
    """The longest single step against the way since ``turned``."""
    rung: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongWay:
    """A vehicle's foot travels against the drawn way inside a zone. One alert per subject.

    Travel counts from the point where the subject was farthest along the allowed way. No single step may make up more
    than half of it: a track that jumps to the next car does not ring.

    Units: ``travel`` in fractions of the picture; ``tolerance_deg`` in the picture's own plane (both axes
    0..1).

    Fails: a car that reverses into a parking place, and one towed backwards, ring; a car that is in the picture for
    fewer than three looks does not.
    """

    id: str
    name: str
    zone: Zone
    """The street, where wheels stand."""
    way: Line
    """The allowed way, drawn from where traffic comes to where it goes."""
    travel: float = 0.10
    """Length travelled against the way, in fractions of the picture, from which it rings."""
    tolerance_deg: float = 50.0
    """How far the travel may turn off the exact opposite of the way."""
    kinds: frozenset[ObjectKind] = VEHICLES
    """What counts."""
    quiet_s: float = 15.0
    """Seconds without a second alert anywhere in the zone."""
    kind: Literal[RuleKind.WRONG_WAY] = RuleKind.WRONG_WAY
    quiet_radius: ClassVar[float] = 2.0

    @property
    def region(self) -> Line:
        return self.way

    def step(self, travel: Travel | None, seen: Seen) -> tuple[Travel | None, Firing | None]:
        """The travel after ``seen``, and what it fires."""
        if not self.zone.contains(seen.foot):
            return travel, None
        if travel is None or (not travel.rung and self._against(travel.turned, seen.foot) <= 0):
            return Travel(seen.foot, seen.at, seen.foot), None
        step = self._against(travel.last, seen.foot)
        travel = Travel(travel.turned, travel.turned_at, seen.foot, max(travel.longest_step, step), travel.rung)
        against = self._against(travel.turned, seen.foot)
        off_deg = self._off_deg(travel.turned, seen.foot)
        if travel.rung or against < self.travel or off_deg > self.tolerance_deg or travel.longest_step > against / 2:
            return travel, None
        rung = Travel(travel.turned, travel.turned_at, seen.foot, travel.longest_step, rung=True)
        why = (Measure("against", against, self.travel), Measure("off_deg", off_deg, self.tolerance_deg))
        return rung, Firing(rule_id=self.id, seen=seen, since=travel.turned_at, why=why)

    def _against(self, before: Point, after: Point) -> float:
        """How far the step leads against the way; negative along it."""
        dx, dy = self.way.end.x - self.way.start.x, self.way.end.y - self.way.start.y
        return -((after.x - before.x) * dx + (after.y - before.y) * dy) / hypot(dx, dy)

    def _off_deg(self, before: Point, after: Point) -> float:
        """Angle between the step and the exact opposite of the way, 0..180."""
        x, y = after.x - before.x, after.y - before.y
        back_x, back_y = self.way.start.x - self.way.end.x, self.way.start.y - self.way.end.y
        return abs(degrees(atan2(back_x * y - back_y * x, back_x * x + back_y * y)))
