"""Fallen person: somebody lies on the ground and does not get up."""

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
class FallenPerson:
    """Somebody lies in a zone and stays so. One alert per person and fall.

    Units: ``lying_s`` counts seconds from when the body first lay.

    Fails: who falls behind something; who lies where the body is under about fifty pixels long; who lies towards or
    away from the camera, foreshortened; a person who sleeps on a bench rings too.
    """

    id: str
    name: str
    zone: Zone
    """The area, where the body lies."""
    lying_s: float = 6.0
    """Seconds on the ground after which it rings."""
    quiet_s: float = 120.0
    """Seconds without a second alert at the same place."""
    kind: Literal[RuleKind.FALLEN_PERSON] = RuleKind.FALLEN_PERSON
    quiet_radius: ClassVar[float] = 0.15
    wants: ClassVar[frozenset[HappeningKind]] = frozenset({HappeningKind.FALLEN})

    @property
    def region(self) -> Zone:
        return self.zone

    def due(self, happenings: tuple[Happening, ...], at: datetime) -> Iterator[tuple[Happening, tuple[Measure, ...]]]:
        """The happenings that ring, with the reasons."""
        for one in happenings:
            lying_s = lasted_s(one, at)
            if one.kind in self.wants and lying_s >= self.lying_s and self.zone.contains(Told(at, one).foot):
                yield one, (Measure("lying_s", lying_s, self.lying_s),)
