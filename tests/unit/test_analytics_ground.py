"""Speed and heading on the ground of a camera whose pose is known."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from sereno.analytics.ground.motion import GroundWatch, faster
from sereno.analytics.model import Detection, GroundMotion, ObjectKind, Observation, TrailPoint
from sereno.analytics.observations import OpenObservation
from sereno.analytics.tracker import TrackerSettings, TrackerState, step
from sereno.core.geography import Position
from sereno.core.geometry import Box
from sereno.core.ids import CameraId, FactId, ObservationId
from sereno.maps.ground.plane import GroundPlane
from sereno.maps.ground.pose import Pose, PoseErrors, fit_pose

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
POSE = Pose(position=Position(-34.6, -59.4), height_m=7, tilt_deg=22, bearing_deg=90, field_of_view_deg=70)
SURE = PoseErrors(position_m=0.1, height=0.02, tilt_deg=0.2, bearing_deg=0.2, focal=0.01, roll_deg=0.2)
PLANE = fit_pose(POSE, SURE, 1280, 720).plane


def box_at(plane: GroundPlane, east_m: float, north_m: float, jitter: float = 0.0) -> Box:
    foot = plane.picture(east_m, north_m)
    assert foot is not None
    return Box(foot.x - 0.01, foot.y - 0.1, foot.x + 0.01, foot.y + jitter)


def walked(
    watch: GroundWatch, mps: float, frames: int = 15, jitter: Sequence[float] = (), kind: ObjectKind = ObjectKind.PERSON
) -> list[GroundMotion | None]:
    """Northwards, 15 m in front of the camera, at 5 frames a second."""
    noise = [*jitter, *([0.0] * frames)]
    return [
        watch.step(1, box_at(PLANE, 15.0, -4 + mps * n / 5, noise[n]), kind, BEGIN + timedelta(seconds=n / 5))
        for n in range(frames)
    ]


def test_without_a_calibration_nothing_is_told() -> None:
    assert walked(GroundWatch(), 1.5) == [None] * 15


@pytest.mark.parametrize("mps", [1.4, 5.0])
def test_a_walk_has_its_speed_heading_and_place(mps: float) -> None:
    told = walked(GroundWatch(PLANE), mps, frames=8)
    assert told[0] is None  # one look is no speed
    last = told[-1]
    assert last is not None
    assert last.speed_mps == pytest.approx(mps, rel=0.01)
    assert last.heading == pytest.approx(0.0, abs=1.0) or last.heading == pytest.approx(360.0, abs=1.0)
    true = POSE.position.offset(15.0, -4 + mps * 7 / 5)
    assert Position(last.latitude, last.longitude).distance_m(true) < 0.1
    assert 0 < last.speed_error_mps < 0.5


def test_jitter_stays_within_the_error_that_is_told() -> None:
    draw, off = np.random.default_rng(2), []
    for _ in range(40):
        last = walked(GroundWatch(PLANE), 1.5, 11, list(draw.normal(0, 0.003, 11)))[-1]
        assert last is not None
        off.append((last.speed_mps - 1.5) / last.speed_error_mps)
    assert float(np.mean(np.abs(off) < 2)) > 0.9


def test_who_stands_has_no_heading() -> None:
    draw = np.random.default_rng(4)
    last = walked(GroundWatch(PLANE), 0.0, 11, list(draw.normal(0, 0.002, 11)))[-1]
    assert last is not None
    assert last.heading is None
    assert last.speed_mps < 2 * last.speed_error_mps


def test_one_wild_box_changes_little() -> None:
    last = walked(GroundWatch(PLANE), 1.5, 11, [0, 0, 0, 0, 0, 0.05, 0])[-1]
    assert last is not None
    assert last.speed_mps == pytest.approx(1.5, abs=0.35)


def test_a_foot_below_the_picture_or_beyond_the_limit_tells_nothing() -> None:
    watch = GroundWatch(PLANE)
    walked(watch, 1.5)
    cut = Box(0.4, 0.5, 0.5, 1.0)
    assert watch.step(1, cut, ObjectKind.PERSON, BEGIN + timedelta(seconds=3)) is None
    far = Box(0.5, 0.09, 0.51, 0.11)
    assert [watch.step(2, far, ObjectKind.PERSON, BEGIN + timedelta(seconds=4 + n / 5)) for n in range(8)] == [None] * 8


def test_another_calibration_starts_anew() -> None:
    watch = GroundWatch(PLANE)
    walked(watch, 1.5)
    watch.use(replace(PLANE, lens=0.01))
    assert watch.step(1, box_at(PLANE, 15, 0), ObjectKind.PERSON, BEGIN + timedelta(seconds=3)) is None


def test_a_vehicle_is_placed_less_surely_than_a_person() -> None:
    person, car = (walked(GroundWatch(PLANE), 5.0, 8, kind=kind)[-1] for kind in (ObjectKind.PERSON, ObjectKind.CAR))
    assert person is not None
    assert car is not None
    assert car.error_m > max(1.0, person.error_m)


def test_the_fastest_is_the_one_that_is_surely_fast() -> None:
    calm = walked(GroundWatch(PLANE), 1.5)[-1]
    assert calm is not None
    wild = replace(calm, speed_mps=9.0, speed_error_mps=8.9)
    quick = replace(calm, speed_mps=3.0)
    assert faster(None, calm) == calm
    assert faster(calm, None) == calm
    assert faster(calm, wild) == calm
    assert faster(calm, quick) == quick


def test_a_sighting_tells_now_and_the_row_its_fastest() -> None:
    calm = walked(GroundWatch(PLANE), 1.5)[-1]
    assert calm is not None
    quick = replace(calm, speed_mps=3.0)
    box = box_at(PLANE, 15, 0)
    (track,) = step(TrackerState(), [Detection(box, ObjectKind.PERSON, 0.9)], BEGIN, TrackerSettings()).state.tracks
    row = Observation(
        id=ObservationId("o"),
        camera_id=CameraId("c"),
        kind=ObjectKind.PERSON,
        first_at=BEGIN,
        last_at=BEGIN,
        best_score=0.9,
        trail=(TrailPoint(BEGIN, box),),
    )
    state = OpenObservation.of(row, FactId("f")).on_ground(quick).on_ground(calm)
    assert state.sighting(track).ground == calm
    assert state.row().ground == quick
    assert state.on_ground(None).sighting(track).ground is None
