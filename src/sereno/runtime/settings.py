"""Settings: one frozen TOML file, read once at start. Records live in the database, never here."""

import tomllib
from dataclasses import dataclass, field, fields, is_dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_type_hints

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


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingSettings:
    segment_s: float = 60.0
    """Length of a segment; it ends at the next key frame."""
    head_minutes: float = 10.0
    """How often the recorder signs the head of each camera's chain, which `sereno recordings verify` vouches by."""
    floor_days: float = 30.0
    """Nothing younger is deleted."""
    reserve_mb: int = 512
    """Free disk space below which footage above the floor is shed, oldest first; then recording pauses, loudly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyticsSettings:
    fps: float = 5.0
    """Frames a second that each camera's analysis looks at."""
    detector: str = "efficientdet-lite0"
    """Model for cameras that name none."""
    threads: int = 1
    """Threads of the detector; one analyst fills about one core."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole file; every table and key is optional."""

    home: Path = Path("data")
    """Folder that holds everything this centre records; relative to the settings file."""
    assets: Path = Path("cache/assets")
    """Folder of fetched models and clips; relative to the settings file."""
    site: SiteSettings = field(default_factory=SiteSettings)
    server: ServerSettings = field(default_factory=ServerSettings)
    recording: RecordingSettings = field(default_factory=RecordingSettings)
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
    return TypeAdapter(Settings).validate_python(
        {**table, "home": base / settings.home, "assets": base / settings.assets}
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


def _explained(path: Path, error: ValidationError) -> AppError:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    return invalid("settings_value", f"{path}: {name} = {first['input']!r}: {first['msg']}.")
