"""The forecast: when the disks are full, how old footage will get, and whether the floor holds."""

import pytest

from sereno.core.ids import CameraId
from sereno.recording.forecast import CameraUse, foretell

GB = 10**9


def use(name: str, gb_a_day: float, kept_gb: float = 0, **more: float) -> CameraUse:
    limits = {key: value if key == "limit_days" else int(value) for key, value in more.items()}
    return CameraUse(
        camera_id=CameraId(name),
        bytes_a_day=gb_a_day * GB,
        kept_bytes=int(kept_gb * GB),
        held_bytes=int(limits.get("held_bytes", 0)),
        limit_days=limits.get("limit_days"),
        quota_bytes=int(limits["quota_bytes"]) if "quota_bytes" in limits else None,
    )


def test_cameras_share_a_horizon() -> None:
    seen = foretell([use("a", 10), use("b", 30)], 1_200 * GB, floor_days=15)
    assert seen.full_in_days == pytest.approx(30, abs=0.02)
    assert seen.horizon_days == pytest.approx(30, abs=0.02)
    assert seen.floor_broken_in_days is None
    assert [(each.cause, each.below_floor) for each in seen.cameras] == [("room", False)] * 2


def test_a_floor_that_will_break_is_known_before() -> None:
    seen = foretell([use("a", 10, kept_gb=200)], 300 * GB, floor_days=45)
    assert seen.full_in_days == seen.floor_broken_in_days == pytest.approx(10, abs=0.02)
    assert seen.cameras[0].reached_days == pytest.approx(30, abs=0.02)
    assert seen.cameras[0].below_floor


def test_limits_leave_room_to_the_others() -> None:
    seen = foretell([use("a", 10, limit_days=10), use("b", 10)], 600 * GB, floor_days=5)
    by_name = {each.use.camera_id: each for each in seen.cameras}
    assert by_name[CameraId("a")].reached_days == 10
    assert by_name[CameraId("a")].cause == "limit"
    assert by_name[CameraId("b")].reached_days == pytest.approx(50, abs=0.02)


def test_a_quota_never_goes_below_the_floor() -> None:
    (camera,) = foretell([use("a", 10, quota_bytes=100 * GB)], 10_000 * GB, floor_days=30).cameras
    assert (camera.reached_days, camera.cause, camera.below_floor) == (30, "quota", False)


def test_holds_take_room_for_good() -> None:
    assert foretell([use("a", 10, kept_gb=100, held_bytes=100 * GB)], 400 * GB, 5).horizon_days == pytest.approx(
        30, abs=0.02
    )


def test_nothing_recorded_is_never_full() -> None:
    seen = foretell([use("a", 0)], 100 * GB, 30)
    assert (seen.full_in_days, seen.floor_broken_in_days, seen.horizon_days) == (None, None, None)
    assert seen.cameras[0].reached_days is None
