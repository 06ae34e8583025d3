"""What goes on in front of one camera beyond its boxes: every kind that somebody asked for, in one list, in order."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime

from sereno.analytics.decode import Picture
from sereno.analytics.happenings import dispersal, fallen, objects
from sereno.analytics.happenings import ground as empty_place
from sereno.analytics.happenings.dispersal import Crowd
from sereno.analytics.happenings.fallen import Bodies
from sereno.analytics.happenings.ground import Ground
from sereno.analytics.happenings.objects import Objects
from sereno.analytics.happenings.pose import PoseModel
from sereno.analytics.model import Happening, HappeningKind, Sighting
from sereno.core.geometry import Box

_OBJECTS = frozenset({HappeningKind.LEFT_OBJECT, HappeningKind.REMOVED_OBJECT})
_STILL = _OBJECTS | {HappeningKind.FALLEN}
"""What looks at that which stands still."""
_ROOM = 0.15
"""Around a body, in sizes of its box."""


class HappeningWatch:
    """Holds what the kinds remember of one camera. What nobody asks for costs nothing."""

    def __init__(self, poses: PoseModel | None = None) -> None:
        """Without ``poses`` no one is seen to fall."""
        self._wanted: frozenset[HappeningKind] = frozenset()
        self._poses = poses
        self._ground: Ground | None = None
        self._objects = Objects()
        self._bodies = Bodies()
        self._crowd = Crowd()
        self._body_waits = False
        self._heard: deque[Happening] = deque(maxlen=16)

    @property
    def wanted(self) -> frozenset[HappeningKind]:
        return self._wanted

    def ask(self, wanted: frozenset[HappeningKind], poses: PoseModel | None = None) -> None:
        """From now on these kinds are looked for; what is no longer wanted is forgotten."""
        if not wanted & _STILL:
            self._ground = None
        if not wanted & _OBJECTS:
            self._objects = Objects()
        if HappeningKind.FALLEN not in wanted:
            self._bodies = Bodies()
        if HappeningKind.DISPERSAL not in wanted:
            self._crowd = Crowd()
        self._wanted = wanted
        self._poses = poses or self._poses

    def hear(self, happening: Happening) -> None:
        """From the thread that listens: told with the next scene."""
        self._heard.append(happening)

    @property
    def urgent(self) -> bool:
        """Whether a scene is wanted although nothing moves."""
        return bool(self._heard) or self._body_waits

    @property
    def intent(self) -> bool:
        """Whether something is being found out, so that pictures are wanted although nothing moves."""
        return any(region.keepers and not region.told for region in self._objects.regions) or any(
            body.suspect and not body.fell for body in self._bodies.known.values()
        )

    def glance(self, picture: Picture, at: datetime) -> None:
        """Every frame, also those that no detector gets."""
        if self._wanted & _STILL:
            kept = self._objects.kept(self._ground.far.shape) if self._ground else None
            self._ground = empty_place.step(self._ground, empty_place.small(picture.luma()), at, kept)
            self._bodies = fallen.searched(self._bodies, self._ground, at, picture.width / picture.height)
            self._body_waits = self._poses is not None and fallen.waits(self._bodies, at)

    def step(self, picture: Picture, sightings: Sequence[Sighting], at: datetime) -> tuple[Happening, ...]:
        """What goes on in a frame whose things are known."""
        told: list[Happening] = []
        aspect = picture.width / picture.height
        if self._ground is not None and self._wanted & _OBJECTS:
            self._objects, self._ground, found = objects.step(self._objects, self._ground, sightings, at)
            told += found
        if HappeningKind.FALLEN in self._wanted and self._poses is not None:
            told += self._fallen(self._poses, picture, sightings, at)
        if HappeningKind.DISPERSAL in self._wanted:
            self._crowd, flights = dispersal.step(self._crowd, sightings, at, aspect)
            told += flights
        while self._heard:
            told.append(self._heard.popleft())
        return tuple(happening for happening in told if happening.kind in self._wanted)

    def _fallen(
        self, poses: PoseModel, picture: Picture, sightings: Sequence[Sighting], at: datetime
    ) -> tuple[Happening, ...]:
        self._bodies = fallen.step(self._bodies, sightings, at, picture.width / picture.height)
        due = fallen.due(self._bodies, at)
        if due is not None:
            id_, box = due
            self._bodies = fallen.looked(self._bodies, id_, poses.pose(picture.rgb_part(with_room(box))), at)
        return fallen.told(self._bodies)


def with_room(box: Box) -> Box:
    across, down = box.width * _ROOM, box.height * _ROOM
    return Box(box.left - across, box.top - down, box.right + across, box.bottom + down).within_picture()
