"""What rules step over, and what they answer."""

from dataclasses import dataclass
from datetime import datetime

from sereno.alerts.model import Measure
from sereno.analytics.model import ObjectKind, Sighting
from sereno.core.geometry import Point
from sereno.core.ids import ObservationId
from sereno.watchlists.matching import PlateMatch


@dataclass(frozen=True, slots=True)
class Seen:
    """One sighting of one subject. A subject keeps its id when its track breaks and another takes over."""

    subject: ObservationId
    at: datetime
    sighting: Sighting
    matches: tuple[PlateMatch, ...] = ()
    """Sought plates in force that its plate reads like, most urgent first."""

    @property
    def foot(self) -> Point:
        return self.sighting.foot

    @property
    def kind(self) -> ObjectKind:
        return self.sighting.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """A rule fired over ``seen``; ``since`` is when the behaviour began."""

    rule_id: str
    seen: Seen
    since: datetime
    why: tuple[Measure, ...]
    match: PlateMatch | None = None

    @property
    def at(self) -> datetime:
        return self.seen.at
