"""A time line out of rows: what is recorded, why the rest is not, and how much moved. Seconds of a made-up evening."""

import numpy as np
import pytest

from sereno.cameras.model import Health, StreamState
from sereno.core.media_time import TICKS_PER_S, WallTicks, wall_instant
from sereno.playback.spans import Tail, activity_of, joined_tracks, rows_as_intervals, spans_of
from sereno.recording.footage import FootageRow

NOW_S = 1_000


def row(began_s: float, ended_s: float, end_reason: str = "rotated", **more: object) -> FootageRow:
    made = FootageRow(_ticks(began_s), _ticks(ended_s), 1_000, end_reason, "live", shed=False)
    return made._replace(**more)  # type: ignore[arg-type]  # names of fields, as the tests write them


def _ticks(seconds: float) -> WallTicks:
    return WallTicks(round(seconds * TICKS_PER_S))


def health(state: StreamState, since_s: float, reason: str = "") -> Health:
    return Health(state=state, since=wall_instant(_ticks(since_s)), reason=reason)


def tail(known: Health | None = None, *, enabled: bool = True) -> Tail:
    return Tail(_ticks(NOW_S), known, enabled)


def told(rows: list[FootageRow], after: Tail) -> tuple[list[tuple[float, float, str]], list[tuple[float, float, str]]]:
    recorded, gaps = spans_of(rows, _ticks(0), _ticks(2_000), after)
    return (
        [(one.began / TICKS_PER_S, one.ended / TICKS_PER_S, one.origin) for one in recorded],
        [(one.began / TICKS_PER_S, one.ended / TICKS_PER_S, one.reason) for one in gaps],
    )


def test_a_day_without_a_gap_is_one_span_up_to_now() -> None:
    rows = [row(start, start + 60) for start in range(-60, 960, 60)]
    recorded, gaps = told(rows, tail(health(StreamState.RECORDING, -500)))
    assert recorded == [(0, NOW_S, "live")]
    assert gaps == []


@pytest.mark.parametrize(
    ("end_reason", "reason"),
    [
        ("stream_lost", "stream_lost"),
        ("stopped", "recorder_stopped"),
        ("salvaged", "recorder_died"),
        ("disk_full", "disk_full"),
        ("clock_changed", "clock_set"),
        ("of a later Sereno", "unknown"),
    ],
)
def test_a_gap_has_the_reason_of_the_segment_before_it(end_reason: str, reason: str) -> None:
    rows = [row(-60, 100, end_reason), row(300, NOW_S)]
    assert told(rows, tail())[1] == [(100, 300, reason)]


def test_before_the_first_picture_and_after_the_camera_was_switched_off() -> None:
    recorded, gaps = told([row(100, 200, "stopped")], tail(enabled=False))
    assert recorded == [(100, 200, "live")]
    assert gaps == [(0, 100, "not_yet"), (200, NOW_S, "camera_off")]


def test_a_camera_that_is_away_now_says_its_fault() -> None:
    lost = health(StreamState.LOST, 210, "camera_unreachable")
    assert told([row(-60, 200, "stream_lost")], tail(lost))[1] == [(200, NOW_S, "camera_unreachable")]


def test_what_was_shed_is_told_apart_from_what_never_was() -> None:
    rows = [row(-60, 60), row(60, 120, shed=True), row(120, 180, "disk_full", shed=True), row(400, NOW_S)]
    assert told(rows, tail())[1] == [(60, 120, "shed"), (120, 180, "shed"), (180, 400, "disk_full")]


def test_a_card_fills_a_gap_and_says_so() -> None:
    rows = [row(-60, 100, "stream_lost"), row(120, 280, origin="card"), row(300, NOW_S)]
    recorded, gaps = told(rows, tail())
    assert recorded == [(0, 100, "live"), (120, 280, "card"), (300, NOW_S, "live")]
    assert [gap[:2] for gap in gaps] == [(100, 120), (280, 300)]


def test_a_clock_set_back_leaves_no_gap_where_two_runs_overlap() -> None:
    rows = [row(-60, 500, "clock_changed"), row(300, NOW_S)]
    recorded, gaps = told(rows, tail())
    assert recorded == [(0, NOW_S, "live")]
    assert gaps == []


def test_activity_is_measured_against_the_quiet_of_the_same_camera() -> None:
    rows = [row(start, start + 10, size=4_000 if start == 50 else 1_000) for start in range(0, 100, 10)]
    assert activity_of(rows_as_intervals(rows), 0, _ticks(120), 12) == (0, 0, 0, 0, 0, 100, 0, 0, 0, 0, -1, -1)
    louder = [each._replace(size=each.size * 50) for each in rows]
    assert activity_of(rows_as_intervals(louder), 0, _ticks(120), 12)[5] == 100
    assert activity_of(np.empty((0, 3), np.int64), 0, 100, 3) == (-1, -1, -1)


def test_near_tracks_are_joined() -> None:
    found = list(joined_tracks([(0, 10, "person"), (5, 30, "car"), (32, 33, "person"), (90, 95, "dog")], 5))
    assert found == [(0, 33, 3, ("car", "person")), (90, 95, 1, ("dog",))]


def test_a_tail_that_began_again_is_a_gap_until_then() -> None:
    again = health(StreamState.RECORDING, 600)
    recorded, gaps = told([row(-60, 200, "stream_lost")], tail(again))
    assert recorded == [(0, 200, "live"), (600, NOW_S, "live")]
    assert gaps == [(200, 600, "stream_lost")]
