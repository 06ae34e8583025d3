"""What the analyst sees: detections, sightings, observations (one a track), happenings; how a view is."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sereno.core.geometry import Box, Point
from sereno.core.ids import CameraId, ObservationId


class ObjectKind(StrEnum):
    PERSON = "person"
    BICYCLE = "bicycle"
    CAR = "car"
    MOTORCYCLE = "motorcycle"
    BUS = "bus"
    TRUCK = "truck"
    DOG = "dog"
    BACKPACK = "backpack"
    HANDBAG = "handbag"
    SUITCASE = "suitcase"


VEHICLES = frozenset({ObjectKind.CAR, ObjectKind.MOTORCYCLE, ObjectKind.BUS, ObjectKind.TRUCK})
BAGS = frozenset({ObjectKind.BACKPACK, ObjectKind.HANDBAG, ObjectKind.SUITCASE})

FAMILIES = {
    ObjectKind.PERSON: 0,
    ObjectKind.BICYCLE: 1,
    ObjectKind.MOTORCYCLE: 1,
    ObjectKind.CAR: 2,
    ObjectKind.BUS: 2,
    ObjectKind.TRUCK: 2,
    ObjectKind.DOG: 3,
    ObjectKind.BACKPACK: 4,
    ObjectKind.HANDBAG: 4,
    ObjectKind.SUITCASE: 4,
}
"""Kinds that a detector takes for one another on the same thing, from frame to frame; one number per family."""


@dataclass(frozen=True, slots=True)
class Detection:
    """One thing in one frame. Units: ``box`` in fractions of the frame, ``score`` 0..1."""

    box: Box
    kind: ObjectKind
    score: float


class Approach(StrEnum):
    """How a vehicle moves before the camera; which end of it the plate was read from follows."""

    COMING = "coming"
    GOING = "going"


@dataclass(frozen=True, slots=True)
class PlateReading:
    """What a track's plate says so far, fused over looks; ``confidence`` 0..1 is calibrated.

    ``approach`` is None while the vehicle grew neither larger nor smaller.
    """

    text: str
    confidence: float
    box: Box
    approach: Approach | None = None


class Colour(StrEnum):
    """Basic colour words; the screen says them in its own language."""

    BLACK = "black"
    GREY = "grey"
    WHITE = "white"
    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    GREEN = "green"
    BLUE = "blue"
    PURPLE = "purple"
    PINK = "pink"
    BROWN = "brown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What a track looked like on its best crop; None where it could not be told."""

    upper: Colour | None = None
    """A person's clothing above the belt."""
    lower: Colour | None = None
    body: Colour | None = None
    """A vehicle's paint."""
    riders: int | None = None
    """Persons on a bicycle or motorcycle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundMotion:
    """Where and how something moves on the ground, one standard deviation beside each figure that has one.

    Units: degrees WGS 84, metres, metres a second; heading in degrees from north, clockwise, None when it stands.
    """

    latitude: float
    longitude: float
    error_m: float
    speed_mps: float
    speed_error_mps: float
    heading: float | None


class HappeningKind(StrEnum):
    """What no single box shows."""

    LEFT_OBJECT = "left_object"
    REMOVED_OBJECT = "removed_object"
    FALLEN = "fallen"
    DISPERSAL = "dispersal"
    GUNSHOT = "gunshot"
    GLASS = "glass"
    SCREAM = "scream"
    SIREN = "siren"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Goes on at the instant of its scene; ``began`` with ``kind`` and ``box`` tells one from the next.

    ``box`` is None for what is heard; ``count`` is how many persons run; ``by``: who is thought to have part.
    """

    kind: HappeningKind
    began: datetime
    score: float
    box: Box | None = None
    count: int | None = None
    by: tuple[ObservationId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One confirmed track at one instant."""

    observation_id: ObservationId
    kind: ObjectKind
    box: Box
    score: float
    plate: PlateReading | None = None
    ground: GroundMotion | None = None

    @property
    def foot(self) -> Point:
        return self.box.foot


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """All that a camera shows at one instant; what rules step over. ``at`` is the frame's wall time."""

    camera_id: CameraId
    at: datetime
    sightings: tuple[Sighting, ...]
    happenings: tuple[Happening, ...] = ()


@dataclass(frozen=True, slots=True)
class TrailPoint:
    at: datetime
    box: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One row per track: what it was, where and when. ``trail`` is thinned to at most 256 points."""

    id: ObservationId
    camera_id: CameraId
    kind: ObjectKind
    first_at: datetime
    last_at: datetime
    best_score: float
    trail: tuple[TrailPoint, ...]
    plate: PlateReading | None = None
    description: Description | None = None
    ground: GroundMotion | None = None
    """At its fastest."""
    closed: bool = False


class ViewFault(StrEnum):
    UNSHARP = "unsharp"
    DARK = "dark"
    """Nearly black. By night this is counted apart: the lamp may be off, not the camera."""
    BRIGHT = "bright"
    COVERED = "covered"
    MOVED = "moved"
    FROZEN = "frozen"


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewFigures:
    """One look. None: there is no reference yet, nothing to see, or another fault hides it."""

    mean: float
    """Brightness, 0..255."""
    dark_share: float
    bright_share: float
    sharpness: float | None = None
    """Of the reference's own: 1 is as sharp."""
    lost_share: float | None = None
    """Of the reference's textured blocks, those that show nothing of it any more."""
    shift: float | None = None
    """How far the view is turned away, in picture widths; None when it agrees with the reference nowhere."""
