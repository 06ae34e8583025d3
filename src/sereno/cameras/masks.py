"""Areas drawn on a camera's picture: what may be drawn, and when the law of the place wants a privacy mask. Pure."""

from sereno.access.jurisdiction import Jurisdiction
from sereno.cameras.model import Camera
from sereno.core.errors import invalid
from sereno.core.geometry import Point

Areas = tuple[tuple[Point, ...], ...]
"""Polygons, corners in fractions of the picture."""
MIN_CORNERS, MAX_CORNERS, MAX_AREAS = 3, 64, 32


def check_quiet_areas(areas: Areas) -> None:
    """Raises: AppError invalid for a drawing that is none."""
    if areas:
        _check_drawing(areas, "camera_areas_invalid", "Draw the areas whose movement does not count.")


def check_masks(camera: Camera, law: Jurisdiction) -> None:
    """Raises: AppError invalid for a drawing that is none, and for a camera that must be masked and is not."""
    if camera.mask:
        _check_drawing(
            camera.mask, "camera_mask_invalid", "Draw the areas that must not be seen on the camera's picture."
        )
        if camera.ptz:
            raise invalid(
                "camera_mask_moves",
                "A camera that is steered cannot be masked here: what lies under the mask moves with it.",
                "Set the mask in the camera, which moves it along, and say that the camera masks itself.",
            )
    demanded = law.masks_burned_in.value is True and camera.overlooks_private
    if demanded and not camera.masks_itself and not camera.mask:
        raise invalid(
            "camera_needs_mask",
            "This camera looks into private places, and the rules here want them masked in what is recorded.",
            "Set the mask in the camera itself and say so; or draw the areas here: the picture is then coded anew, "
            "which costs computing time, and says so.",
        )


def _check_drawing(areas: Areas, code: str, advice: str) -> None:
    corners = [len(area) for area in areas]
    if len(areas) > MAX_AREAS or min(corners) < MIN_CORNERS or max(corners) > MAX_CORNERS:
        raise invalid(
            code,
            f"There may be {MAX_AREAS} areas of {MIN_CORNERS} to {MAX_CORNERS} corners each.",
            advice,
        )
    if not all(0 <= point.x <= 1 and 0 <= point.y <= 1 for area in areas for point in area):
        raise invalid(code, "A corner lies outside the picture.", "Draw it again.")
