"""A few frames a second, evenly on the mean."""

from sereno.analytics.pace import is_due, next_due


def test_five_a_second_out_of_twelve_keeps_the_mean() -> None:
    due_s, taken = float("-inf"), 0
    for i in range(120):
        if is_due(i / 12, due_s):
            due_s, taken = next_due(i / 12, due_s, 0.2), taken + 1
    assert 49 <= taken <= 51
