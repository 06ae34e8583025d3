"""Fallen persons: a body whose box turned wide, or sank, is looked at by a pose model; if it lies and stays, it fell.

The detector finds few lying bodies. Who was lost in the middle of the picture is therefore searched for in what stands
still where the feet were. The pose is taken only of such candidates, one a scene, so that people who walk cost nothing.

Fails: a body that lies along the camera's view is foreshortened and seems to sit; what else stands still beside a body
is taken for a part of it; who sleeps on a bench lies too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import atan2, degrees, hypot

import numpy as np

from sereno.analytics.happenings.ground import Ground
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
_LOST_S = 0.5
_STILL_S = 1.0
_LEAST_SHARE, _LARGEST_SHARE = 0.06, 0.5
"""Of a square as high as the person: a body covers about a quarter of it."""
_RIDDEN = frozenset({ObjectKind.BICYCLE, ObjectKind.MOTORCYCLE})


@dataclass(frozen=True, slots=True)
class Body:
    """One person. ``height`` is how tall the box was upright; ``votes`` says for each last look whether it lay."""

    box: Box
    at: datetime
    height: float
    foot: Point | None = None
    """Where it last stood, when it was lost since."""
    still: bool = False
    suspect: bool = False
    looked_at: datetime | None = None
    votes: tuple[bool, ...] = ()
    lying_since: datetime | None = None

    @property
    def last_foot(self) -> Point:
        return self.foot or self.box.foot

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


def searched(bodies: Bodies, ground: Ground, at: datetime, aspect: float) -> Bodies:
    """With the bodies of those who were lost, where something of their size lies still around their last feet."""
    if not ground.learned:
        return bodies
    known = dict(bodies.known)
    for id_, body in bodies.known.items():
        if not body.height or (body.foot is None and (at - body.at).total_seconds() < _LOST_S):
            continue
        box = _still_around(ground, body, aspect)
        if box is not None:
            wide = box.width * aspect > _WIDE * box.height and max(box.width * aspect, box.height) >= _LEAST_LENGTH
            known[id_] = replace(body, box=box, at=at, foot=body.last_foot, suspect=wide, still=wide)
    return Bodies(known)


def waits(bodies: Bodies, at: datetime) -> bool:
    """Whether a pose is due that nothing else asks a scene for."""
    return any(body.foot and body.suspect and body.at == at and _is_due(body, at) for body in bodies.known.values())


def _still_around(ground: Ground, body: Body, aspect: float) -> Box | None:
    """What stands still within reach of where the feet were, if it has something like a body's size."""
    height, width = ground.still_s.shape
    foot, reach = body.last_foot, body.height
    top, bottom = max(0, int((foot.y - reach) * height)), int((foot.y + 0.4 * reach) * height) + 1
    left, right = int((foot.x - reach / aspect) * width), int((foot.x + reach / aspect) * width) + 1
    if left < 0 or right > width:
        return None  # who is at the edge has gone out
    cells = ground.still_s[top:bottom, left:right] >= _STILL_S
    share = float(cells.sum()) / (height * width) / (reach * reach / aspect)
    if not _LEAST_SHARE <= share <= _LARGEST_SHARE:
        return None
    rows, columns = np.flatnonzero(cells.any(axis=1)), np.flatnonzero(cells.any(axis=0))
    return Box(
        float(left + columns[0]) / width,
        float(top + rows[0]) / height,
        float(left + columns[-1] + 1) / width,
        float(top + rows[-1] + 1) / height,
    )


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
    return replace(
        body, box=box, at=at, foot=None, height=height, still=still, suspect=suspect, votes=votes, lying_since=since
    )


def _is_due(body: Body, at: datetime) -> bool:
    pause_s = _SURE_LOOK_S if len(body.votes) == _VOTES and all(body.votes) else _LOOK_S
    return body.looked_at is None or (at - body.looked_at).total_seconds() >= pause_s
