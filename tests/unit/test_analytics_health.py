"""What the screen is told of each camera's analysis."""

from datetime import UTC, datetime, timedelta

from sereno.analytics.health import AWAY, STALE, camera_analyses
from sereno.analytics.stats import AnalystStats, CameraStats
from sereno.core.ids import CameraId

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
A, B, C = (CameraId(name) for name in "abc")


def told(at: datetime = NOON, **cameras: CameraStats) -> AnalystStats:
    return AnalystStats(
        at=at,
        uptime_s=9.0,
        busy=0.1,
        commits=1,
        cameras={CameraId(name): stats for name, stats in cameras.items()},
    )


def test_each_camera_is_told_by_the_analyst_that_has_it() -> None:
    all_told = (told(a=CameraStats(frames_read=5)), told(b=CameraStats(fault="camera_ends_decoder")))
    first, second, third = camera_analyses([A, B, C], all_told, NOON)
    assert (first.fault, first.frames_read) == ("", 5)
    assert second.fault == "camera_ends_decoder"
    assert second.message
    assert second.advice
    assert third.fault == AWAY


def test_a_fault_that_is_none_of_the_stream_is_told_by_its_code() -> None:
    (only,) = camera_analyses([A], [told(a=CameraStats(fault="detector_unknown"))], NOON)
    assert (only.fault, only.message) == ("detector_unknown", "")


def test_of_a_camera_that_moved_the_newest_word_counts_and_an_old_one_not_at_all() -> None:
    before, after = told(NOON - timedelta(seconds=3), a=CameraStats(shed=1)), told(a=CameraStats(shed=2))
    (only,) = camera_analyses([A], [after, before], NOON)
    assert only.shed == 2
    (only,) = camera_analyses([A], [before], NOON + STALE)
    assert only.fault == AWAY
