"""Left object: somebody put something down and went away."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from sereno.alerts.model import Measure, RuleKind
from sereno.alerts.rules.happened import lasted_s
from sereno.alerts.rules.seen import Told
from sereno.analytics.model import Happening, HappeningKind
from sereno.core.geometry import Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftObject:
    """A thing stands in a zone, and who put it there has been away from it for some time. One alert per thing.

    The thing is found by what changed in the picture, not by a detector: it may be anything from a bag to a mattress.

    Units: ``alone_s`` counts seconds since its owner went away.

    Fails: a thing put down in a dense crowd, whose owner cannot be told; a thing hidden by its owner until both are
    out of the picture; things much smaller than a twentieth of the person.
    """

    id: str
    name: str
    zone: Zone
    """The area, where the thing stands."""
    alone_s: float = 30.0
    """Seconds without its owner after which it rings."""
    quiet_s: float = 120.0
    """Seconds without a second alert at the same place."""
    kind: Literal[RuleKind.LEFT_OBJECT] = RuleKind.LEFT_OBJECT
    quiet_radius: ClassVar[float] = 0.15
    wants: ClassVar[frozenset[HappeningKind]] = frozenset({HappeningKind.LEFT_OBJECT})

    @property
    def region(self) -> Zone:
        return self.zone

    def due(self, happenings: tuple[Happening, ...], at: datetime) -> Iterator[tuple[Happening, tuple[Measure, ...]]]:
        """The happenings that ring, with the reasons."""
        for one in happenings:
            alone_s = lasted_s(one, at)
            if one.kind in self.wants and alone_s >= self.alone_s and self.zone.contains(Told(at, one).foot):
                yield one, (Measure("alone_s", alone_s, self.alone_s),)
