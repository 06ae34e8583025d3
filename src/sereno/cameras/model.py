"""A camera, where it looks, and how it is."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sereno.core.geography import Position
from sereno.core.geometry import Point
from sereno.core.ids import CameraId


class PlaceKind(StrEnum):
    """The kind of place a camera watches; it decides the camera's rules (DOMAIN: places decide alarms)."""

    CITY_ACCESS = "city_access"
    AVENUE = "avenue"
    TRAFFIC_LIGHT = "traffic_light"
    PLAZA = "plaza"
    COMMERCIAL = "commercial"
    BANK = "bank"
    SCHOOL = "school"
    WASTE_POINT = "waste_point"
    PRIVATE = "private"


PLACE_WEIGHTS = {
    PlaceKind.BANK: 2.0,
    PlaceKind.SCHOOL: 2.0,
    PlaceKind.CITY_ACCESS: 1.5,
    PlaceKind.PLAZA: 1.5,
    PlaceKind.COMMERCIAL: 1.5,
    PlaceKind.AVENUE: 1.0,
    PlaceKind.TRAFFIC_LIGHT: 1.0,
    PlaceKind.WASTE_POINT: 0.5,
    PlaceKind.PRIVATE: 0.5,
}
"""How much sooner than another (1.0) a camera of such a place is looked at when there is too little time for all."""


class PurposeLevel(StrEnum):
    """What somebody must be able to tell at the far end of a camera's range. Source: IEC 62676-4:2025."""

    UNSTATED = "unstated"
    OVERVIEW = "overview"
    OUTLINE = "outline"
    DISCERN = "discern"
    PERCEIVE = "perceive"
    CHARACTERISE = "characterise"
    VALIDATE = "validate"
    SCRUTINISE = "scrutinise"


class Transport(StrEnum):
    """How a camera's packets travel."""

    TCP = "tcp"
    UDP = "udp"
    """For cameras that do not send in the connection; what gets lost on the way stays lost."""


class StreamState(StrEnum):
    CONNECTING = "connecting"
    RECORDING = "recording"
    LOST = "lost"
    PAUSED = "paused"
    """Connected, but nothing can be written: the disk is full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Where a camera stands and what it covers. Units: degrees clockwise from north, metres."""

    position: Position
    bearing_deg: float
    field_of_view_deg: float
    range_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What the recorder last reported; ``reason`` is an error code such as ``camera_unauthorized``."""

    state: StreamState = StreamState.CONNECTING
    since: datetime
    reason: str = ""
    message: str = ""
    advice: str = ""
    codec: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """A record of the register. The URLs may hold credentials: they never leave control except in the roster."""

    id: CameraId
    name: str
    place: PlaceKind
    group: str
    owner: str
    view: View
    main_url: str
    sub_url: str = ""
    """Smaller stream for analysis and the wall; empty means the main one serves both."""
    detector: str = ""
    """Model for this camera; empty means the centre's."""
    tiles: int = 1
    """How many tiles the picture is cut into for detection: 1, or up to 4 for far objects."""
    onvif_url: str = ""
    """Where it speaks ONVIF, ``http://USER:PASSWORD@ADDRESS/onvif/device_service``; empty when it does not."""
    ptz: bool = False
    """It can be steered, over ONVIF."""
    transport: Transport = Transport.TCP
    audio: bool = False
    """Sound is recorded too, where the law allows it."""
    one_session: bool = False
    """It serves one viewer at a time: the analysis reads what the recorder writes."""
    tls_fingerprint: str = ""
    """SHA-256 of the certificate of an ``rtsps`` camera that signs its own, in hex; empty: authorities decide."""
    quota_gb: float | None = None
    """Room that its footage may take, in 10^9 bytes; the oldest above the floor goes. None: no limit of its own."""
    keep_days: float | None = None
    """Its footage goes when it is older; never before the site's floor. None: as the site."""
    overlooks_private: bool = False
    """It sees windows, gardens or other private ground; where the law demands it, that must be masked."""
    masks_itself: bool = False
    """A person has checked that the camera masks those places in the picture that it sends."""
    mask: tuple[tuple[Point, ...], ...] = ()
    """Areas covered here before anything is kept, corners in fractions of the picture: its stream is coded anew."""
    quiet_areas: tuple[tuple[Point, ...], ...] = ()
    """Where movement is no reason to look: trees, flags, a road of no interest. Not a mask: all of it is recorded."""
    simulated: bool = False
    enabled: bool = True
    purpose_level: PurposeLevel = PurposeLevel.UNSTATED
    """The daily proof holds the picture's pixels a metre against it."""


class Verdict(StrEnum):
    GOOD = "good"
    USABLE = "usable"
    """It records, and ``advice`` says what would be better."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeReport:
    """What a look at a stream found. ``code`` is a stream fault, empty unless the verdict is failed."""

    verdict: Verdict
    codec: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    key_frame_interval_s: float | None = None
    """None when fewer than two key frames came while we looked."""
    bit_rate_kbps: int = 0
    picture: str = ""
    """The first key frame as a small JPEG, base64; empty when it does not decode."""
    code: str = ""
    message: str = ""
    advice: str = ""
    wishes: tuple[str, ...] = ()
    """Codes of what ``advice`` says of a usable stream, for a screen in another language."""
