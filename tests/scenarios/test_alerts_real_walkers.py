"""Rules on real people: the tracker's subjects against hand-drawn ones, on a square where people cross and meet.

The reference is the same rule over the hand-drawn tracks, allowed to ring again, so that walking back counts again.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from math import hypot
from pathlib import Path

import pytest

from bench.mot import Sequence, read_sequence
from sereno.alerts.evaluate import View, ruled
from sereno.alerts.rule_set import Rule
from sereno.alerts.rules.line_crossing import LineCrossing
from sereno.alerts.rules.loitering import Loitering
from sereno.alerts.rules.seen import Firing, Seen
from sereno.alerts.rules.wrong_way import WrongWay
from sereno.analytics import tracker
from sereno.analytics.model import Detection, ObjectKind, Scene, Sighting
from sereno.analytics.tracker import TrackerSettings, TrackerState
from sereno.core.geometry import Box, Line, Point, Zone
from sereno.core.ids import ObservationId
from tests.alert_scenes import CAMERA, START, run, second

SQUARE = Path(__file__).parents[3] / "shared" / "data" / "mot" / "PETS09-S2L1"
WHOLE = Zone((Point(0, 0), Point(1, 0), Point(1, 1), Point(0, 1)))
MIDDLE = Zone((Point(0.2, 0.2), Point(0.8, 0.2), Point(0.8, 0.9), Point(0.2, 0.9)))
PERSON = frozenset({ObjectKind.PERSON})

LINES: list[Rule] = [
    LineCrossing(id="l", name="line", line=line, quiet_s=0)
    for line in (
        *(Line(Point(x, 0.02), Point(x, 0.98)) for x in (0.3, 0.4, 0.5, 0.6, 0.7)),
        *(Line(Point(0.02, y), Point(0.98, y)) for y in (0.4, 0.5, 0.6)),
    )
]
WAYS: list[Rule] = [
    WrongWay(id="w", name="way", zone=WHOLE, way=way, kinds=PERSON, quiet_s=0)
    for way in (Line(Point(0.1, 0.5), Point(0.9, 0.5)), Line(Point(0.9, 0.5), Point(0.1, 0.5)))
]
STAYS: list[Rule] = [
    Loitering(id="s", name="stay", zone=zone, limit_s=limit_s, quiet_s=0)
    for zone in (WHOLE, MIDDLE)
    for limit_s in (10, 15, 20)
]


@dataclass(frozen=True, slots=True)
class Square:
    """The same minutes, as drawn by hand and as tracked."""

    drawn: tuple[Scene, ...]
    tracked: tuple[Scene, ...]


@pytest.fixture(scope="module")
def square() -> Square:
    if not SQUARE.exists():
        pytest.skip(f"no sequence in {SQUARE}")
    sequence = read_sequence(SQUARE)
    return Square(tuple(drawn_scenes(sequence)), tuple(tracked_scenes(sequence)))


def drawn_scenes(sequence: Sequence) -> Iterator[Scene]:
    for frame in range(1, sequence.frames + 1):
        sightings = [_sighting(identity, box) for identity, box, kept in sequence.truth.get(frame, ()) if kept]
        yield _scene(frame, sequence, sightings)


def tracked_scenes(sequence: Sequence) -> Iterator[Scene]:
    state = TrackerState()
    for frame in range(1, sequence.frames + 1):
        found = [Detection(box, ObjectKind.PERSON, score) for _, box, score in sequence.detections.get(frame, ())]
        scene = _scene(frame, sequence, [])
        state = tracker.step(state, found, scene.at, TrackerSettings()).state
        seen = [_sighting(track.number, track.box) for track in state.tracks if track.believed and track.detection]
        yield replace(scene, sightings=tuple(seen))


def _scene(frame: int, sequence: Sequence, sightings: list[Sighting]) -> Scene:
    return Scene(camera_id=CAMERA, at=START + timedelta(seconds=frame / sequence.fps), sightings=tuple(sightings))


def _sighting(number: int, box: Box) -> Sighting:
    return Sighting(observation_id=ObservationId(str(number)), kind=ObjectKind.PERSON, box=box, score=0.9)


def ringing_again(rule: Rule, frames: Iterable[Scene]) -> list[Firing]:
    """Every time that the behaviour happens: whoever rang is somebody new from then on."""
    renamed: dict[ObservationId, ObservationId] = {}
    state, rung = ruled((rule,)).running[0], list[Firing]()
    for scene in frames:
        seen = tuple(
            Seen(renamed.get(one.observation_id, one.observation_id), scene.at, one) for one in scene.sightings
        )
        state, firings = state.step(View(scene.at, seen))
        for firing in firings:
            rung.append(firing)
            assert isinstance(firing.seen, Seen)
            renamed[firing.seen.sighting.observation_id] = ObservationId(f"{firing.seen.subject}'")
    return rung


def found_share(wanted: Iterable[Firing], there: Iterable[Firing], within_s: float) -> tuple[int, int]:
    """How many of ``wanted`` have one of ``there`` near in time and place, one to one; and how many there were."""
    free, hits, total = list(there), 0, 0
    for one in wanted:
        total += 1
        near = [other for other in free if _near(one, other, within_s)]
        if near:
            free.remove(min(near, key=lambda other: abs(second(other) - second(one))))
            hits += 1
    return hits, total


def _near(one: Firing, other: Firing, within_s: float) -> bool:
    a, b = one.seen.foot, other.seen.foot
    return abs(second(one) - second(other)) <= within_s and hypot(a.x - b.x, a.y - b.y) <= 0.12


@pytest.mark.parametrize(
    ("rules", "within_s", "precision", "recall"),
    [(LINES, 2.0, 0.88, 0.90), (WAYS, 2.0, 0.90, 0.93), (STAYS, 10.0, 0.74, 0.70)],
    ids=["line_crossing", "wrong_way", "loitering"],
)
def test_what_rings_happened_and_what_happened_rings(
    square: Square, rules: list[Rule], within_s: float, precision: float, recall: float
) -> None:
    right = rung = found = happened = 0
    for rule in rules:
        truth = run(ruled((rule,)), square.drawn)[1]
        alerts = run(ruled((rule,)), square.tracked)[1]
        hits, total = found_share(alerts, ringing_again(rule, square.drawn), within_s)
        right, rung = right + hits, rung + total
        hits, total = found_share(truth, alerts, within_s)
        found, happened = found + hits, happened + total
    assert happened >= 20
    assert right / rung >= precision
    assert found / happened >= recall
