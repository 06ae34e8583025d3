"""How many persons ride a bicycle or motorcycle: those who are on it and move with it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sereno.analytics.model import ObjectKind
from sereno.analytics.tracker import Track

TWO_WHEELERS = frozenset({ObjectKind.BICYCLE, ObjectKind.MOTORCYCLE})
_LEAST_SPEED = 0.3
"""Of its own width a second; what is slower may as well be parked beside somebody."""
_SPEED_APART = 0.6
"""Of the person's height a second, between who rides and what is ridden."""
_LEAST_LOOKS = 2
_MOST = 4


@dataclass(slots=True)
class RiderVotes:
    """``counts[n]``: frames in which n persons rode."""

    counts: dict[int, int] = field(default_factory=dict)

    def add(self, riders: int) -> None:
        if riders:
            self.counts[min(riders, _MOST)] = self.counts.get(min(riders, _MOST), 0) + 1

    @property
    def told(self) -> int | None:
        """What most frames say; of two that say it equally often, the larger: riders hide one another."""
        best = max(self.counts.items(), key=lambda row: (row[1], row[0]), default=(0, 0))
        return best[0] if best[1] >= _LEAST_LOOKS else None


def riders_of(ridden: Track, tracks: Sequence[Track]) -> int:
    """Persons of this frame that ride ``ridden``; 0 while it does not move."""
    x, y = ridden.motion.x.speed, ridden.motion.y.speed
    if (x * x + y * y) ** 0.5 < _LEAST_SPEED * ridden.box.width:
        return 0
    return sum(t.kind is ObjectKind.PERSON and t.detection is not None and _rides(t, ridden) for t in tracks)


def _rides(person: Track, ridden: Track) -> bool:
    p, r = person.box, ridden.box
    dx = person.motion.x.speed - ridden.motion.x.speed
    dy = person.motion.y.speed - ridden.motion.y.speed
    together = (dx * dx + dy * dy) ** 0.5 < _SPEED_APART * p.height
    above = r.top < p.bottom < r.bottom + 0.15 * r.height and p.top < r.top + 0.2 * r.height
    on_it = r.left - 0.15 * r.width < p.centre.x < r.right + 0.15 * r.width
    return together and above and on_it
