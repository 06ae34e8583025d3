"""The benchmark's own arithmetic."""

import pytest

from bench.average_precision import Look, average_precision, matches, mean_average_precision
from sereno.core.geometry import Box

LEFT, RIGHT, NOWHERE = Box(0, 0, 0.4, 1), Box(0.6, 0, 1, 1), Box(0.4, 0, 0.6, 0.1)


def test_all_found_and_nothing_else_is_one() -> None:
    looks = [Look((LEFT, RIGHT), ((RIGHT, 0.9), (LEFT, 0.3)))]
    assert average_precision(looks, 0.5) == 1
    assert mean_average_precision(looks) == 1


def test_a_false_box_above_a_right_one_halves_the_precision_from_there_on() -> None:
    # right 0.9 | false 0.8 | right 0.7: precision 1 up to recall 1/2 (51 of 101 points), then 2/3
    looks = [Look((LEFT, RIGHT), ((LEFT, 0.9), (NOWHERE, 0.8), (RIGHT, 0.7)))]
    assert average_precision(looks, 0.5) == pytest.approx((51 + 50 * 2 / 3) / 101)


def test_what_is_missed_costs_its_share_of_the_recall() -> None:
    assert average_precision([Look((LEFT, RIGHT), ((LEFT, 0.9),))], 0.5) == pytest.approx(51 / 101)
    assert average_precision([Look((LEFT,), ())], 0.5) == 0
    assert average_precision([Look((), ((LEFT, 0.9),))], 0.5) == 0


def test_a_second_box_on_the_same_thing_is_wrong_and_a_loose_one_counts_only_where_it_may() -> None:
    loose = Box(0.1, 0, 0.5, 1)
    look = Look((LEFT,), ((loose, 0.4), (LEFT, 0.9)))
    assert matches(look, 0.5) == [0, None]
    assert matches(Look((LEFT,), ((loose, 0.4),)), 0.5) == [0]
    assert matches(Look((LEFT,), ((loose, 0.4),)), 0.7) == [None]
