"""One camera at work with a scripted detector: gate, observations, facts; and the order of cameras."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import av
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sereno.analytics.camera_watch import CameraWatch, Seen
from sereno.analytics.decode import Picture, TakenFrame
from sereno.analytics.events import ObservationClosed, ObservationOpened
from sereno.analytics.gate.looks import LookPolicy
from sereno.analytics.gate.watching import MotionGate
from sereno.analytics.model import Detection, ObjectKind, TrailPoint
from sereno.analytics.observations import TRAIL_LIMIT, Trail
from sereno.analytics.schedule import Waiting, in_turn
from sereno.analytics.testing import ScriptedDetector
from sereno.core.geometry import Box
from sereno.core.ids import CameraId

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CAMERA = CameraId("plaza")


def person(x: float = 0.5, score: float = 0.8) -> Detection:
    return Detection(Box(x - 0.05, 0.3, x + 0.05, 0.7), ObjectKind.PERSON, score)


def frame(at_s: float, bright: int = 120) -> TakenFrame:
    pixels = np.full((90, 160, 3), bright, np.uint8)
    picture = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")
    return TakenFrame(CAMERA, Picture(picture), START + timedelta(seconds=at_s))


def moving(at_s: float) -> TakenFrame:
    """A bright square that is elsewhere in each frame."""
    pixels = np.full((90, 160, 3), 120, np.uint8)
    left = int(at_s * 100) % 120
    pixels[30:60, left : left + 30] = 250
    picture = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")
    return TakenFrame(CAMERA, Picture(picture), START + timedelta(seconds=at_s))


def each_movement() -> MotionGate:
    return MotionGate(LookPolicy(each_movement=True))


def run(watch: CameraWatch, frames: list[TakenFrame]) -> list[Seen]:
    return [watch.look(one) for one in frames]


def test_a_person_gives_one_opened_and_one_closed_observation_in_a_chain_of_causes() -> None:
    watch = CameraWatch(
        CAMERA, ScriptedDetector([*[[person(0.3 + 0.01 * i)] for i in range(20)], []]), gate=each_movement()
    )
    seen = run(watch, [moving(0.2 * i) for i in range(60)])
    facts = [fact for one in seen for fact in one.facts]
    assert [type(fact) for fact in facts] == [ObservationOpened, ObservationClosed]
    opened, closed = facts
    assert isinstance(opened, ObservationOpened)
    assert isinstance(closed, ObservationClosed)
    assert closed.caused_by == opened.id
    assert opened.observation.first_at == START
    assert closed.observation.id == opened.observation.id
    assert closed.observation.closed
    assert closed.observation.last_at == max(one.scene.at for one in seen if one.scene and one.scene.sightings)
    assert len(closed.observation.trail) > 10
    assert closed.observation.trail[-1].at == closed.observation.last_at
    rows = [row for one in seen for row, _ in one.rows]
    assert [row.closed for row in rows] == [False, True]


def test_scenes_hold_the_believed_tracks_that_were_seen() -> None:
    watch = CameraWatch(
        CAMERA, ScriptedDetector([[person()], [person()], [person(), person(0.2, 0.2)], []]), gate=each_movement()
    )
    scenes = [one.scene for one in run(watch, [moving(0.2 * i) for i in range(4)])]
    assert [len(scene.sightings) if scene else None for scene in scenes] == [0, 0, 1, 0]
    sighting = scenes[2].sightings[0] if scenes[2] else None
    assert sighting is not None
    assert watch.opened_by(sighting.observation_id) is not None
    observation = watch.observation(sighting.observation_id)
    assert observation is not None
    assert observation.kind is ObjectKind.PERSON


def test_a_still_picture_with_someone_in_it_is_looked_at_once_a_second() -> None:
    detector = ScriptedDetector([[person()]])
    watch = CameraWatch(CAMERA, detector)
    seen = run(watch, [frame(0.2 * i) for i in range(101)])
    assert 20 <= detector.calls <= 28, "some to believe it and that it stands still, then one a second"
    assert watch.counts.skipped_by_gate == 101 - detector.calls
    assert sum(one.scene is not None for one in seen) == detector.calls
    assert watch.open_count == 1


def test_an_empty_still_picture_costs_a_look_each_five_seconds() -> None:
    detector = ScriptedDetector([[]])
    run(CameraWatch(CAMERA, detector), [frame(0.2 * i) for i in range(101)])
    assert detector.calls == 5


def test_a_clock_set_back_by_an_hour_ends_the_tracks_and_begins_anew() -> None:
    watch = CameraWatch(CAMERA, ScriptedDetector([[person()]]))
    before = run(watch, [moving(0.2 * i) for i in range(5)])
    after = run(watch, [moving(-3600 + 0.2 * i) for i in range(5)])
    facts = [fact for one in (*before, *after) for fact in one.facts]
    assert [type(fact) for fact in facts] == [ObservationOpened, ObservationClosed, ObservationOpened]
    assert facts[1].at == START + timedelta(seconds=0.8)


def test_another_size_of_the_picture_ends_the_tracks_and_begins_anew() -> None:
    def larger(at_s: float) -> TakenFrame:
        taken = moving(at_s)
        return replace(taken, picture=Picture(taken.picture.frame.reformat(width=320, height=240)))

    watch = CameraWatch(CAMERA, ScriptedDetector([[person()]]), gate=each_movement())
    run(watch, [moving(0.2 * i) for i in range(10)])
    assert watch.open_count == 1
    seen = run(watch, [larger(2 + 0.2 * i) for i in range(10)])
    assert [type(fact) for fact in seen[0].facts] == [ObservationClosed]
    assert [type(fact) for one in seen[1:] for fact in one.facts] == [ObservationOpened]


def test_closing_everything_leaves_nothing_open() -> None:
    watch = CameraWatch(CAMERA, ScriptedDetector([[person(), person(0.2)]]))
    run(watch, [moving(0.2 * i) for i in range(8)])
    ended = watch.close_all(START + timedelta(seconds=9))
    assert [row.closed for row, _ in ended.rows] == [True, True]
    assert watch.open_count == 0
    assert watch.rows() == ()


def test_open_rows_are_written_again_each_ten_seconds() -> None:
    watch = CameraWatch(CAMERA, ScriptedDetector([[person()]]))
    seen = run(watch, [moving(0.2 * i) for i in range(125)])
    assert sum(len(one.rows) for one in seen) == 3


@given(st.lists(st.floats(0.05, 30), min_size=1, max_size=1500))
def test_a_trail_of_any_length_is_bounded_ordered_and_keeps_its_first_point(gaps: list[float]) -> None:
    trail, at = Trail(), START
    for gap_s in gaps:
        at += timedelta(seconds=gap_s)
        trail = trail.grown(TrailPoint(at, Box(0, 0, 1, 1)))
    instants = [point.at for point in trail.points]
    assert len(instants) < TRAIL_LIMIT
    assert instants == sorted(instants)
    assert instants[0] == START + timedelta(seconds=gaps[0])


def test_cameras_take_turns_and_a_heavier_one_has_more_of_them() -> None:
    served = {CameraId("a"): 0.0, CameraId("b"): 0.0, CameraId("c"): 0.0}
    turns: Counter[CameraId] = Counter()
    for i in range(1, 401):
        waiting = [Waiting(id_, at_s, 2.0 if id_ == "c" else 1.0) for id_, at_s in served.items()]
        chosen = in_turn(waiting, i * 0.03)[0]
        turns[chosen] += 1
        served[chosen] = i * 0.03
    assert abs(turns[CameraId("a")] - turns[CameraId("b")]) <= 1
    assert turns[CameraId("c")] > 1.5 * turns[CameraId("a")]
    assert in_turn([], 0.0) == []
