"""What control may ask of the devices process."""

from dataclasses import dataclass
from datetime import datetime

from sereno.cameras.onvif.model import CardRecording, DeviceDescription, FoundDevice, Preset, PtzVector
from sereno.core.ids import CameraId
from sereno.runtime.local_call import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """``address`` empty asks the whole network by multicast, else one host."""

    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    devices: tuple[FoundDevice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAddress:
    """``url`` may hold credentials: ``http://USER:PASSWORD@ADDRESS/onvif/device_service``."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfCamera:
    camera_id: CameraId


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """``speed`` until the next call, but for a second at most."""

    camera_id: CameraId
    speed: PtzVector


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """To a position, or by a step from where it looks now."""

    camera_id: CameraId
    to: PtzVector
    relative: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OfPreset:
    camera_id: CameraId
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPreset:
    """Keeps where the camera looks now; ``token`` empty makes a new preset."""

    camera_id: CameraId
    name: str
    token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Presets:
    presets: tuple[Preset, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardSpan:
    """By the centre's clock."""

    camera_id: CameraId
    began: datetime
    ended: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CardContent:
    """By the centre's clock."""

    recordings: tuple[CardRecording, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """It was done."""


DISCOVER = Call("discover", Search, Found)
DESCRIBE = Call("describe", DeviceAddress, DeviceDescription)
SNAPSHOT = Call("snapshot", OfCamera, bytes)
MOVE = Call("ptz_move", Move, Done)
TURN = Call("ptz_turn", Turn, Done)
STOP = Call("ptz_stop", OfCamera, Done)
PRESETS = Call("ptz_presets", OfCamera, Presets)
GOTO_PRESET = Call("ptz_goto_preset", OfPreset, Done)
SET_PRESET = Call("ptz_set_preset", NewPreset, Preset)
SEARCH_CARD = Call("card_search", CardSpan, CardContent)
