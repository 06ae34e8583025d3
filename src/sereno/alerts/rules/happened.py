"""What the rules over happenings share: each happening rings once, when it has lasted as long as its rule asks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sereno.alerts.model import Measure
from sereno.alerts.rules.seen import Firing, Told
from sereno.analytics.model import Happening, HappeningKind

Episode = tuple[HappeningKind, datetime]
"""What tells one happening from the next: its kind and when it began."""
_FORGET_S = 60.0


@dataclass(frozen=True, slots=True)
class Rung:
    """The happenings that rang, and when each was last seen."""

    episodes: Mapping[Episode, datetime] = field(default_factory=dict)

    def step(
        self, rule_id: str, at: datetime, due: Iterable[tuple[Happening, tuple[Measure, ...]]]
    ) -> tuple["Rung", tuple[Firing, ...]]:
        """What is ``due`` to ring, each with its reasons, rings if it did not before."""
        kept = {e: last for e, last in self.episodes.items() if (at - last).total_seconds() <= _FORGET_S}
        firings: list[Firing] = []
        for happening, why in due:
            episode = happening.kind, happening.began
            if episode not in kept:
                firings.append(Firing(rule_id=rule_id, seen=Told(at, happening), since=happening.began, why=why))
            kept[episode] = at
        return Rung(kept), tuple(firings)


def lasted_s(happening: Happening, at: datetime) -> float:
    return (at - happening.began).total_seconds()
