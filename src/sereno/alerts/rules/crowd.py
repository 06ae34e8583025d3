"""Crowd: many people gather in a zone and stay."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar, Literal

from sereno.alerts.model import Measure, RuleKind
from sereno.alerts.rules.seen import Firing, Seen
from sereno.analytics.model import ObjectKind
from sereno.core.geometry import Point, Zone
from sereno.core.ids import ObservationId


@dataclass(frozen=True, slots=True)
class Gathering:
    """``began`` is None while there is none; ``inside`` says when each subject was last seen in the zone."""

    began: datetime | None = None
    thin_since: datetime | None = None
    rung: bool = False
    inside: Mapping[ObservationId, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """At least so many persons are in a zone for a sustained time. One alert per gathering.

    A person counts for ``memory_s`` after being last seen inside. A gathering ends when fewer than three quarters of
    ``at_least`` were there for ``sustain_s``: a count that swings around the limit rings once.

    Units: ``sustain_s`` and ``memory_s`` in seconds of observation time.

    Fails: dense crowds hide people from the detector, so that the count is a lower bound.
    """

    id: str
    name: str
    zone: Zone
    """The area, where feet stand."""
    at_least: int = 8
    """Persons in the zone from which it is a gathering."""
    sustain_s: float = 10.0
    """Seconds that it must last, and seconds of thinning that end it."""
    memory_s: float = 1.5
    """Seconds that a person missed by the detector still counts."""
    kinds: frozenset[ObjectKind] = frozenset({ObjectKind.PERSON})
    """What counts."""
    quiet_s: float = 120.0
    """Seconds without a second alert anywhere in the zone."""
    kind: Literal[RuleKind.CROWD] = RuleKind.CROWD
    quiet_radius: ClassVar[float] = 2.0

    @property
    def region(self) -> Zone:
        return self.zone

    @property
    def thin_below(self) -> float:
        return self.at_least * 0.75

    def step(self, was: Gathering, at: datetime, seen: tuple[Seen, ...]) -> tuple[Gathering, Firing | None]:
        """The gathering after a scene, and what it fires."""
        here = tuple(one for one in seen if self.zone.contains(one.foot))
        inside = {who: when for who, when in was.inside.items() if (at - when).total_seconds() <= self.memory_s}
        inside |= {one.subject: at for one in here}
        now = replace(self._continued(was, at, len(inside)), inside=inside)
        if now.began is None or now.rung or len(inside) < self.at_least or not here:
            return now, None
        lasted_s = (at - now.began).total_seconds()
        if lasted_s < self.sustain_s:
            return now, None
        why = (Measure("persons", len(inside), self.at_least), Measure("lasted_s", lasted_s, self.sustain_s))
        firing = Firing(rule_id=self.id, seen=_middle_of(here), since=now.began, why=why)
        return replace(now, rung=True), firing

    def _continued(self, was: Gathering, at: datetime, count: int) -> Gathering:
        if was.began is None:
            return Gathering(began=at) if count >= self.at_least else was
        if count >= self.thin_below:
            return replace(was, thin_since=None)
        thin_since = was.thin_since or at
        if (at - thin_since).total_seconds() >= self.sustain_s:
            return Gathering()
        return replace(was, thin_since=thin_since)


def _middle_of(people: tuple[Seen, ...]) -> Seen:
    """The one nearest to the middle of the crowd; a screen centres on it."""
    middle = Point(sum(p.foot.x for p in people) / len(people), sum(p.foot.y for p in people) / len(people))
    return min(people, key=lambda p: (p.foot.x - middle.x) ** 2 + (p.foot.y - middle.y) ** 2)
