"""What a device says of itself, in our words; plain values that cross to control as JSON."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDevice:
    """Who answered a probe. ``url`` is the address of its device service, at the address that answered."""

    url: str
    name: str
    hardware: str
    profiles: tuple[str, ...]
    """Letters of the ONVIF profiles that it claims, such as ``T`` and ``G``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaProfile:
    """One stream that a device offers. ``gop`` in frames, 0 when it does not say."""

    token: str
    name: str
    codec: str
    """``h264``, ``h265``, ``jpeg`` or what the device calls it, lower case."""
    width: int
    height: int
    fps: float
    bitrate_kbps: int
    gop: int
    stream_url: str
    """RTSP, without credentials."""
    ptz: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceDescription:
    make: str
    model: str
    firmware: str
    serial: str
    clock_offset_s: float
    """The device's clock minus ours."""
    profiles: tuple[MediaProfile, ...]
    ptz: bool
    events: bool
    card: bool
    """It records by itself and can be searched (profile G)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PtzVector:
    """Speeds or positions. Units: -1..1 of what the device can do; zoom 0..1 when it is a position."""

    pan: float = 0.0
    tilt: float = 0.0
    zoom: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    token: str
    name: str


class DeviceEventKind(StrEnum):
    MOTION = "motion"
    TAMPER = "tamper"
    DIGITAL_INPUT = "digital_input"
    VIDEO_LOSS = "video_loss"
    LINE_CROSSED = "line_crossed"
    OTHER = "other"
    """Kept by its topic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceEvent:
    kind: DeviceEventKind
    topic: str
    """Without prefixes: ``VideoSource/MotionAlarm``."""
    device_at: datetime | None
    """By the device's own clock."""
    initial: bool
    """The state as it was when we began to listen, not a change of it."""
    active: bool | None
    """Whether it begins or ends; None for what has no duration or does not say."""
    source: str
    """Which input, rule or channel, as the device names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRecording:
    """What lies on a device's card. Times by the device's clock."""

    token: str
    began: datetime
    ended: datetime
    recording: bool
    """It still grows."""
