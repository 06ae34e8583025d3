"""Who is looked at, when it counts as a fall, and when people run apart; poses and walkers are drawn."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import cos, pi, sin

import pytest

from sereno.analytics.happenings import dispersal, fallen
from sereno.analytics.happenings.dispersal import Crowd
from sereno.analytics.happenings.fallen import Bodies
from sereno.analytics.happenings.pose import Pose
from sereno.analytics.model import Happening, HappeningKind, ObjectKind, Sighting
from sereno.core.geometry import Box, Point
from sereno.core.ids import ObservationId

START = datetime(2026, 3, 1, tzinfo=UTC)
STANDS = Pose(Point(50, 20), Point(50, 60), Point(50, 90), Point(50, 120), 0.6)
LIES = Pose(Point(20, 50), Point(60, 55), Point(90, 52), Point(120, 50), 0.6)
BENDS = Pose(Point(20, 55), Point(60, 50), Point(62, 90), Point(60, 120), 0.6)
SITS = Pose(Point(50, 20), Point(50, 60), Point(85, 62), Point(85, 95), 0.6)
UPRIGHT, FLAT = Box(0.45, 0.4, 0.52, 0.7), Box(0.4, 0.6, 0.6, 0.7)
Path = Callable[[float], Box | None]


def seen(id_: str, box: Box, kind: ObjectKind = ObjectKind.PERSON) -> Sighting:
    return Sighting(observation_id=ObservationId(id_), kind=kind, box=box, score=0.8)


def fallen_in(path: Path, pose: Pose, *, bicycle: bool = False) -> tuple[list[Happening], int]:
    """What is told over 12 s of five scenes a second, and how often the pose model was asked."""
    bodies, told, asked = Bodies(), list[Happening](), 0
    for number in range(60):
        at, box = START + timedelta(seconds=number / 5), path(number / 5)
        sightings = [seen("a", box)] if box else []
        sightings += [seen("b", box, ObjectKind.BICYCLE)] if box and bicycle else []
        bodies = fallen.step(bodies, sightings, at, 1.5)
        if due := fallen.due(bodies, at):
            asked += 1
            bodies = fallen.looked(bodies, due[0], pose, at)
        told += fallen.told(bodies)
    return told, asked


def falls(seconds: float) -> Box:
    return UPRIGHT if seconds < 4 else FLAT


def test_who_falls_and_lies_is_told_with_the_beginning() -> None:
    told, asked = fallen_in(falls, LIES)
    assert {(one.kind, one.by) for one in told} == {(HappeningKind.FALLEN, (ObservationId("a"),))}
    assert len({one.began for one in told}) == 1
    assert timedelta(seconds=4) <= told[0].began - START < timedelta(seconds=6)
    assert asked < 10


def test_who_walks_is_not_looked_at() -> None:
    assert fallen_in(lambda s: Box(0.1 + s / 20, 0.4, 0.17 + s / 20, 0.7), LIES) == ([], 0)


@pytest.mark.parametrize("pose", [STANDS, BENDS, SITS], ids=["stands", "bends", "sits"])
def test_a_wide_box_alone_is_no_fall(pose: Pose) -> None:
    told, asked = fallen_in(falls, pose)
    assert told == []
    assert asked > 0


def test_a_rider_and_who_moves_are_no_falls() -> None:
    assert fallen_in(falls, LIES, bicycle=True) == ([], 0)
    assert fallen_in(lambda s: Box(0.05 + s / 10, 0.6, 0.25 + s / 10, 0.7), LIES)[0] == []


def test_who_gets_up_again_is_no_longer_told() -> None:
    told, _ = fallen_in(lambda s: FLAT if 3 < s < 7 else UPRIGHT, LIES)
    assert told
    assert len(told) < 20


def flight(speed: float, *, starts_s: float = 6.0, together: bool = False) -> list[Happening]:
    """Six stand around a middle; from then on they run at ``speed`` heights a second."""
    crowd, told = Crowd(), list[Happening]()
    for number in range(50):
        seconds = number / 5
        sightings = []
        for person in range(6):
            way = 0.0 if together else person * pi / 3
            far = 0.05 + 0.1 * speed * max(0.0, seconds - starts_s)
            x, y = 0.5 + far * cos(way) / 1.5 + (person * 0.02 if together else 0), 0.5 + far * sin(way)
            sightings.append(seen(str(person), Box(x - 0.015, y - 0.1, x + 0.015, y)))
        crowd, now = dispersal.step(crowd, sightings, START + timedelta(seconds=seconds), 1.5)
        told += now
    return told


def test_people_who_run_apart_at_once_are_told_with_their_number() -> None:
    told = flight(2.0)
    assert told
    assert {one.kind for one in told} == {HappeningKind.DISPERSAL}
    assert max(one.count or 0 for one in told) == 6
    assert timedelta(seconds=6) <= told[0].began - START <= timedelta(seconds=7.5)


@pytest.mark.parametrize(
    "told",
    [lambda: flight(0.7), lambda: flight(2.0, starts_s=-10.0), lambda: flight(2.0, together=True)],
    ids=["they walk apart", "they ran all the time", "they run one way, past the middle"],
)
def test_these_are_no_flights(told: Callable[[], list[Happening]]) -> None:
    assert len({one.began for one in told()}) == 0
