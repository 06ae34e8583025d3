"""Decode times of streams that tell only presentation times, sane and absurd ones."""

import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sereno.core.media_time import TICKS_PER_S
from sereno.recording.time_stamps import MAX_DEPTH, TimeStamps

STEP = 6_000


def stamped(stamps: TimeStamps, shown: list[int], every_s: float = 1 / 15) -> list[tuple[int, int]]:
    return [stamps.take(at, number * every_s) for number, at in enumerate(shown)]


def test_without_reordering_both_times_are_the_same() -> None:
    shown = [7 + number * STEP for number in range(20)]
    assert stamped(TimeStamps(), shown) == [(at, at) for at in shown]


def test_b_frames_decode_in_even_steps_before_they_are_shown() -> None:
    shown = [0, 3, 1, 2, 6, 4, 5, 9, 7, 8]
    times = stamped(TimeStamps(depth=1, fps=15), [at * STEP for at in shown])
    assert [decode for decode, _ in times] == [(number - 1) * STEP for number in range(10)]
    assert [presentation // STEP for _, presentation in times] == shown


def test_a_camera_that_reorders_more_than_it_said_is_followed() -> None:
    stamps = TimeStamps()
    shown = [at * STEP for at in (0, 4, 2, 1, 3, 8, 6, 5, 7, 12, 10, 9, 11)]
    times = stamped(stamps, shown)
    assert stamps.depth == 2
    assert [presentation for _, presentation in times] == shown
    assert all(decode <= presentation for decode, presentation in times[6:])
    assert [after - before for (before, _), (after, _) in pairwise(times[7:])] == [STEP] * 5


@given(st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=80), st.integers(0, MAX_DEPTH))
def test_no_picture_is_lost_whatever_the_stamps(shown: list[int], depth: int) -> None:
    assert len(stamped(TimeStamps(depth), shown)) == len(shown)


@given(st.integers(0, 2**31), st.integers(0, 4))
def test_decode_times_grow_while_the_time_line_holds(seed: int, depth: int) -> None:
    chance = random.Random(seed)
    shown = [(number + chance.randint(0, 3)) * STEP for number in range(60)]
    decodes = [decode for decode, _ in stamped(TimeStamps(depth), shown)]
    assert all(before < after for before, after in pairwise(decodes))


def test_a_jump_of_hours_begins_another_time_line_at_once() -> None:
    jump = 7200 * TICKS_PER_S
    times = stamped(TimeStamps(depth=1), [0, STEP, 2 * STEP, jump, jump + STEP, 0, STEP])
    assert [decode > jump // 2 for decode, _ in times] == [False, False, False, True, True, False, False]


def test_stamps_that_stand_still_give_way_to_arrivals() -> None:
    times = stamped(TimeStamps(), [500] * 300)
    assert abs(times[-1][1] - times[100][1] - 199 * STEP) < TICKS_PER_S
    assert all(before < after for (before, _), (after, _) in pairwise(times))


def test_stamps_that_run_backwards_give_way_and_come_back_when_they_run_again() -> None:
    stamps = TimeStamps()
    backwards = stamped(stamps, [-number * STEP for number in range(150)])
    assert backwards[-1][1] - backwards[-31][1] > TICKS_PER_S
    again = [stamps.take(number * STEP, (150 + number) / 15)[1] for number in range(300)]
    assert [after - before for before, after in pairwise(again[-100:])] == [STEP] * 99
