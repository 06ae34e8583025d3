"""Media and wall time of a camera, pauses between tries."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sereno.core.media_time import TICKS_PER_S, MediaTicks, WallTicks
from sereno.recording.retry import pause_s
from sereno.recording.timeline import Arrival, RunEnd, Timeline, continue_after

NOON = 153_000_000_000_000
STEP = 6_000


def at(seconds: float, wall_error_s: float = 0.0) -> Arrival:
    return Arrival(WallTicks(NOON + round((seconds + wall_error_s) * TICKS_PER_S)), seconds)


def test_the_burst_of_old_pictures_is_taken_off() -> None:
    line = Timeline(500, MediaTicks(0), at(10.0))
    for number in range(1, 30):  # two seconds of pictures come at once
        line.place(500 + number * STEP, at(10.0 + number * 0.001))
    for number in range(30, 60):
        line.place(500 + number * STEP, at(8.02 + number / 15))
    wall = line.close_segment(MediaTicks(0), line.last)
    assert abs(wall - (NOON + 8.02 * TICKS_PER_S)) < 200


def test_wall_time_moves_by_500_ppm_at_most() -> None:
    line = Timeline(0, MediaTicks(0), at(0.0))
    walls, began = [], MediaTicks(0)
    for number in range(1, 2701):
        slow = max(0.0, number / 15 - 60) * 0.001  # after a minute the camera's clock loses 0.1 %
        line.place(number * STEP, at(number / 15 + slow))
        if number % 900 == 0:
            walls.append(line.close_segment(began, line.last) - began)
            began = line.last
    walls.append(line.wall_of(began) - began)
    moves = [after - before for before, after in pairwise(walls)]
    assert moves[:2] == [0, 0]
    assert moves[2] == 900 * STEP * 500 // 1_000_000


@given(st.lists(st.integers(-(2**33), 2**33), min_size=1, max_size=60))
def test_media_time_only_grows(raws: list[int]) -> None:
    line = Timeline(raws[0], MediaTicks(77), at(0.0))
    last = line.last
    for number, raw in enumerate(raws[1:], start=1):
        placed = line.place(raw, at(number / 15))
        assert placed > last
        assert placed - last <= (10 + 2 / 15) * TICKS_PER_S + STEP
        last = placed


def test_a_jump_of_the_cameras_clock_ends_the_run_and_loses_nothing() -> None:
    line = Timeline(0, MediaTicks(0), at(0.0))
    line.place(STEP, at(1 / 15))
    assert line.place(STEP + 3600 * TICKS_PER_S, at(2 / 15)) == 2 * STEP
    assert line.broken
    assert line.place(STEP + 3600 * TICKS_PER_S + STEP, at(3 / 15)) == 3 * STEP


def test_the_clock_set_back_by_an_hour_ends_the_run() -> None:
    line = Timeline(0, MediaTicks(0), at(0.0))
    line.place(STEP, at(1 / 15))
    line.place(2 * STEP, at(2 / 15, wall_error_s=-3600))
    assert line.broken
    wall = line.close_segment(MediaTicks(0), line.last)
    assert abs(wall - NOON) < 0.1 * TICKS_PER_S
    end = RunEnd(line.last, line.wall_of(line.last))
    assert continue_after(end, at(3 / 15, wall_error_s=-3600).wall) == line.last


def test_a_gap_of_the_stream_is_a_gap_in_media_time() -> None:
    end = RunEnd(MediaTicks(1_000), WallTicks(NOON))
    assert continue_after(end, WallTicks(NOON + 90_000)) == 91_000
    assert continue_after(None, WallTicks(NOON)) == 0


def test_a_pause_of_the_network_is_no_jump() -> None:
    line = Timeline(0, MediaTicks(0), at(0.0))
    assert line.place(30 * TICKS_PER_S, at(30.0)) == 30 * TICKS_PER_S
    assert not line.broken


@given(st.integers(1, 1_000), st.floats(0, 1), st.sampled_from(["camera_timeout", "camera_unauthorized"]))
def test_pauses_grow_and_stay_bounded(failures: int, chance: float, code: str) -> None:
    pause = pause_s(failures, code, chance)
    assert 0.3 < pause < (800 if code == "camera_unauthorized" else 40)
    assert code != "camera_unauthorized" or pause >= 7.5 * min(failures, 2) ** 1.5
