"""Rules on what we track against the same rules on what a person drew: the drawn tracks are the truth."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from math import cos, hypot, sin
from statistics import median

import numpy as np

from bench.event_clips import BEGIN, CAMERA
from bench.mot import Frames, Sequence
from sereno.alerts.evaluate import ruled, step
from sereno.alerts.rule_set import Rule
from sereno.alerts.rules.line_crossing import LineCrossing
from sereno.alerts.rules.loitering import Loitering
from sereno.alerts.rules.seen import Firing
from sereno.alerts.rules.wrong_way import WrongWay
from sereno.analytics.happenings import dispersal
from sereno.analytics.happenings.dispersal import Crowd
from sereno.analytics.model import ObjectKind, Scene, Sighting
from sereno.core.geometry import Box, Line, Point, Zone
from sereno.core.ids import ObservationId

WHOLE = Zone((Point(0, 0), Point(1, 0), Point(1, 1), Point(0, 1)))
MIDDLE = Zone((Point(0.2, 0.2), Point(0.8, 0.2), Point(0.8, 0.9), Point(0.2, 0.9)))
LINES: tuple[Rule, ...] = tuple(
    LineCrossing(id=f"l{number}", name="line", line=line, quiet_s=0)
    for number, line in enumerate(
        (
            *(Line(Point(x, 0.02), Point(x, 0.98)) for x in (0.3, 0.5, 0.7)),
            *(Line(Point(0.02, y), Point(0.98, y)) for y in (0.4, 0.6)),
        )
    )
)
STAYS: tuple[Rule, ...] = tuple(
    Loitering(id=f"s{limit_s}", name="stay", zone=MIDDLE, limit_s=limit_s, quiet_s=0) for limit_s in (10, 15, 20)
)
_NEAR, _WITHIN_S = 0.15, 3.0
_FPS = 7.0


def drawn_scenes(truth: Frames, frames: int, fps: float) -> list[Scene]:
    return [
        Scene(
            camera_id=CAMERA,
            at=BEGIN + timedelta(seconds=(frame - 1) / fps),
            sightings=tuple(person(number, box) for number, box, kept in truth.get(frame, ()) if kept),
        )
        for frame in range(1, frames + 1)
    ]


def person(number: int, box: Box) -> Sighting:
    return Sighting(observation_id=ObservationId(str(number)), kind=ObjectKind.PERSON, box=box, score=0.9)


def firings(rule: Rule, scenes: Iterable[Scene]) -> list[Firing]:
    state, rung = ruled((rule,)), list[Firing]()
    for scene in scenes:
        state, now = step(state, scene)
        rung += now
    return rung


def compared(rules: Iterable[Rule], ours: list[Scene], drawn: list[Scene]) -> tuple[int, int, int]:
    """Over all rules: how many were right, rang in all, and should have rung."""
    right = rang = wanted = 0
    for rule in rules:
        told, truth = firings(rule, ours), firings(rule, drawn)
        rang, wanted = rang + len(told), wanted + len(truth)
        free = list(told)
        for one in truth:
            near = [other for other in free if _same(one, other)]
            if near:
                free.remove(near[0])
                right += 1
    return right, rang, wanted


def _same(one: Firing, other: Firing) -> bool:
    a, b = one.seen.foot, other.seen.foot
    return abs((one.at - other.at).total_seconds()) <= _WITHIN_S and hypot(a.x - b.x, a.y - b.y) <= _NEAR


def count_errors(ours: list[Scene], truth: Frames, fps: float) -> list[float]:
    """Persons tracked less persons drawn, scene by scene; ours is the middle of the last second."""
    errors: list[float] = []
    recent: list[tuple[datetime, int]] = []
    for scene in ours:
        count = sum(1 for s in scene.sightings if s.kind is ObjectKind.PERSON)
        recent = [(at, n) for at, n in recent if (scene.at - at).total_seconds() < 1.0] + [(scene.at, count)]
        frame = round((scene.at - BEGIN).total_seconds() * fps) + 1
        drawn = sum(1 for _, box, _ in truth.get(frame, ()) if 0 <= box.centre.x <= 1)
        errors.append(median(n for _, n in recent) - drawn)
    return errors


def ways(ours: list[Scene], reference: list[Scene], way: Line) -> tuple[int, int, int]:
    """The street's direction declared as ``way``, so that traffic on the other side offends."""
    rule = WrongWay(id="w", name="way", zone=WHOLE, way=way, quiet_s=0)
    return compared((rule,), ours, reference)


def flights(sequence: Sequence, speed: float, share: float, aspect: float) -> tuple[int, int]:
    """How many flights made on real tracks are told, and of how many; ``share`` run, at ``speed`` heights a second."""
    told = made = 0
    for frame in range(60, sequence.frames - 40, 60):
        if len(sequence.truth.get(frame, ())) < 4:
            continue
        made += 1
        told += any(_tells(_with_flight(sequence, frame, speed, share, aspect), aspect))
    return told, made


def flights_in(scenes: Iterable[Scene], aspect: float) -> int:
    """How many are told where there are none."""
    return sum(_tells(scenes, aspect))


def _tells(scenes: Iterable[Scene], aspect: float) -> Iterator[bool]:
    crowd, began = Crowd(), None
    for scene in scenes:
        crowd, told = dispersal.step(crowd, scene.sightings, scene.at, aspect)
        if told and told[0].began != began:
            began = told[0].began
            yield True


def _with_flight(sequence: Sequence, frame: int, speed: float, share: float, aspect: float) -> Iterator[Scene]:
    """The seconds before as they were; then each runs from the middle, after 0 to 0.6 s, somewhat to a side."""
    chance = np.random.default_rng(frame)
    rows = sequence.truth[frame]
    middle_x = median(box.foot.x for _, box, _ in rows)
    middle_y = median(box.foot.y for _, box, _ in rows)
    runs = []
    for number, box, _ in rows:
        way = np.arctan2(box.foot.y - middle_y, (box.foot.x - middle_x) * aspect) + chance.normal(0, 0.4)
        quick = speed * chance.uniform(0.8, 1.2) if chance.random() < share else 0.1
        runs.append((number, box, float(way), float(quick * box.height), float(chance.uniform(0, 0.6))))
    for at in range(frame - 50, frame + round(3 * sequence.fps)):
        seen = [person(number, box) for number, box, _ in sequence.truth.get(at, ())]
        if at > frame:
            since_s = (at - frame) / sequence.fps
            moved = [
                (number, _run(box, way, quick * max(0.0, since_s - late), aspect))
                for number, box, way, quick, late in runs
            ]
            seen = [person(number, box) for number, box in moved if 0 < box.centre.x < 1 and box.bottom < 1.2]
        yield Scene(camera_id=CAMERA, at=BEGIN + timedelta(seconds=at / sequence.fps), sightings=tuple(seen))


def _run(box: Box, way: float, far: float, aspect: float) -> Box:
    """The ground is seen at a slant: downwards counts six tenths."""
    x, y = far * cos(way) / aspect, 0.6 * far * sin(way)
    return Box(box.left + x, box.top + y, box.right + x, box.bottom + y)
