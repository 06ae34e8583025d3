"""What the devices process tells of cameras, and what control makes of it for the screen."""

from dataclasses import dataclass

from sereno.cameras.devices.model import DeviceState
from sereno.cameras.onvif.model import DeviceEvent
from sereno.core.facts import Fact
from sereno.core.ids import CameraId


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceClockRead(Fact):
    """``offset_s`` is the camera's clock minus ours; good to half a second."""

    camera_id: CameraId
    offset_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceEventRaised(Fact):
    """The camera says that something happened before it."""

    camera_id: CameraId
    event: DeviceEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceLost(Fact):
    """The camera's device service does not answer as it should; ``reason`` is a device fault."""

    camera_id: CameraId
    reason: str
    message: str
    advice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceChanged(Fact):
    """What the screen shows of a camera as a device; derived from the facts above."""

    camera_id: CameraId
    device: DeviceState
