"""The rosters: the files by which control tells the media processes which cameras to read, or to look at.

Files, replaced whole, and not calls: the recorder goes on with the last roster when control is away.
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
    quiet_areas: tuple[tuple[Point, ...], ...] = ()
    transport: Transport = Transport.TCP
    audio: bool = False
    one_session: bool = False
    tls_fingerprint: str = ""
    weight: float = 1.0
    """How much sooner than another (1.0) it is looked at when there is too little time for all."""

    @property
    def has_sub(self) -> bool:
        """Whether its sub stream can be read beside the main one. Of a masked camera there is one stream."""
        return bool(self.sub_url) and not self.one_session and not self.mask


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysedCamera:
    """What an analyst may know of a camera: no address and no secret."""

    id: CameraId
    name: str
    has_sub: bool = False
    detector: str = ""
    tiles: int = 1
    audio: bool = False
    """Whether its sound is taken, as far as the camera's own setting goes; the law may forbid it."""
    mask: tuple[tuple[Point, ...], ...] = ()
    """Covered already in every picture that comes."""
    quiet_areas: tuple[tuple[Point, ...], ...] = ()
    """Where movement is no reason to look."""
    weight: float = 1.0
    """How much sooner than another (1.0) it is looked at when there is too little time for all."""


def analysed(camera: RosterCamera) -> AnalysedCamera:
    return AnalysedCamera(
        id=camera.id,
        name=camera.name,
        has_sub=camera.has_sub,
        detector=camera.detector,
        tiles=camera.tiles,
        audio=camera.audio,
        mask=camera.mask,
        quiet_areas=camera.quiet_areas,
        weight=camera.weight,
    )


DEVICE_ROSTER = Path("devices", "roster.json")
"""Beside the roster's folder: the same, of cameras that speak ONVIF alone, because the devices process sees no more."""

ANALYST_ROSTER = Path("analyst", "orders", "roster.json")
"""Beside the roster's folder: what analysts are told, in a folder that they can only read."""

_ROSTER = TypeAdapter(tuple[RosterCamera, ...])
_ANALYSED = TypeAdapter(tuple[AnalysedCamera, ...])


def write_roster(path: Path, cameras: tuple[RosterCamera, ...]) -> None:
    replace_file(path, _ROSTER.dump_json(cameras))


def read_roster(path: Path) -> tuple[RosterCamera, ...]:
    """Empty when control has not written one yet."""
    try:
        return _ROSTER.validate_json(path.read_bytes())
    except FileNotFoundError:
        return ()


def write_analyst_roster(path: Path, cameras: tuple[AnalysedCamera, ...]) -> None:
    replace_file(path, _ANALYSED.dump_json(cameras))


def read_analyst_roster(path: Path) -> tuple[AnalysedCamera, ...]:
    """Empty when control has not written one yet."""
    try:
        return _ANALYSED.validate_json(path.read_bytes())
    except FileNotFoundError:
        return ()
