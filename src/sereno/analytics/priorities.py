"""The file by which control tells analysts which cameras count more just now; no reason and no place stands in it.

Not a column of the roster: a changed row there begins the camera anew.
"""

from collections.abc import Mapping
from pathlib import Path

from pydantic import TypeAdapter

from sereno.core.ids import CameraId
from sereno.runtime.atomic_file import replace_file

PRIORITIES = "priorities.json"
"""Its name, beside the analysts' roster."""

_PRIORITIES = TypeAdapter(dict[CameraId, float])


def write_priorities(path: Path, factors: Mapping[CameraId, float]) -> None:
    """``factors`` multiply what a camera weighs in the schedule; who is not named has 1."""
    replace_file(path, _PRIORITIES.dump_json(dict(factors)))


def read_priorities(path: Path) -> dict[CameraId, float]:
    """Empty when control has not written one yet."""
    try:
        return _PRIORITIES.validate_json(path.read_bytes())
    except FileNotFoundError:
        return {}
