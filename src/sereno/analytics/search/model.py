"""A question about what was seen, and its answer."""

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

from pydantic import ConfigDict

from sereno.analytics.model import Colour, Description, GroundMotion, ObjectKind, PlateReading
from sereno.core.geography import Position
from sereno.core.geometry import Box, Line, Zone
from sereno.core.ids import CameraId, ObservationId
from sereno.maps.journeys import Journeys

_FORBID = ConfigDict(extra="forbid")


class Across(StrEnum):
    """Which way a line was passed, seen by who walks along it from its start to its end."""

    LEFT_TO_RIGHT = "left_to_right"
    RIGHT_TO_LEFT = "right_to_left"
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnZone:
    """Whose feet were in it, on this camera's picture."""

    __pydantic_config__ = _FORBID

    camera_id: CameraId
    zone: Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnLine:
    """Whose feet passed it, on this camera's picture."""

    __pydantic_config__ = _FORBID

    camera_id: CameraId
    line: Line
    direction: Across = Across.BOTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """A place on the map: the cameras that stand or look there."""

    __pydantic_config__ = _FORBID

    position: Position
    radius_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DayHours:
    """A part of each day on the centre's clock; ``ended`` before ``began`` goes over midnight, equal is all day."""

    __pydantic_config__ = _FORBID

    began: time
    ended: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """Units: degrees from north, clockwise."""

    __pydantic_config__ = _FORBID

    degrees: float
    tolerance_deg: float = 45.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Everything must hold; where several values stand, one of them. Empty and None: anything.

    Units: seconds, metres a second; instants are aware, ``began`` included and ``ended`` not: what was seen at any
    instant between them. ``weekdays``: 0 is Monday, on the centre's clock.
    """

    __pydantic_config__ = _FORBID

    kinds: tuple[ObjectKind, ...] = ()
    colours: tuple[Colour, ...] = ()
    """Of clothing above or below, or of the paint."""
    upper: tuple[Colour, ...] = ()
    lower: tuple[Colour, ...] = ()
    body: tuple[Colour, ...] = ()
    riders_least: int | None = None
    riders_most: int | None = None
    plate: str = ""
    """A plate or a part of it: ``*`` any signs, ``?`` one sign, ``^`` or ``$`` the beginning or the end.

    Without any of these it may stand anywhere. Signs that are taken for one another count as one (O and 0, B and 8).
    """
    cameras: tuple[CameraId, ...] = ()
    near: Circle | None = None
    zone: DrawnZone | None = None
    line: DrawnLine | None = None
    began: datetime | None = None
    ended: datetime | None = None
    hours: tuple[DayHours, ...] = ()
    weekdays: tuple[int, ...] = ()
    stay_least_s: float | None = None
    """With a zone: in it. Without: in the picture."""
    stay_most_s: float | None = None
    speed_least_mps: float | None = None
    speed_most_mps: float | None = None
    heading: Heading | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An observation that answers. ``at`` is the instant to look at, where the box is largest or where it passed the
    zone or line, and ``box`` where it then was; ``portrait`` says whether there is a crop of it."""

    id: ObservationId
    camera_id: CameraId
    kind: ObjectKind
    first_at: datetime
    last_at: datetime
    at: datetime
    box: Box
    best_score: float
    plate: PlateReading | None
    plate_exact: bool | None
    """Whether the plate fits as it is written, and not only with confusable signs; None when none was asked for."""
    description: Description | None
    ground: GroundMotion | None
    closed: bool
    portrait: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFault:
    """A part of the store that could not be read; the rest has answered."""

    day: str
    """ISO date, UTC; empty for what is going on now."""
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HourCount:
    """``hour``: its first instant."""

    hour: datetime
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many answer, by hour and by camera. ``complete`` False: only the newest were counted, back to ``since``."""

    total: int
    complete: bool
    since: datetime | None
    hours: tuple[HourCount, ...]
    cameras: dict[CameraId, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """``cursor`` goes on where this page ends, None at the end. ``timed_out``: it is short because time was up;
    everything newer than ``reached`` was looked at (None: everything there is)."""

    rows: tuple[Found, ...]
    cursor: str | None
    timed_out: bool
    reached: datetime | None
    faults: tuple[DayFault, ...]
    counts: Counts | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderstoodWords:
    """``text`` stands at ``start`` to ``end`` of what was written; ``field`` of the query it went into; ``meaning`` is
    what it was taken for: a value of that field, or a name."""

    text: str
    start: int
    end: int
    field: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownWords:
    """Words that had no part in the search, to be shown."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """``query`` is what was looked for, words included."""

    query: Query
    understood: tuple[UnderstoodWords, ...]
    not_understood: tuple[UnknownWords, ...]
    page: Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """``likeness``: the cosine of the two looks, -1..1; the embedder's bench says what it is worth."""

    found: Found
    likeness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AlikeAnswer:
    """Most alike first. ``kept_since``: older looks are forgotten by law or setting."""

    rows: tuple[Alike, ...]
    compared: int
    kept_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyAnswer:
    """``rows`` are the sightings that ``journeys`` names, oldest first. ``complete`` False: there were more."""

    rows: tuple[Alike, ...]
    journeys: Journeys
    complete: bool
    faults: tuple[DayFault, ...]
