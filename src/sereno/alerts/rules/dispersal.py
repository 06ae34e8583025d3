"""Dispersal: people run apart all at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from sereno.alerts.model import Measure, RuleKind
from sereno.analytics.model import Happening, HappeningKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispersal:
    """Several persons who stood or walked run away from where they were, at once. One alert per flight.

    Fails: in a dense crowd only those at its edge can be followed; a game or a school's break looks the same.
    """

    id: str
    name: str
    at_least: int = 4
    """Persons who run."""
    quiet_s: float = 120.0
    """Seconds without a second alert."""
    kind: Literal[RuleKind.DISPERSAL] = RuleKind.DISPERSAL
    quiet_radius: ClassVar[float] = 2.0
    wants: ClassVar[frozenset[HappeningKind]] = frozenset({HappeningKind.DISPERSAL})

    @property
    def region(self) -> None:
        """The whole picture."""
        return None

    def due(self, happenings: tuple[Happening, ...], at: datetime) -> Iterator[tuple[Happening, tuple[Measure, ...]]]:
        """The happenings that ring, with the reasons."""
        for one in happenings:
            if one.kind in self.wants and (one.count or 0) >= self.at_least:
                yield one, (Measure("running", float(one.count or 0), float(self.at_least)),)
