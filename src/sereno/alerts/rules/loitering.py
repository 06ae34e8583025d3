"""Loitering: someone stays in a zone longer than it allows."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Literal

from sereno.alerts.model import Measure, RuleKind
from sereno.alerts.rules.seen import Firing, Seen
from sereno.analytics.model import ObjectKind
from sereno.core.geometry import Zone


@dataclass(frozen=True, slots=True)
class Visit:
    began: datetime
    last_inside: datetime
    rung: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Loitering:
    """Someone stays in a zone longer than it allows. One alert per visit.

    A visit ends when its subject was not seen inside for ``away_s``: a foot that flickers over the edge, or a track
    lost for a moment, does not end it.

    Units: ``limit_s`` and ``away_s`` count seconds of observation time, not of our clock.

    Fails: people who pass behind one another swap their visits; two who stand together ring once.
    """

    id: str
    name: str
    zone: Zone
    """The area, where feet stand."""
    limit_s: float = 30.0
    """Seconds inside the zone after which it rings."""
    away_s: float = 3.0
    """Seconds not seen inside that end a visit."""
    kinds: frozenset[ObjectKind] = frozenset({ObjectKind.PERSON})
    """What counts."""
    quiet_s: float = 60.0
    """Seconds without a second alert at the same place."""
    kind: Literal[RuleKind.LOITERING] = RuleKind.LOITERING
    quiet_radius: ClassVar[float] = 0.15

    @property
    def region(self) -> Zone:
        return self.zone

    def step(self, visit: Visit | None, seen: Seen) -> tuple[Visit | None, Firing | None]:
        """The visit after ``seen``, and what it fires."""
        if visit and (seen.at - visit.last_inside).total_seconds() > self.away_s:
            visit = None
        if not self.zone.contains(seen.foot):
            return visit, None
        visit = replace(visit, last_inside=seen.at) if visit else Visit(seen.at, seen.at)
        stayed_s = (seen.at - visit.began).total_seconds()
        if visit.rung or stayed_s < self.limit_s:
            return visit, None
        why = (Measure("stayed_s", stayed_s, self.limit_s),)
        return replace(visit, rung=True), Firing(rule_id=self.id, seen=seen, since=visit.began, why=why)
