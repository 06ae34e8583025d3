"""The file by which control tells analysts the ground of their cameras: no address and no secret."""

from pathlib import Path

from pydantic import TypeAdapter

from sereno.core.ids import CameraId
from sereno.maps.ground.plane import GroundPlane
from sereno.runtime.atomic_file import replace_file

GROUNDS = "grounds.json"
"""Its name, beside the analysts' roster."""

_GROUNDS = TypeAdapter(dict[CameraId, GroundPlane])


def write_grounds(path: Path, grounds: dict[CameraId, GroundPlane]) -> None:
    replace_file(path, _GROUNDS.dump_json(grounds))


def read_grounds(path: Path) -> dict[CameraId, GroundPlane]:
    """Empty when control has not written one yet."""
    try:
        return _GROUNDS.validate_json(path.read_bytes())
    except FileNotFoundError:
        return {}
