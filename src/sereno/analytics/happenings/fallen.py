"""Fallen persons: a body whose box turned wide, or sank, is looked at by a pose model; if it lies and stays, it fell.

The pose is taken only of such candidates, one a scene, so that people who walk cost nothing.

Fails: whom the detector does not find lying has no box to look at; a body that lies along the camera's view is
foreshortened and seems to sit; who sleeps on a bench lies too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import atan2, degrees, hypot

from sereno.analytics.happenings.pose import Pose
from sereno.analytics.model import Happening, HappeningKind, ObjectKind, Sighting
from sereno.core.geometry import Box, Point
from sereno.core.ids import ObservationId

_WIDE = 0.75
"""Width over height, in pixels, from which a box may hold a lying body."""
_SUNK = 0.6
"""Of its own height before: who fell towards the camera."""
_LEAST_LENGTH = 0.07
"""Of the picture's height: smaller bodies have no pose."""
_STILL = 0.35
"""How far the middle may move in a second, in lengths of the body."""
_LOOK_S, _SURE_LOOK_S = 0.6, 3.0
_LEAST_SCORE = 0.35
_TRUNK_DEG, _THIGH_DEG = 55.0, 45.0
"""From upright: who bends has upright thighs, who sits an upright trunk."""
_VOTES, _NEEDED = 4, 3
_FORGET_S = 8.0
_RIDDEN = frozenset({ObjectKind.BICYCLE, ObjectKind.MOTORCYCLE})


@dataclass(frozen=True, slots=True)
class Body:
    """One person. ``height`` is how tall the box was upright; ``votes`` says for each last look whether it lay."""

    box: Box
    at: datetime
    height: float
    still: bool = False
    suspect: bool = False
    looked_at: datetime | None = None
    votes: tuple[bool, ...] = ()
    lying_since: datetime | None = None

    @property
    def fell(self) -> bool:
        return sum(self.votes) >= _NEEDED


@dataclass(frozen=True, slots=True)
class Bodies:
    known: Mapping[ObservationId, Body] = field(default_factory=dict)


def step(bodies: Bodies, sightings: Iterable[Sighting], at: datetime, aspect: float) -> Bodies:
    """The bodies after a scene. ``aspect``: width of the picture over its height."""
    seen = tuple(sightings)
    ridden = [s.box for s in seen if s.kind in _RIDDEN]
    known = {id_: body for id_, body in bodies.known.items() if (at - body.at).total_seconds() <= _FORGET_S}
    for person in (s for s in seen if s.kind is ObjectKind.PERSON):
        rides = any(person.box.iou(box) > 0.1 for box in ridden)
        known[person.observation_id] = _moved(known.get(person.observation_id), person.box, at, aspect, rides)
    return Bodies(known)


def due(bodies: Bodies, at: datetime) -> tuple[ObservationId, Box] | None:
    """Whose pose is to be taken now: the one that waits longest."""
    waiting = [
        (body.looked_at or datetime.min.replace(tzinfo=at.tzinfo), id_, body.box)
        for id_, body in bodies.known.items()
        if body.at == at and body.suspect and body.still and _is_due(body, at)
    ]
    if not waiting:
        return None
    _, id_, box = min(waiting, key=lambda each: each[:2])
    return id_, box


def looked(bodies: Bodies, id_: ObservationId, pose: Pose, at: datetime) -> Bodies:
    """With one more vote."""
    body = bodies.known[id_]
    votes = (*body.votes, lies(pose))[-_VOTES:]
    since = (body.lying_since or at) if any(votes) else None
    return Bodies({**bodies.known, id_: replace(body, votes=votes, looked_at=at, lying_since=since)})


def told(bodies: Bodies) -> tuple[Happening, ...]:
    """Who lies there."""
    return tuple(
        Happening(
            kind=HappeningKind.FALLEN,
            began=body.lying_since,
            score=sum(body.votes) / _VOTES,
            box=body.box,
            by=(id_,),
        )
        for id_, body in bodies.known.items()
        if body.fell and body.lying_since is not None
    )


def lies(pose: Pose) -> bool:
    """Whether trunk and thighs are both far from upright."""
    return (
        pose.score >= _LEAST_SCORE
        and _off_upright_deg(pose.shoulders, pose.hips) > _TRUNK_DEG
        and _off_upright_deg(pose.hips, pose.knees) > _THIGH_DEG
    )


def _off_upright_deg(upper: Point, lower: Point) -> float:
    """0 when ``lower`` is straight below, 180 straight above."""
    return degrees(atan2(abs(lower.x - upper.x), lower.y - upper.y))


def _moved(body: Body | None, box: Box, at: datetime, aspect: float, rides: bool) -> Body:
    length = max(box.width * aspect, box.height)
    wide = box.width * aspect > _WIDE * box.height
    if body is None:
        return Body(box, at, 0.0 if wide else box.height, suspect=wide and not rides and length >= _LEAST_LENGTH)
    upright = 0.0 if wide else box.height
    height = max(upright, body.height * 0.995)
    seconds = max((at - body.at).total_seconds(), 1e-3)
    centre, was = box.centre, body.box.centre
    moved = hypot((centre.x - was.x) * aspect, centre.y - was.y) / length / seconds
    suspect = (wide or box.height < _SUNK * height) and not rides and length >= _LEAST_LENGTH
    votes, since = (body.votes, body.lying_since) if suspect else ((), None)
    still = moved < _STILL
    return replace(body, box=box, at=at, height=height, still=still, suspect=suspect, votes=votes, lying_since=since)


def _is_due(body: Body, at: datetime) -> bool:
    pause_s = _SURE_LOOK_S if len(body.votes) == _VOTES and all(body.votes) else _LOOK_S
    return body.looked_at is None or (at - body.looked_at).total_seconds() >= pause_s
