"""Subjects: when a track breaks and another begins where it would be by now, both are one subject to the rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import hypot

from sereno.alerts.rules.seen import Seen
from sereno.analytics.model import FAMILIES, ObjectKind, Scene, Sighting
from sereno.core.geometry import Box, Point
from sereno.core.ids import ObservationId

GAP_S = 3.0
"""Longest absence after which a new track may still be the old subject."""
REACH = 0.5
"""How far from where it was expected, in heights of its box."""
SIZE_RATIO = 1.8
"""How much higher or lower the new box may be."""
_AT_REST = Point(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class LastSeen:
    """A track's subject and where it was; Units: ``speed`` in fractions of the picture a second."""

    subject: ObservationId
    kind: ObjectKind
    at: datetime
    box: Box
    speed: Point = _AT_REST

    def expected_foot(self, at: datetime) -> Point:
        gap_s = (at - self.at).total_seconds()
        return Point(self.box.foot.x + self.speed.x * gap_s, self.box.foot.y + self.speed.y * gap_s)


@dataclass(frozen=True, slots=True)
class Succession:
    """The tracks seen within the last ``GAP_S``, by observation id."""

    tracks: Mapping[ObservationId, LastSeen] = field(default_factory=dict)

    def step(self, scene: Scene) -> tuple["Succession", tuple[Seen, ...]]:
        """Whom each sighting of ``scene`` shows."""
        recent = {id_: last for id_, last in self.tracks.items() if (scene.at - last.at).total_seconds() <= GAP_S}
        present = {sighting.observation_id for sighting in scene.sightings}
        lost = {id_: last for id_, last in recent.items() if id_ not in present}
        now: dict[ObservationId, LastSeen] = {}
        seen: list[Seen] = []
        for sighting in scene.sightings:
            last = recent.get(sighting.observation_id)
            if last is None and (heir_of := _predecessor(sighting, scene.at, lost.items())):
                last = lost.pop(heir_of)
            subject = last.subject if last else _newcomer(sighting.observation_id, (*recent.values(), *now.values()))
            now[sighting.observation_id] = _moved(last, subject, sighting, scene.at)
            seen.append(Seen(subject, scene.at, sighting))
        return Succession(lost | now), tuple(seen)


def _newcomer(id_: ObservationId, known: Iterable[LastSeen]) -> ObservationId:
    """Its own id, unless a track that was thought lost comes back after another one took its place."""
    taken = {last.subject for last in known}
    subject = id_
    while subject in taken:
        subject = ObservationId(f"{subject}'")
    return subject


def _moved(last: LastSeen | None, subject: ObservationId, sighting: Sighting, at: datetime) -> LastSeen:
    elapsed_s = (at - last.at).total_seconds() if last else 0.0
    if last is None or elapsed_s <= 0:
        return LastSeen(subject, sighting.kind, at, sighting.box, last.speed if last else _AT_REST)
    was, foot = last.box.foot, sighting.foot
    speed = Point(
        (last.speed.x + (foot.x - was.x) / elapsed_s) / 2,
        (last.speed.y + (foot.y - was.y) / elapsed_s) / 2,
    )
    return LastSeen(subject, sighting.kind, at, sighting.box, speed)


def _predecessor(
    sighting: Sighting, at: datetime, lost: Iterable[tuple[ObservationId, LastSeen]]
) -> ObservationId | None:
    """The lost track that ``sighting``, a new one, most likely goes on; None when it is somebody new."""
    near = [
        (distance, id_)
        for id_, last in lost
        if _alike(last, sighting) and (distance := _off(last, sighting, at)) <= REACH * last.box.height
    ]
    return min(near)[1] if near else None


def _off(last: LastSeen, sighting: Sighting, at: datetime) -> float:
    expected = last.expected_foot(at)
    return hypot(sighting.foot.x - expected.x, sighting.foot.y - expected.y)


def _alike(last: LastSeen, sighting: Sighting) -> bool:
    low, high = sorted((last.box.height, sighting.box.height))
    return FAMILIES[last.kind] == FAMILIES[sighting.kind] and low > 0 and high / low <= SIZE_RATIO
