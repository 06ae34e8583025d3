"""Dispersal: several persons who stood or walked run apart from where they were, all at once.

Speeds are in heights of the own box a second, so that the far end of a square counts like the near one; what is quick
is told from what this camera usually sees.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import exp, hypot
from statistics import median

from sereno.analytics.model import Happening, HappeningKind, ObjectKind, Sighting
from sereno.core.geometry import Box, Point
from sereno.core.ids import ObservationId

_LOOK_S = 0.6
"""Speed is measured over so long."""
_MEMORY_S = 4.0
_RUN = 1.1
"""Heights a second: some two metres a second; a brisk walk is 0.9."""
_FASTER = 2.0
"""Times the usual speed here."""
_USUAL_TAU_S = 60.0
_FIRST_USUAL = 0.5
_OUTWARD = 0.25
"""Least cosine between a run and the way from the middle of all."""
_LEAST_PERSONS = 4
_LEAST_SHARE = 0.5
"""Of those who were there."""
_SUSTAIN_S = 0.25
_RAN_S = 1.5
"""Who ran so lately still counts: a runner is soon out of the picture."""
_ENDS_S = 3.0


@dataclass(frozen=True, slots=True)
class Step:
    at: datetime
    foot: Point
    height: float


@dataclass(frozen=True, slots=True)
class Crowd:
    """Where everybody was in the last seconds. ``usual``: heights a second."""

    steps: Mapping[ObservationId, tuple[Step, ...]] = field(default_factory=dict)
    ran: Mapping[ObservationId, datetime] = field(default_factory=dict)
    usual: float = _FIRST_USUAL
    at: datetime | None = None
    since: datetime | None = None
    last_at: datetime | None = None


def step(
    crowd: Crowd, sightings: Iterable[Sighting], at: datetime, aspect: float
) -> tuple[Crowd, tuple[Happening, ...]]:
    """The crowd after a scene, and a flight that goes on. ``aspect``: width of the picture over its height."""
    people = [s for s in sightings if s.kind is ObjectKind.PERSON]
    steps = _remembered(crowd.steps, people, at, aspect)
    speeds = {id_: speed for id_, own in steps.items() if (speed := _speed(own, at)) is not None}
    usual = _usual(crowd, [hypot(v.x, v.y) for v in speeds.values()], at)
    runs = _running(steps, speeds, max(_RUN, _FASTER * crowd.usual), at)
    ran = {id_: when for id_, when in crowd.ran.items() if (at - when).total_seconds() <= _RAN_S} | dict.fromkeys(
        runs, at
    )
    running = frozenset(ran) if runs else runs
    others = running | speeds.keys()
    flees = len(running) >= _LEAST_PERSONS and len(running) >= _LEAST_SHARE * len(others)
    since, last_at = crowd.since, crowd.last_at
    if flees:
        since, last_at = since or at, at
    elif last_at is not None and (at - last_at).total_seconds() > _ENDS_S:
        since = last_at = None
    now = Crowd(steps, ran, crowd.usual if flees else usual, at, since, last_at)
    if not flees or since is None or (at - since).total_seconds() < _SUSTAIN_S:
        return now, ()
    boxes = [s.box for s in people if s.observation_id in runs]
    box = Box(
        min(b.left for b in boxes), min(b.top for b in boxes), max(b.right for b in boxes), max(b.bottom for b in boxes)
    )
    score = min(1.0, len(running) / max(1, len(others)))
    kind = HappeningKind.DISPERSAL
    told = Happening(kind=kind, began=since, score=score, box=box, count=len(running), by=tuple(sorted(running)))
    return now, (told,)


def _remembered(
    known: Mapping[ObservationId, tuple[Step, ...]], people: Iterable[Sighting], at: datetime, aspect: float
) -> dict[ObservationId, tuple[Step, ...]]:
    since = at - timedelta(seconds=_MEMORY_S)
    steps = {id_: tuple(s for s in own if since <= s.at < at) for id_, own in known.items()}
    for person in people:
        foot = Point(person.foot.x * aspect, person.foot.y)
        own = steps.get(person.observation_id, ())
        steps[person.observation_id] = (*own, Step(at, foot, person.box.height))
    return {id_: own for id_, own in steps.items() if own}


def _speed(own: tuple[Step, ...], at: datetime) -> Point | None:
    """Heights a second over the last moments; None for who is not seen now or was not then."""
    before = [s for s in own if (at - s.at).total_seconds() >= _LOOK_S]
    if own[-1].at != at or not before:
        return None
    return _velocity(before[-1], own[-1])


def _velocity(first: Step, last: Step) -> Point:
    seconds, height = max((last.at - first.at).total_seconds(), 1e-3), max((first.height + last.height) / 2, 1e-6)
    return Point((last.foot.x - first.foot.x) / height / seconds, (last.foot.y - first.foot.y) / height / seconds)


def _usual(crowd: Crowd, speeds: list[float], at: datetime) -> float:
    if not speeds or crowd.at is None:
        return crowd.usual
    share = 1 - exp(-(at - crowd.at).total_seconds() / _USUAL_TAU_S)
    return crowd.usual + share * (median(speeds) - crowd.usual)


def _running(
    steps: Mapping[ObservationId, tuple[Step, ...]], speeds: Mapping[ObservationId, Point], least: float, at: datetime
) -> frozenset[ObservationId]:
    """Who runs away from the middle of where all were a moment ago, and did not run before."""
    before = {
        id_: then
        for id_, own in steps.items()
        if (then := next((s for s in reversed(own) if (at - s.at).total_seconds() >= _LOOK_S), None)) is not None
    }
    if len(before) < _LEAST_PERSONS:
        return frozenset()
    middle = Point(median(s.foot.x for s in before.values()), median(s.foot.y for s in before.values()))
    return frozenset(
        id_
        for id_, speed in speeds.items()
        if hypot(speed.x, speed.y) >= least
        and _outward(before[id_].foot, middle, speed) >= _OUTWARD
        and _was_slow(steps[id_], hypot(speed.x, speed.y))
    )


def _outward(foot: Point, middle: Point, speed: Point) -> float:
    x, y = foot.x - middle.x, foot.y - middle.y
    return (x * speed.x + y * speed.y) / max(hypot(x, y) * hypot(speed.x, speed.y), 1e-9)


def _was_slow(own: tuple[Step, ...], now: float) -> bool:
    """Whether the oldest moment that is remembered was slower by half: a jogger runs all the time."""
    later = [s for s in own if (s.at - own[0].at).total_seconds() >= _LOOK_S]
    if not later:
        return False
    was = _velocity(own[0], later[0])
    return hypot(was.x, was.y) <= 0.6 * now
