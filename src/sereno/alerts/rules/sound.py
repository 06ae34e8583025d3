"""Sound: a shot, breaking glass, a scream or a siren is heard."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from sereno.alerts.model import Measure, RuleKind
from sereno.analytics.model import Happening, HappeningKind

HEARD = frozenset({HappeningKind.GUNSHOT, HappeningKind.GLASS, HappeningKind.SCREAM, HappeningKind.SIREN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """A camera's microphone hears what the rule names. One alert per sound.

    Only where the camera's sound is on, which needs a law that allows it. Nothing of the sound is kept by the
    analysis.

    Fails: fireworks, backfires and slammed gates sound like shots; wind and traffic hide what is far away.
    """

    id: str
    name: str
    sounds: frozenset[HappeningKind] = frozenset({HappeningKind.GUNSHOT, HappeningKind.GLASS, HappeningKind.SCREAM})
    """Which ones ring."""
    score: float = 0.5
    """Least score of the model, 0 to 1."""
    quiet_s: float = 30.0
    """Seconds without a second alert."""
    kind: Literal[RuleKind.SOUND] = RuleKind.SOUND
    quiet_radius: ClassVar[float] = 2.0

    @property
    def wants(self) -> frozenset[HappeningKind]:
        return self.sounds

    @property
    def region(self) -> None:
        """The whole surroundings of the camera."""
        return None

    def due(self, happenings: tuple[Happening, ...], at: datetime) -> Iterator[tuple[Happening, tuple[Measure, ...]]]:
        """The happenings that ring, with the reasons."""
        for one in happenings:
            if one.kind in self.sounds and one.score >= self.score:
                yield one, (Measure("heard", one.score, self.score),)
