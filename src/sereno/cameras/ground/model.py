"""A camera's calibration to the ground: what was drawn, what came of it, and whether it still holds."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sereno.core.ids import CameraId
from sereno.maps.ground.overlay import Overlay
from sereno.maps.ground.pairs import Pair
from sereno.maps.ground.plane import GroundPlane
from sereno.maps.ground.pose import Length, Pose


class Method(StrEnum):
    PAIRS = "pairs"
    """Points picked on the picture and on the map."""
    POSE = "pose"
    """How the camera stands, and lines of known length."""
    HEIGHTS = "heights"
    """Learned from the people who walked by."""


class Note(StrEnum):
    """What a person should look at before saving."""

    NO_CHECK = "no_check"
    """Four points always fit: a fifth would show a mistake."""
    RESIDUAL = "residual"
    """A point lies far from where the others put it."""
    UNSURE = "unsure"
    """Over half of the usable picture, positions are off by more than two metres."""
    NOWHERE = "nowhere"
    """Nowhere is it sure enough to tell a position."""
    SIZE_GUESSED = "size_guessed"
    """Learned from heights: everything may be larger or smaller by the error that is said."""


class Doubt(StrEnum):
    NONE = ""
    MOVED = "moved"
    """The view is turned away from where it was."""
    STEERED = "steered"
    """Somebody steers it, and it was not seen back at its place since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """What a person gives. ``width``, ``height``: pixels of the picture that they drew on."""

    method: Method
    width: int
    height: int
    pairs: tuple[Pair, ...] = ()
    lengths: tuple[Length, ...] = ()
    pose: Pose | None = None
    """Where the reckoning starts; needed by ``pose`` and ``heights``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What comes of a drawing. ``residuals_m``: of each pair; the three errors: of a pose, two as shares."""

    residuals_m: tuple[float, ...] = ()
    rms_m: float | None = None
    pose: Pose | None = None
    height_error: float | None = None
    tilt_error_deg: float | None = None
    focal_error: float | None = None
    overlay: Overlay
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundRecord:
    """What is kept. ``by``: the name of who saved it."""

    camera_id: CameraId
    drawing: Drawing
    plane: GroundPlane
    found: Found
    at: datetime
    by: str
    doubt: Doubt = Doubt.NONE
    doubtful_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundShown:
    """A record as screens see it."""

    camera_id: CameraId
    drawing: Drawing
    found: Found
    at: datetime
    by: str
    doubt: Doubt
    doubtful_since: datetime | None
