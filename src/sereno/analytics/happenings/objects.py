"""Left and removed objects: something stands, or is gone, where a person was who then went away.

No detector is asked what it is: bags are too small for it. What makes a still region a left object is its owner: a
person who was beside it when it appeared, who is much larger, and who is no longer near. A change that nobody
brought (a shadow, a light, a branch) and one that a vehicle covers (it is parked) are none.

Fails: an owner whom the detector misses; a thing put down inside a dense crowd, which always has somebody beside it
who may be the owner; two things put down side by side are one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import hypot

import numpy as np
from scipy import ndimage

from sereno.analytics.happenings.ground import Cells, Ground, absorbed
from sereno.analytics.model import VEHICLES, Happening, HappeningKind, ObjectKind, Sighting
from sereno.core.geometry import Box, Point
from sereno.core.ids import ObservationId

STAND_S = 2.5
"""What stood still for so long is looked at."""
_MEMORY_S = 20.0
_BROUGHT_S = 8.0
"""An owner was beside the place at most so long before the region stood: the still seconds are not counted."""
_LEAST_CELLS = 12
_REACH = 0.4
"""How far beside the owner's box a thing is put down, in heights of the owner."""
_NEAR = 0.8
"""Whoever is nearer, in own heights between the thing and the feet, looks after it."""
_AWAY = 1.2
_ALONE_S = 1.0
_BARE_S = 3.0
"""A standing person whose outline lingers is gone from the picture sooner."""
_HIDDEN_S = 5.0
"""A region that nobody saw for so long is gone."""
_BELONGS_S = 900.0
"""After so long a left thing belongs to the place."""
_GONE_TOLD_S = 10.0
_UNDECIDED_S = 120.0
_VEHICLE_RIM = 0.15
"""Its shadow lies beside a vehicle, in sizes of its box."""
_LARGEST_HEIGHT, _LARGEST_AREA, _LEAST_HEIGHT = 0.7, 0.6, 0.07
"""Of the owner's: what is larger is a person who stands still, or a car."""


@dataclass(frozen=True, slots=True)
class Passer:
    at: datetime
    id: ObservationId
    box: Box
    is_vehicle: bool


@dataclass(frozen=True, slots=True)
class Region:
    """Something that stands still; ``keepers`` are its owner and who was near together with the owner."""

    box: Box
    cells: Cells
    born: datetime
    seen_at: datetime
    kind: HappeningKind
    contrast: float
    owner: Box | None = None
    """Where the owner stood when it was put down."""
    keepers: frozenset[ObservationId] = frozenset()
    attended_at: datetime | None = None
    departed_at: datetime | None = None
    """When a keeper was seen away from it: whoever is merely lost by the detector has not left."""
    bare_s: float = 0.0
    """How long it stands with nobody before it since then."""

    @property
    def told(self) -> bool:
        return self.departed_at is not None and self.bare_s >= _BARE_S


@dataclass(frozen=True, slots=True)
class Objects:
    """The regions that stand and the persons and vehicles of the last seconds."""

    regions: tuple[Region, ...] = ()
    passers: tuple[Passer, ...] = ()
    at: datetime | None = None

    def kept(self, shape: tuple[int, ...]) -> Cells:
        """Cells that the ground is not to learn: what has an owner, and whoever stands there now. Shape as asked."""
        cells = np.zeros(shape, np.bool_)
        for region in self.regions:
            if region.keepers and region.cells.shape == shape:
                cells |= region.cells
        for box in (p.box.within_picture() for p in self.passers if p.at == self.at):
            rows = slice(int(box.top * shape[0]), int(box.bottom * shape[0]) + 1)
            cells[rows, int(box.left * shape[1]) : int(box.right * shape[1]) + 1] = True
        return cells


def step(
    objects: Objects, ground: Ground, sightings: Iterable[Sighting], at: datetime
) -> tuple[Objects, Ground, tuple[Happening, ...]]:
    """The objects and the ground after a scene, and what goes on."""
    passers = _remembered(objects.passers, sightings, at)
    now = tuple(p for p in passers if p.at == at)
    elapsed_s = (at - objects.at).total_seconds() if objects.at else 0.0
    aspect = ground.far.shape[1] / ground.far.shape[0]
    regions: list[Region] = []
    stale: list[Region] = []
    for region in _followed(objects.regions, _standing(ground, at), now, at):
        if _is_parked(region, passers) or _is_doubtful(region, at):
            continue
        owned = _attended(_owned(region, passers, aspect), now, at, aspect)
        owned = _bare(owned, now, at, elapsed_s)
        (stale if _is_old(owned) else regions).append(owned)
    for region in stale:
        ground = absorbed(ground, region.cells)
    told = tuple(_happening(r) for r in regions if r.told)
    return Objects(tuple(regions), passers, at), ground, told


def _remembered(passers: tuple[Passer, ...], sightings: Iterable[Sighting], at: datetime) -> tuple[Passer, ...]:
    fresh = tuple(
        Passer(at, s.observation_id, s.box, s.kind in VEHICLES)
        for s in sightings
        if s.kind is ObjectKind.PERSON or s.kind in VEHICLES
    )
    since = at - timedelta(seconds=_MEMORY_S)
    return (*(p for p in passers if since <= p.at < at), *fresh)


def _standing(ground: Ground, at: datetime) -> list[Region]:
    """The still regions of the ground, without owners."""
    if not ground.learned or not (ground.still_s >= STAND_S).any():
        return []
    cells = ground.still_s >= STAND_S
    joined, _ = ndimage.label(ndimage.binary_dilation(cells, iterations=2), structure=np.ones((3, 3)))
    height, width = cells.shape
    found: list[Region] = []
    for number, part in enumerate(ndimage.find_objects(joined), start=1):
        own = np.zeros_like(cells)
        own[part] = (joined[part] == number) & cells[part]
        if own.sum() < _LEAST_CELLS:
            continue
        rows, columns = np.flatnonzero(own.any(axis=1)), np.flatnonzero(own.any(axis=0))
        left, right = float(columns[0]) / width, float(columns[-1] + 1) / width
        box = Box(left, float(rows[0]) / height, right, float(rows[-1] + 1) / height)
        born = at - timedelta(seconds=float(ground.still_s[own].max()))
        contrast = float(np.abs(ground.near - ground.far)[own].mean())
        found.append(Region(box, own, born, at, _kind_of(ground, own), contrast))
    return found


def _kind_of(ground: Ground, cells: Cells) -> HappeningKind:
    """A thing has an outline in the new picture; where one was taken away, the old picture has it."""
    mask = ndimage.gaussian_filter(cells.astype(np.float32), 1.0)
    outward = np.gradient(mask)
    now, before = (
        float(np.abs(outward[0] * down + outward[1] * right).sum())
        for down, right in (np.gradient(ground.near), np.gradient(ground.far))
    )
    return HappeningKind.LEFT_OBJECT if now >= before else HappeningKind.REMOVED_OBJECT


def _followed(known: tuple[Region, ...], standing: list[Region], now: tuple[Passer, ...], at: datetime) -> list[Region]:
    """Each known region as it now stands, those that are hidden for a moment, and the new ones."""
    kept: list[Region] = []
    left = list(standing)
    for region in known:
        same = next((new for new in left if _overlap(region.box, new.box) > 0.5), None)
        if same is not None:
            left.remove(same)
            kept += _grown(region, same)
        elif any(_overlap(region.box, other.box) > 0.5 for other in kept):
            continue  # two parts of one thing have met
        elif _is_covered(region.box, now):
            kept.append(replace(region, seen_at=at))
        elif (at - region.seen_at).total_seconds() < _HIDDEN_S and region.keepers:
            kept.append(region)
    return [*kept, *left]


def _grown(region: Region, same: Region) -> list[Region]:
    """The region as it stands now; none when it has become too large for its owner: somebody sits there, or light."""
    if region.owner is None or region.told:
        kind = region.kind if region.told else same.kind
        return [replace(region, cells=same.cells, seen_at=same.seen_at, kind=kind, contrast=same.contrast)]
    if not _fits(same.box, region.owner):
        return []
    return [replace(region, box=same.box, cells=same.cells, seen_at=same.seen_at, kind=same.kind)]


def _is_covered(box: Box, now: tuple[Passer, ...]) -> bool:
    return any(_overlap(box, p.box) > 0.3 for p in now)


def _is_parked(region: Region, passers: tuple[Passer, ...]) -> bool:
    """Whether it is a vehicle, or part of one that came or drove off a moment ago."""
    if region.keepers:
        return False
    over = [p for p in passers if p.is_vehicle and _overlap(region.box, _wider(p.box, _VEHICLE_RIM)) > 0.3]
    return any(region.box.area > 0.3 * p.box.area or _travelled(p, passers) for p in over)


def _travelled(vehicle: Passer, passers: tuple[Passer, ...]) -> bool:
    centre = vehicle.box.centre
    return any(
        abs(p.box.centre.x - centre.x) > 0.4 * vehicle.box.width
        or abs(p.box.centre.y - centre.y) > 0.4 * vehicle.box.height
        for p in passers
        if p.id == vehicle.id
    )


def _owned(region: Region, passers: tuple[Passer, ...], aspect: float) -> Region:
    """With the nearest of the persons who were beside the region when it appeared, if it has the size for it."""
    if region.keepers:
        return region
    earliest = region.born - timedelta(seconds=_BROUGHT_S)
    latest = region.born + timedelta(seconds=STAND_S)
    beside = [
        p
        for p in passers
        if not p.is_vehicle
        and earliest <= p.at <= latest
        and _fits(region.box, p.box)
        and _overlap(region.box, _reach(p.box, aspect)) > 0.5
    ]
    if not beside:
        return region
    owner = min(beside, key=lambda p: _distance(region.box, p.box, aspect))
    own = [(p.at, _distance(region.box, p.box, aspect)) for p in passers if p.id == owner.id]
    attended_at = max((at for at, distance in own if distance < _NEAR), default=owner.at)
    departed_at = min((at for at, distance in own if at > attended_at and distance > _AWAY), default=None)
    return replace(
        region,
        owner=owner.box,
        keepers=frozenset({owner.id}),
        attended_at=attended_at,
        departed_at=departed_at,
    )


def _fits(thing: Box, owner: Box) -> bool:
    return (
        _LEAST_HEIGHT * owner.height <= thing.height <= _LARGEST_HEIGHT * owner.height
        and thing.area <= _LARGEST_AREA * owner.area
    )


def _attended(region: Region, now: tuple[Passer, ...], at: datetime, aspect: float) -> Region:
    """Who is near together with a keeper is one too: tracks break, and friends take over."""
    if not region.keepers:
        return region
    persons = [p for p in now if not p.is_vehicle]
    near = frozenset(p.id for p in persons if _distance(region.box, p.box, aspect) < _NEAR)
    away = frozenset(p.id for p in persons if _distance(region.box, p.box, aspect) > _AWAY)
    recent = region.attended_at is not None and (at - region.attended_at).total_seconds() <= _ALONE_S
    if near & region.keepers or (near and recent):
        return replace(region, keepers=region.keepers | near, attended_at=at, departed_at=None, bare_s=0.0)
    if region.departed_at is None and away & region.keepers:
        return replace(region, departed_at=at)
    return region


def _bare(region: Region, now: tuple[Passer, ...], at: datetime, elapsed_s: float) -> Region:
    if region.departed_at is None or region.seen_at != at or _is_covered(region.box, now):
        return region
    return replace(region, bare_s=region.bare_s + elapsed_s)


def _is_old(region: Region) -> bool:
    if not region.told:
        return False
    stays_s = _BELONGS_S if region.kind is HappeningKind.LEFT_OBJECT else _GONE_TOLD_S
    return region.bare_s > stays_s


def _is_doubtful(region: Region, at: datetime) -> bool:
    """Whether nobody was seen to leave it for so long that nobody will be."""
    if region.told or region.attended_at is None:
        return False
    return (at - region.attended_at).total_seconds() > _UNDECIDED_S


def _happening(region: Region) -> Happening:
    began = region.attended_at or region.born
    score = min(1.0, region.contrast / 40)
    return Happening(kind=region.kind, began=began, score=score, box=region.box, by=tuple(sorted(region.keepers)))


def _overlap(part: Box, whole: Box) -> float:
    """Share of ``part`` inside ``whole``."""
    width = min(part.right, whole.right) - max(part.left, whole.left)
    height = min(part.bottom, whole.bottom) - max(part.top, whole.top)
    return max(0.0, width) * max(0.0, height) / max(part.area, 1e-9)


def _wider(box: Box, share: float) -> Box:
    across, down = box.width * share, box.height * share
    return Box(box.left - across, box.top - down, box.right + across, box.bottom + down)


def _reach(owner: Box, aspect: float) -> Box:
    across, down = _REACH * owner.height / aspect, 0.15 * owner.height
    return Box(owner.left - across, owner.top, owner.right + across, owner.bottom + down)


def _distance(thing: Box, person: Box, aspect: float) -> float:
    """Between the thing and the feet of a person, in heights of the person."""
    nearest = Point(min(max(person.foot.x, thing.left), thing.right), min(max(person.bottom, thing.top), thing.bottom))
    across, down = (nearest.x - person.foot.x) * aspect, nearest.y - person.bottom
    return hypot(across, down) / max(person.height, 1e-6)
