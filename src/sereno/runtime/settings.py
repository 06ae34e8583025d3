"""Settings: one frozen TOML file, read once at start. Records live in the database, never here."""

import os
import tomllib
from dataclasses import dataclass, field, fields, is_dataclass, replace
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, get_args, get_type_hints

from pydantic import TypeAdapter, ValidationError

from sereno.core.errors import AppError, invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSettings:
    name: str = "Sereno"
    """Name of the municipality's centre, shown on every screen."""
    timezone: str = "America/Argentina/Buenos_Aires"
    """IANA zone in which the screen writes times."""
    language: str = "es"
    """Default language of the console: es, en or pt."""
    jurisdiction: str = "none"
    """Whose law binds this site: ar-pba, ar, pe, co, mx, eu-strict, or none (see access/jurisdictions)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    host: str = "127.0.0.1"
    """Address that the console and the media server listen on."""
    port: int = 8080
    """Port of the console and its API."""
    media_port: int = 8081
    """Port of live view and playback, served by the recorder."""


class DiskRole(StrEnum):
    FAST = "fast"
    """Cameras are recorded onto it."""
    SLOW = "slow"
    """Footage moves onto it when it is older."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskSettings:
    """One ``[[recording.disks]]``. With a fast one, the centre's own folder takes footage only when no other can."""

    id: str
    """Short name, written into every row: letters, digits, ``_`` and ``-``; it stays with the disk for good."""
    folder: Path
    """Where it is mounted; relative to the settings file."""
    role: DiskRole = DiskRole.FAST
    cameras: tuple[str, ...] = ()
    """Ids of cameras that are recorded here; none: cameras spread over the fast disks by their free space."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColdSettings:
    """Where footage goes when it is old: a bucket, or a folder of another machine."""

    url: str = ""
    """``s3://bucket/prefix`` or a folder; empty: nowhere. Credentials stand in ``keys/cold.json``, never here."""
    endpoint: str = ""
    """Address of an S3 server that is not Amazon's, such as https://store.example:9000."""
    after_days: float | None = None
    """Older footage moves there."""
    cache_mb: int = 2048
    """Room in the centre's folder for footage that was fetched back to be seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingSettings:
    segment_s: float = 60.0
    """Length of a segment; it ends at the next key frame."""
    head_minutes: float = 10.0
    """How often the recorder signs the head of each camera's chain, which `sereno recordings verify` vouches by."""
    floor_days: float | None = None
    """Nothing younger is deleted; at least what the site's jurisdiction asks, 30 days where neither says."""
    ceiling_days: float | None = None
    """Nothing older is kept, unless it is held; at most what the site's jurisdiction allows."""
    reserve_mb: int = 512
    """Free space of each disk below which footage above the floor is shed, oldest first; then it is not written."""
    disks: tuple[DiskSettings, ...] = ()
    """Disks for footage besides the centre's folder, one ``[[recording.disks]]`` each; see DiskSettings."""
    slow_after_days: float | None = None
    """Older footage moves from fast disks to slow ones; without it only when a fast disk runs short."""
    cold: ColdSettings = field(default_factory=ColdSettings)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyticsSettings:
    fps: float = 5.0
    """Frames a second that each camera's analysis looks at."""
    detector: str = "efficientdet-lite0"
    """Model for cameras that name none."""
    processes: int = 0
    """Analysts, which share the cameras and fill about one core each; 0: one for each core of this machine."""
    threads: int = 1
    """Threads of each analyst's detector."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where detectors run; ``auto``: on a GPU where the runtime offers one."""
    plates_of: str = ""
    """Country whose plates are the usual ones here, such as AR (EU: all of Europe); empty: by the jurisdiction."""
    plate_network_sha256: str = ""
    """SHA-256 of ``plates.onnx`` in ``models``, trained by recipes/plates; empty: plates are read without it."""
    appearance_hours: float = 0.0
    """How long the vectors live that make persons and vehicles findable by their looks; 0: none are made. Never longer
    than the jurisdiction allows, and none where it is not known to allow them."""
    embedder_sha256: str = ""
    """SHA-256 of ``embedder.onnx`` in ``models``, the site's own network that compares persons; empty: by colours."""
    keep_days: float | None = None
    """How long what was seen is kept for search; without it as long as footage at least is, never longer than it."""

    @property
    def process_count(self) -> int:
        return max(1, self.processes or len(os.sched_getaffinity(0)))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSettings:
    ptz_lock_s: float = 20.0
    """How long a camera stays with who steered it, after the last command."""
    clock_every_s: float = 240.0
    """How often each camera's clock is compared with ours."""
    clock_limit_s: float = 2.0
    """A camera whose clock is off by more is shown with a warning."""
    discovery_port: int = 3702
    """UDP port that probes are sent to; cameras listen on 3702."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandbySettings:
    recorders: tuple[str, ...] = ()
    """Media ports of the recorders that ``sereno standby`` on this machine stands by for: ``http://10.0.0.5:8081``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole file; every table and key is optional."""

    home: Path = Path("data")
    """Folder that holds everything this centre records; relative to the settings file."""
    assets: Path = Path("cache/assets")
    """Folder of fetched models and clips; relative to the settings file."""
    models: Path = Path("models")
    """Folder of the site's own detectors, each with its card; relative to the settings file."""
    site: SiteSettings = field(default_factory=SiteSettings)
    server: ServerSettings = field(default_factory=ServerSettings)
    recording: RecordingSettings = field(default_factory=RecordingSettings)
    standby: StandbySettings = field(default_factory=StandbySettings)
    devices: DeviceSettings = field(default_factory=DeviceSettings)
    analytics: AnalyticsSettings = field(default_factory=AnalyticsSettings)


def load_settings(path: Path) -> Settings:
    """The settings in ``path``.

    Raises: AppError invalid, naming the file, the key and the nearest valid name.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise invalid("settings_missing", f"There is no settings file {path}.", "Name one with --settings.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise invalid("settings_syntax", f"{path} is not valid TOML: {error}.") from None
    _refuse_unknown(path, Settings, table, prefix="")
    try:
        settings: Settings = TypeAdapter(Settings).validate_python(table)
    except ValidationError as error:
        raise _explained(path, error) from None
    base = path.resolve().parent
    disks = tuple(replace(disk, folder=base / disk.folder) for disk in settings.recording.disks)
    recording = replace(settings.recording, disks=disks)
    return replace(
        settings,
        home=base / settings.home,
        assets=base / settings.assets,
        models=base / settings.models,
        recording=recording,
    )


def _refuse_unknown(path: Path, kind: type, table: dict[str, Any], prefix: str) -> None:
    hints = get_type_hints(kind)
    names = [f.name for f in fields(kind)]
    for key, value in table.items():
        if key not in names:
            near = get_close_matches(key, names, n=1, cutoff=0.0)
            raise invalid(
                "settings_unknown_key",
                f"{path}: there is no setting {prefix}{key}.",
                f"Did you mean {prefix}{near[0]}?",
            )
        if is_dataclass(hints[key]) and isinstance(hints[key], type) and isinstance(value, dict):
            _refuse_unknown(path, hints[key], value, prefix=f"{prefix}{key}.")
        for each in value if isinstance(value, list) else ():
            kinds = [kind for kind in get_args(hints[key]) if is_dataclass(kind) and isinstance(kind, type)]
            if kinds and isinstance(each, dict):
                _refuse_unknown(path, kinds[0], each, prefix=f"{prefix}{key}.")


def _explained(path: Path, error: ValidationError) -> AppError:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    return invalid("settings_value", f"{path}: {name} = {first['input']!r}: {first['msg']}.")
