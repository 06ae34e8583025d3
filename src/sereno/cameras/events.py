"""Facts about cameras and their streams; the recorder tells the last two."""

from dataclasses import dataclass

from sereno.cameras.model import Camera, Health
from sereno.core.facts import Fact
from sereno.core.ids import CameraId


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraChanged(Fact):
    """Added or edited. The stored body carries no URL."""

    camera: Camera


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthChanged(Fact):
    """What the screen shows of a camera's state; derived from the recorder's reports."""

    camera_id: CameraId
    health: Health


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamOpened(Fact):
    camera_id: CameraId
    codec: str
    width: int
    height: int
    fps: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamLost(Fact):
    """``paused`` means that the stream runs but cannot be written."""

    camera_id: CameraId
    reason: str
    message: str
    advice: str
    paused: bool = False
