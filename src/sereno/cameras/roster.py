"""The roster: the file by which control tells the media processes which cameras to read.

A file, replaced whole, and not a call: the recorder goes on with the last roster when control is away.
"""

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from sereno.cameras.model import Transport
from sereno.core.geometry import Point
from sereno.core.ids import CameraId
from sereno.runtime.atomic_file import replace_file


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterCamera:
    id: CameraId
    name: str
    main_url: str
    sub_url: str = ""
    detector: str = ""
    tiles: int = 1
    quota_gb: float | None = None
    """Room that the camera's footage may take, in 10^9 bytes."""
    keep_days: float | None = None
    onvif_url: str = ""
    ptz: bool = False
    mask: tuple[tuple[Point, ...], ...] = ()
    transport: Transport = Transport.TCP
    audio: bool = False
    one_session: bool = False
    tls_fingerprint: str = ""


DEVICE_ROSTER = Path("devices", "roster.json")
"""Beside the roster's folder: the same, of cameras that speak ONVIF alone, because the devices process sees no more."""

_ROSTER = TypeAdapter(tuple[RosterCamera, ...])


def write_roster(path: Path, cameras: tuple[RosterCamera, ...]) -> None:
    replace_file(path, _ROSTER.dump_json(cameras))


def read_roster(path: Path) -> tuple[RosterCamera, ...]:
    """Empty when control has not written one yet."""
    try:
        return _ROSTER.validate_json(path.read_bytes())
    except FileNotFoundError:
        return ()
