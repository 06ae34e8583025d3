"""A camera's own term is never shorter than what the site must keep."""

from dataclasses import replace

import pytest

from sereno.access.jurisdiction import NO_LAW, load_jurisdiction
from sereno.cameras.model import Camera, PlaceKind, View
from sereno.cameras.terms import KeepFloor, check_keep_days
from sereno.core.errors import AppError
from sereno.core.geography import Position
from sereno.core.ids import CameraId
from sereno.recording.retention import floor_source
from sereno.runtime.settings import RecordingSettings

VIEW = View(position=Position(lat=-35.0, lon=-58.0), bearing_deg=0, field_of_view_deg=70, range_m=60)
CAMERA = Camera(
    id=CameraId("a"),
    name="Plaza",
    place=PlaceKind.PLAZA,
    group="centro",
    owner="Municipio",
    view=VIEW,
    main_url="rtsp://10.0.0.7/a",
)
FLOOR = KeepFloor(30, "a law")


@pytest.mark.parametrize("days", [None, 30, 31])
def test_a_term_at_the_floor_or_above_is_fine(days: float | None) -> None:
    check_keep_days(replace(CAMERA, keep_days=days), FLOOR)


def test_a_term_below_the_floor_is_refused_with_the_floor_and_its_source() -> None:
    with pytest.raises(AppError, match=r"30 days at least here \(a law\)") as refused:
        check_keep_days(replace(CAMERA, keep_days=29.5), FLOOR)
    assert refused.value.code == "camera_keep_below_floor"


def test_the_source_of_the_floor_is_the_law_unless_settings_are_stricter() -> None:
    peru = load_jurisdiction("pe")

    assert floor_source(peru, RecordingSettings()) == peru.retention_floor_days.source
    assert floor_source(peru, RecordingSettings(floor_days=50)) == "recording.floor_days"
    assert floor_source(NO_LAW, RecordingSettings()) == "house rule"
