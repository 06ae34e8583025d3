"""How short a camera's own term may be: not below what the site must keep. Pure."""

from dataclasses import dataclass

from sereno.cameras.model import Camera
from sereno.core.errors import invalid


@dataclass(frozen=True, slots=True)
class KeepFloor:
    """``source`` says who asks for it."""

    days: float
    source: str = ""


NO_FLOOR = KeepFloor(0.0)


def check_keep_days(camera: Camera, floor: KeepFloor) -> None:
    """Raises: AppError invalid ``camera_keep_below_floor``."""
    if camera.keep_days is not None and camera.keep_days < floor.days:
        raise invalid(
            "camera_keep_below_floor",
            f"Footage is kept {floor.days:g} days at least here ({floor.source}), "
            f"and this camera's would go after {camera.keep_days:g}.",
            "Leave the term empty, or give it as many days at least.",
        )
