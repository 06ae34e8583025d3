"""Whose turn it is, when every camera always has a new frame."""

from collections import Counter
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from sereno.analytics.schedule import STALE_S, Waiting, in_turn, is_stale
from sereno.cameras.model import PLACE_WEIGHTS, PlaceKind
from sereno.core.ids import CameraId

WEIGHTS = st.sampled_from(sorted({rules * place for place in PLACE_WEIGHTS.values() for rules in (1.0, 2.0)}))


def served(weights: list[float], turns: int, look_s: float = 0.03) -> list[CameraId]:
    """Who is looked at, turn by turn."""
    last = {CameraId(f"camera-{i:03}"): 0.0 for i in range(len(weights))}
    order = []
    for turn in range(1, turns + 1):
        now_s = turn * look_s
        waiting = [Waiting(id_, last[id_], weight) for id_, weight in zip(last, weights, strict=True)]
        chosen = in_turn(waiting, now_s)[0]
        last[chosen] = now_s
        order.append(chosen)
    return order


@settings(max_examples=25, deadline=None)
@given(weights=st.lists(WEIGHTS, min_size=1, max_size=12))
def test_no_camera_starves(weights: list[float]) -> None:
    order = served(weights, 400)
    share = [weight / sum(weights) for weight in weights]
    for i, part in enumerate(share):
        at = [turn for turn, id_ in enumerate([None, *order]) if id_ == f"camera-{i:03}"]
        longest = max(b - a for a, b in pairwise([0, *at, 400]))
        assert longest <= 2 / part + 2 + len(weights), "twice its fair wait at most"


@settings(max_examples=25, deadline=None)
@given(weights=st.lists(WEIGHTS, min_size=2, max_size=12))
def test_turns_are_as_the_weights(weights: list[float]) -> None:
    counts = Counter(served(weights, 1200))
    for i, weight in enumerate(weights):
        fair = 1200 * weight / sum(weights)
        assert 0.6 * fair <= counts[CameraId(f"camera-{i:03}")] <= 1.7 * fair


def test_weight_two_gets_about_twice() -> None:
    counts = Counter(served([1.0] * 10 + [2.0] * 5, 1500))
    light, heavy = counts[CameraId("camera-000")], counts[CameraId("camera-014")]
    assert 1.7 <= heavy / light <= 2.3


def test_every_kind_of_place_has_a_weight() -> None:
    assert set(PLACE_WEIGHTS) == set(PlaceKind)


def test_a_frame_that_is_too_old_is_passed_over_but_never_two_in_a_row() -> None:
    assert not is_stale(STALE_S, passed_over=False)
    assert is_stale(STALE_S + 0.1, passed_over=False)
    assert not is_stale(STALE_S + 0.1, passed_over=True)
