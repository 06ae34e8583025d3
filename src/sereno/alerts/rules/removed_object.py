"""Removed object: what stood there was taken away."""

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
class RemovedObject:
    """Something that belonged to the place is gone after somebody was at it. One alert per thing.

    Units: ``gone_s`` counts seconds since whoever was at it went away.

    Fails: what stood there for less than a quarter of an hour did not belong to the place yet; a thing as large as a
    person, or larger, is not judged.
    """

    id: str
    name: str
    zone: Zone
    """The area, where the thing stood."""
    gone_s: float = 5.0
    """Seconds after which it rings."""
    quiet_s: float = 120.0
    """Seconds without a second alert at the same place."""
    kind: Literal[RuleKind.REMOVED_OBJECT] = RuleKind.REMOVED_OBJECT
    quiet_radius: ClassVar[float] = 0.15
    wants: ClassVar[frozenset[HappeningKind]] = frozenset({HappeningKind.REMOVED_OBJECT})

    @property
    def region(self) -> Zone:
        return self.zone

    def due(self, happenings: tuple[Happening, ...], at: datetime) -> Iterator[tuple[Happening, tuple[Measure, ...]]]:
        """The happenings that ring, with the reasons."""
        for one in happenings:
            gone_s = lasted_s(one, at)
            if one.kind in self.wants and gone_s >= self.gone_s and self.zone.contains(Told(at, one).foot):
                yield one, (Measure("gone_s", gone_s, self.gone_s),)
