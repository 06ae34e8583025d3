"""Areas whose movement does not count, drawn on a camera."""

import pytest

from sereno.cameras.masks import MAX_AREAS, check_quiet_areas
from sereno.cameras.roster import RosterCamera, analysed
from sereno.core.errors import AppError
from sereno.core.geometry import Point
from sereno.core.ids import CameraId

CORNER = (Point(0.0, 0.0), Point(0.3, 0.0), Point(0.3, 0.2))


def test_no_area_and_a_triangle_are_good_drawings() -> None:
    check_quiet_areas(())
    check_quiet_areas((CORNER,))


@pytest.mark.parametrize(
    "areas", [((Point(0, 0), Point(1, 1)),), ((*CORNER, Point(1.2, 0.5)),), (CORNER,) * (MAX_AREAS + 1)]
)
def test_lines_corners_outside_and_too_many_areas_are_refused(areas: tuple[tuple[Point, ...], ...]) -> None:
    with pytest.raises(AppError) as refused:
        check_quiet_areas(areas)
    assert refused.value.code == "camera_areas_invalid"


def test_the_analyst_is_told_of_them() -> None:
    camera = RosterCamera(id=CameraId("plaza"), name="Plaza", main_url="rtsp://camera/1", quiet_areas=(CORNER,))
    assert analysed(camera).quiet_areas == (CORNER,)
