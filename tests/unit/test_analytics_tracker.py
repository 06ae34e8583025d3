"""The tracker on drawn paths and on real sequences."""

from collections.abc import Sequence as Steps
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.mot import Frames, read_boxes, read_sequence, score
from bench.track import PUBLIC_DETECTIONS
from sereno.analytics.model import Detection, ObjectKind
from sereno.analytics.tracker import SPARSE, Track, TrackerSettings, TrackerState, step
from sereno.core.geometry import Box

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SETTINGS = TrackerSettings()
MOT = Path(__file__).parents[3] / "shared" / "data" / "mot"


def seen(x: float, y: float = 0.5, *, kind: ObjectKind = ObjectKind.PERSON, score: float = 0.8) -> Detection:
    """A thing 0.1 wide and 0.3 high."""
    return Detection(Box(x - 0.05, y - 0.15, x + 0.05, y + 0.15), kind, score)


def run(
    frames: Steps[tuple[float, Steps[Detection]]], settings: TrackerSettings = SETTINGS
) -> tuple[TrackerState, list[Track]]:
    """``frames``: (seconds, detections)."""
    state = TrackerState()
    ended: list[Track] = []
    for at_s, detections in frames:
        result = step(state, detections, START + timedelta(seconds=at_s), settings)
        state = result.state
        ended += result.ended
    return state, ended


def test_a_walker_is_one_track_believed_at_the_third_look() -> None:
    frames = [(i * 0.2, [seen(0.1 + 0.03 * i)]) for i in range(20)]
    early, _ = run(frames[:2])
    assert [t.believed for t in early.tracks] == [False]
    state, ended = run(frames)
    assert [(t.number, t.hits, t.believed) for t in state.tracks] == [(1, 20, True)]
    assert ended == []
    assert state.tracks[0].began_at == START


def test_where_looks_are_rare_two_that_are_apart_are_enough_to_believe() -> None:
    rare = [(0.0, [seen(0.3)]), (0.6, [seen(0.35)])]
    assert [t.believed for t in run(rare, SPARSE)[0].tracks] == [True]
    assert [t.believed for t in run(rare)[0].tracks] == [False]
    assert [t.believed for t in run([(0.0, [seen(0.3)]), (0.2, [seen(0.31)])], SPARSE)[0].tracks] == [False]


def test_where_looks_are_rare_a_new_thing_may_have_gone_farther() -> None:
    rare = [(0.0, [seen(0.3)]), (0.6, [seen(0.45)])]
    assert len(run(rare, SPARSE)[0].tracks) == 1
    assert len(run(rare)[0].tracks) == 2


def test_two_who_pass_each_other_keep_their_numbers() -> None:
    frames = [(i * 0.2, [seen(0.1 + 0.04 * i), seen(0.9 - 0.04 * i, y=0.55)]) for i in range(20)]
    state, _ = run(frames)
    places = {t.number: t.box.centre.x for t in state.tracks}
    assert places[1] > 0.8
    assert places[2] < 0.2
    assert len(places) == 2


def test_who_is_hidden_for_two_seconds_goes_on_as_the_same() -> None:
    frames = [(i * 0.2, [] if 10 <= i < 20 else [seen(0.1 + 0.02 * i)]) for i in range(30)]
    state, ended = run(frames)
    assert [t.number for t in state.tracks] == [1]
    assert ended == []


def test_who_stays_away_ends_when_patience_does() -> None:
    state, ended = run([(0, [seen(0.5)]), (0.2, [seen(0.5)]), (0.4, [seen(0.5)]), (3.3, []), (3.5, [])])
    assert state.tracks == ()
    assert [(t.number, t.believed) for t in ended] == [(1, True)]


def test_uneven_looks_do_not_break_a_track() -> None:
    instants = [0.0, 0.2, 0.25, 0.9, 1.0, 1.6, 1.7, 2.5]
    state, _ = run([(s, [seen(0.1 + 0.12 * s)]) for s in instants])
    assert [t.number for t in state.tracks] == [1]


def test_a_car_that_moves_its_own_length_between_looks_is_one_track() -> None:
    car = [Detection(Box(0.2 * i, 0.4, 0.2 * i + 0.2, 0.55), ObjectKind.CAR, 0.7) for i in range(5)]
    frames = [(0.2 * i, [d]) for i, d in enumerate(car)]
    still = [(-0.4, [car[0]]), (-0.2, [car[0]])]
    state, _ = run([*still, *frames[:2]])
    assert {t.number for t in state.tracks} >= {1}


def test_weak_detections_keep_a_track_but_begin_none() -> None:
    weak = [(i * 0.2, [seen(0.5, score=0.2)]) for i in range(10)]
    assert run(weak)[0].tracks == ()
    state, _ = run([(i * 0.2 - 1, [seen(0.5)]) for i in range(4)] + weak)
    assert state.tracks[0].seen_at == START + timedelta(seconds=1.8)


def test_kinds_of_one_family_vote_and_families_do_not_mix() -> None:
    kinds = [ObjectKind.CAR, ObjectKind.TRUCK, ObjectKind.CAR, ObjectKind.CAR]
    state, _ = run([(i * 0.2, [seen(0.5, kind=k)]) for i, k in enumerate(kinds)])
    assert [(t.kind, t.hits) for t in state.tracks] == [(ObjectKind.CAR, 4)]
    mixed, _ = run([(0, [seen(0.5)]), (0.2, [seen(0.5, kind=ObjectKind.CAR)])])
    assert sorted(t.kind for t in mixed.tracks) == [ObjectKind.CAR, ObjectKind.PERSON]


boxes = st.builds(
    lambda x, y, w, h: Box(x, y, min(1.0, x + w), min(1.0, y + h)),
    st.floats(0, 0.9),
    st.floats(0, 0.9),
    st.floats(0.01, 0.5),
    st.floats(0.01, 0.5),
)
detections = st.lists(st.builds(Detection, boxes, st.sampled_from(ObjectKind), st.floats(0.15, 1)), max_size=8)


@given(st.lists(st.tuples(st.floats(0, 5), detections), max_size=12))
def test_any_input_keeps_numbers_unique_and_gives_each_detection_away_once(
    frames: list[tuple[float, list[Detection]]],
) -> None:
    state, elapsed_s = TrackerState(), 0.0
    for pause_s, found in frames:
        elapsed_s += pause_s
        result = step(state, found, START + timedelta(seconds=elapsed_s), SETTINGS)
        state = result.state
        numbers = [t.number for t in (*state.tracks, *result.ended)]
        assert len(numbers) == len(set(numbers))
        given_away = [id(t.detection) for t in state.tracks if t.detection is not None]
        assert len(given_away) == len(set(given_away))
        assert all(t.box.width > 0 and t.box.height > 0 for t in state.tracks)


@pytest.mark.skipif(not MOT.exists(), reason=f"{MOT} is not here")
def test_the_scores_are_those_that_others_published() -> None:
    folder = MOT / "TUD-Campus"
    scores = score(read_boxes(folder / "gt.txt"), read_boxes(folder / "hyp_example.txt"))
    assert (scores.switches, scores.false_alarms, scores.misses) == (7, 13, 150)
    assert round(scores.mota, 3) == 0.526
    assert round(scores.idf1, 3) == 0.558


@pytest.mark.skipif(not MOT.exists(), reason=f"{MOT} is not here")
@pytest.mark.parametrize(
    ("name", "stride", "mota", "idf1"),
    [
        ("ETH-Sunnyday", 1, 0.55, 0.67),
        ("KITTI-17", 1, 0.54, 0.71),
        ("PETS09-S2L1", 1, 0.63, 0.6),
        ("PETS09-S2L1", 2, 0.61, 0.58),
        ("TUD-Campus", 1, 0.63, 0.72),
        ("TUD-Campus", 5, 0.4, 0.6),
    ],
)
def test_real_sequences_stay_above_the_floor(name: str, stride: int, mota: float, idf1: float) -> None:
    sequence = read_sequence(MOT / name)
    frames = range(1, sequence.frames + 1, stride)
    state, found = TrackerState(), {}
    for frame in frames:
        rows = sequence.detections.get(frame, ())
        persons = [Detection(box, ObjectKind.PERSON, certainty) for _, box, certainty in rows]
        state = step(state, persons, START + timedelta(seconds=frame / sequence.fps), PUBLIC_DETECTIONS).state
        found[frame] = tuple((t.number, t.box, 1.0) for t in state.tracks if t.believed and t.detection)
    truth: Frames = {frame: sequence.truth.get(frame, ()) for frame in frames}
    scores = score(truth, found)
    assert scores.mota >= mota
    assert scores.idf1 >= idf1
