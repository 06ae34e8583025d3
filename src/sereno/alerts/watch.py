"""The watch: the file by which control tells the analyst which rules and which sought plates to look for.

A file, replaced whole, as the roster is: the analyst goes on with the last one when control is away. Entries end by
themselves at ``expires_at``.
"""

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from sereno.alerts.rule_set import Rule
from sereno.cameras.model import PlaceKind
from sereno.core.ids import CameraId
from sereno.runtime.atomic_file import replace_file
from sereno.watchlists.model import SoughtPlate


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedCamera:
    camera_id: CameraId
    place: PlaceKind
    rules: tuple[Rule, ...]
    reads_plates: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    cameras: tuple[WatchedCamera, ...] = ()
    plates: tuple[SoughtPlate, ...] = ()


_WATCH = TypeAdapter(Watch)


def write_watch(path: Path, watch: Watch) -> None:
    replace_file(path, _WATCH.dump_json(watch))


def read_watch(path: Path) -> Watch:
    """Empty when control has not written one yet."""
    try:
        return _WATCH.validate_json(path.read_bytes())
    except FileNotFoundError:
        return Watch()
