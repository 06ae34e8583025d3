"""What rules step over, and what they answer."""

from dataclasses import dataclass
from datetime import datetime

from sereno.alerts.model import Measure
from sereno.analytics.model import Happening, ObjectKind, Sighting
from sereno.core.geometry import Point
from sereno.core.ids import ObservationId
from sereno.watchlists.matching import PlateMatch

_EDGE = 1e-6


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
        """Where it stands, kept inside the picture: who is cut off by its edge stands at the edge."""
        return inside_picture(self.sighting.foot)

    @property
    def kind(self) -> ObjectKind:
        return self.sighting.kind


@dataclass(frozen=True, slots=True)
class Told:
    """One happening in one scene."""

    at: datetime
    happening: Happening

    @property
    def foot(self) -> Point:
        """Where it goes on; a sound is everywhere, which is said as the middle of the picture."""
        box = self.happening.box
        return inside_picture(box.foot) if box else Point(0.5, 0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """A rule fired over ``seen``; ``since`` is when the behaviour began."""

    rule_id: str
    seen: Seen | Told
    since: datetime
    why: tuple[Measure, ...]
    match: PlateMatch | None = None

    @property
    def at(self) -> datetime:
        return self.seen.at


def inside_picture(foot: Point) -> Point:
    return Point(min(max(foot.x, _EDGE), 1 - _EDGE), min(max(foot.y, _EDGE), 1 - _EDGE))
