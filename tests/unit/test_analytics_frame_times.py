"""Wall time of frames that are taken evenly and arrive unevenly."""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from sereno.analytics.frame_times import TimeLine, anchored, is_due, next_due, step

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def run(frames: list[tuple[float | None, float]]) -> list[float]:
    line: TimeLine | None = None
    instants = []
    for media_s, arrived_s in frames:
        line = step(line, media_s, arrived_s)
        instants.append(line.at_s)
    return instants


def test_jitter_of_the_network_does_not_reach_the_time() -> None:
    rng = random.Random(3)
    frames = [(i / 15, 100 + i / 15 + rng.uniform(0.02, 0.2)) for i in range(300)]
    instants = run(list(frames))[150:]
    steps = [b - a for a, b in pairwise(instants)]
    assert max(abs(s - 1 / 15) for s in steps) < 0.005


def test_the_burst_of_old_pictures_at_first_is_no_delay_later() -> None:
    burst = [(i / 15, 100 + i / 1000) for i in range(30)]
    live = [(i / 15, 100.03 + (i - 30) / 15) for i in range(30, 90)]
    instants = run([*burst, *live])
    assert instants == sorted(instants)
    assert instants[-1] == pytest.approx(100.03 + 59 / 15, abs=0.02)


def test_a_leap_of_the_camera_clock_begins_a_new_line() -> None:
    instants = run([(0.0, 10.0), (0.2, 10.2), (50_000.0, 10.4), (50_000.2, 10.6), (3.0, 10.8)])
    assert instants == pytest.approx([10.0, 10.2, 10.4, 10.6, 10.8])


def test_frames_without_a_time_stamp_take_their_arrival() -> None:
    assert run([(None, 5.0), (None, 5.2), (0.4, 5.4)]) == pytest.approx([5.0, 5.2, 5.4], abs=0.01)


def test_five_a_second_out_of_twelve_keeps_the_mean() -> None:
    due_s, taken = float("-inf"), 0
    for i in range(120):
        if is_due(i / 12, due_s):
            due_s, taken = next_due(i / 12, due_s, 0.2), taken + 1
    assert 49 <= taken <= 51


def test_a_clock_set_back_is_followed_at_once_and_a_slew_gently() -> None:
    anchor = anchored(None, NOON, 100.0)
    assert anchor.epoch + timedelta(seconds=100) == NOON
    slewed = anchored(anchor, NOON + timedelta(seconds=1.2), 101.0)
    assert slewed.epoch - anchor.epoch == timedelta(milliseconds=1)
    back = anchored(slewed, NOON - timedelta(hours=1), 102.0)
    assert back.epoch + timedelta(seconds=102) == NOON - timedelta(hours=1)
