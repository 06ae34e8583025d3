"""What goes on in front of one camera beyond its boxes: every kind that somebody asked for, in one list, in order."""

from collections.abc import Sequence
from datetime import datetime

from sereno.analytics.decode import Picture
from sereno.analytics.happenings import ground as empty_place
from sereno.analytics.happenings import objects
from sereno.analytics.happenings.ground import Ground
from sereno.analytics.happenings.objects import Objects
from sereno.analytics.model import Happening, HappeningKind, Sighting

_OBJECTS = frozenset({HappeningKind.LEFT_OBJECT, HappeningKind.REMOVED_OBJECT})


class HappeningWatch:
    """Holds what the kinds remember of one camera. What nobody asks for costs nothing."""

    def __init__(self) -> None:
        self._wanted: frozenset[HappeningKind] = frozenset()
        self._ground: Ground | None = None
        self._objects = Objects()

    def ask(self, wanted: frozenset[HappeningKind]) -> None:
        """From now on these kinds are looked for; what is no longer wanted is forgotten."""
        if not wanted & _OBJECTS:
            self._ground, self._objects = None, Objects()
        self._wanted = wanted

    def glance(self, picture: Picture, at: datetime) -> None:
        """Every frame, also those that no detector gets."""
        if self._wanted & _OBJECTS:
            kept = self._objects.kept(self._ground.far.shape) if self._ground else None
            self._ground = empty_place.step(self._ground, empty_place.small(picture.luma()), at, kept)

    def step(self, picture: Picture, sightings: Sequence[Sighting], at: datetime) -> tuple[Happening, ...]:
        """What goes on in a frame whose things are known."""
        told: list[Happening] = []
        if self._ground is not None:
            self._objects, self._ground, found = objects.step(self._objects, self._ground, sightings, at)
            told += found
        return tuple(happening for happening in told if happening.kind in self._wanted)
