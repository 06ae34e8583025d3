"""Calibrations kept: who may save, what analysts are told, and what ends the telling."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sereno.access.audit import last_rows
from sereno.access.model import Role, system_access
from sereno.access.work import Workplace
from sereno.cameras.events import CameraChanged, HealthChanged
from sereno.cameras.ground.model import Doubt, Drawing, Method, Note
from sereno.cameras.ground.orders import read_grounds
from sereno.cameras.ground.service import Grounds
from sereno.cameras.model import Camera, PlaceKind, View
from sereno.cameras.service import Cameras
from sereno.cameras.steering.model import PtzLock
from sereno.cameras.steering.store import put_lock
from sereno.core.clock import SystemClock
from sereno.core.errors import AppError
from sereno.core.geography import Position
from sereno.core.geometry import Box, Point
from sereno.core.ids import CameraId, PersonId
from sereno.maps.ground.pairs import Pair
from sereno.maps.ground.pose import Pose, PoseErrors, fit_pose
from tests.centre import access_as, open_workplace

pytestmark = pytest.mark.integration

PLAZA = CameraId("plaza")
HOME = Position(-34.6, -58.4)
POSE = Pose(position=HOME, height_m=6, tilt_deg=20, bearing_deg=10, field_of_view_deg=70)
SPOTS = ((0.1, 0.9), (0.9, 0.9), (0.2, 0.35), (0.8, 0.4), (0.5, 0.6))


def drawing(count: int = 5) -> Drawing:
    plane = fit_pose(POSE, PoseErrors(), 1280, 720).plane
    spots = [plane.locate(Point(x, y)) for x, y in SPOTS[:count]]
    pairs = tuple(Pair(Point(x, y), spot.position) for (x, y), spot in zip(SPOTS[:count], spots, strict=True) if spot)
    return Drawing(method=Method.PAIRS, width=1280, height=720, pairs=pairs)


def nobody(_camera: CameraId, _since: datetime) -> Sequence[Sequence[Box]]:
    return ()


@pytest.fixture
def workplace(tmp_path: Path) -> Iterator[Workplace]:
    with open_workplace(tmp_path, SystemClock(), CameraChanged, HealthChanged) as workplace:
        yield workplace


@pytest.fixture
def told(tmp_path: Path) -> Path:
    return tmp_path / "analyst" / "orders" / "grounds.json"


@pytest.fixture
def grounds(workplace: Workplace, tmp_path: Path, told: Path) -> Grounds:
    cameras = Cameras(workplace, tmp_path / "roster.json")
    view = View(position=HOME, bearing_deg=10, field_of_view_deg=70, range_m=60)
    camera = Camera(
        id=PLAZA,
        name="plaza",
        place=PlaceKind.PLAZA,
        group="centre",
        owner="",
        view=view,
        main_url="rtsp://127.0.0.1/a",
    )
    cameras.enrol(system_access("test"), [camera])
    return Grounds(workplace, cameras, told, nobody)


def test_saved_shown_told_audited_and_deleted(workplace: Workplace, grounds: Grounds, told: Path) -> None:
    it = access_as(Role.IT, workplace.clock)
    assert grounds.find(it, PLAZA) is None
    preview = grounds.preview(it, PLAZA, drawing())
    assert max(preview.residuals_m) < 0.01
    assert grounds.find(it, PLAZA) is None  # a preview keeps nothing
    saved = grounds.save(it, PLAZA, drawing())
    assert saved.found == preview
    assert grounds.find(it, PLAZA) == saved
    spot = read_grounds(told)[PLAZA].locate(Point(0.5, 0.5))
    assert spot is not None
    assert spot.usable
    grounds.delete(it, PLAZA)
    assert read_grounds(told) == {}
    with workplace.database.read() as connection:
        acts = [row.act for row in last_rows(connection, 10)]
    assert acts.count("camera.ground") == 1
    assert acts.count("camera.ground.delete") == 1


def test_four_points_are_said_to_have_no_check(workplace: Workplace, grounds: Grounds) -> None:
    found = grounds.preview(access_as(Role.IT, workplace.clock), PLAZA, drawing(4))
    assert Note.NO_CHECK in found.notes
    assert found.rms_m is None


def test_who_may_not_edit_cameras_may_not_calibrate(workplace: Workplace, grounds: Grounds, told: Path) -> None:
    operator = access_as(Role.OPERATOR, workplace.clock)
    for act in (grounds.save, grounds.preview):
        with pytest.raises(AppError, match=r"cameras\.edit"):
            act(operator, PLAZA, drawing())
    with pytest.raises(AppError, match="no such camera"):
        grounds.find(access_as(Role.OPERATOR, workplace.clock, "north"), PLAZA)
    assert not told.exists()


def test_a_bad_drawing_is_refused_and_what_was_stays(workplace: Workplace, grounds: Grounds) -> None:
    it = access_as(Role.IT, workplace.clock)
    saved = grounds.save(it, PLAZA, drawing())
    with pytest.raises(AppError) as refused:
        grounds.save(it, PLAZA, drawing(3))
    assert refused.value.code == "ground_pairs_count"
    with pytest.raises(AppError) as unlearned:
        grounds.save(it, PLAZA, replace(drawing(), method=Method.HEIGHTS, pose=POSE))
    assert unlearned.value.code == "ground_not_learned"
    assert grounds.find(it, PLAZA) == saved


def test_a_view_that_moved_is_in_doubt_until_it_is_back(workplace: Workplace, grounds: Grounds, told: Path) -> None:
    it = access_as(Role.IT, workplace.clock)
    saved = grounds.save(it, PLAZA, drawing())
    reference, seen = saved.at - timedelta(hours=1), saved.at + timedelta(minutes=1)
    with workplace.database.write() as connection:
        grounds.on_view(connection, PLAZA, seen, None)
        grounds.on_view(connection, PLAZA, seen, None)
    grounds.publish()
    shown = grounds.find(it, PLAZA)
    assert shown is not None
    assert (shown.doubt, shown.doubtful_since) == (Doubt.MOVED, seen)
    assert read_grounds(told) == {}
    with workplace.database.write() as connection:  # a reference taken of the turned view proves nothing
        grounds.on_view(connection, PLAZA, seen + timedelta(minutes=9), seen + timedelta(minutes=5))
    grounds.publish()
    assert read_grounds(told) == {}
    with workplace.database.write() as connection:
        grounds.on_view(connection, PLAZA, seen + timedelta(minutes=10), reference)
    grounds.publish()
    assert list(read_grounds(told)) == [PLAZA]


def test_a_camera_that_is_steered_has_no_ground(workplace: Workplace, grounds: Grounds, told: Path) -> None:
    it = access_as(Role.IT, workplace.clock)
    grounds.save(it, PLAZA, drawing())
    lock = PtzLock(
        camera_id=PLAZA, person_id=PersonId("p"), holder="Ana", role=Role.OPERATOR, since=workplace.clock.now()
    )
    with workplace.database.write() as connection:
        put_lock(connection, lock)
    grounds.publish()
    shown = grounds.find(it, PLAZA)
    assert shown is not None
    assert shown.doubt is Doubt.STEERED
    assert read_grounds(told) == {}
