"""After an alert, its place is quiet for a while: the same thing there does not ring a second time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import hypot

from sereno.alerts.rule_set import Rule
from sereno.alerts.rules.seen import Firing
from sereno.core.geometry import Point
from sereno.core.ids import ListEntryId


@dataclass(frozen=True, slots=True)
class QuietPlace:
    rule_id: str
    foot: Point
    entry_id: ListEntryId | None
    until: datetime

    def covers(self, firing: Firing, radius: float) -> bool:
        """A plate is quiet by its entry, everything else by its place."""
        if firing.rule_id != self.rule_id or firing.at >= self.until or _entry(firing) != self.entry_id:
            return False
        foot = firing.seen.foot
        return hypot(foot.x - self.foot.x, foot.y - self.foot.y) <= radius


@dataclass(frozen=True, slots=True)
class Quiet:
    """Quiet is not prolonged by what it silences: what goes on for ever rings again each ``quiet_s``."""

    places: tuple[QuietPlace, ...] = ()

    def step(self, rule: Rule, firing: Firing) -> tuple["Quiet", bool]:
        """The quiet after ``firing``, and whether the firing may ring."""
        places = tuple(place for place in self.places if firing.at < place.until)
        if any(place.covers(firing, rule.quiet_radius) for place in places):
            return Quiet(places), False
        until = firing.at + timedelta(seconds=rule.quiet_s)
        return Quiet((*places, QuietPlace(rule.id, firing.seen.foot, _entry(firing), until))), True


def _entry(firing: Firing) -> ListEntryId | None:
    return firing.match.plate.entry_id if firing.match else None
