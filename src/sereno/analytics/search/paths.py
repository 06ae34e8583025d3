"""Whether a trail was in a zone or passed a line, and which cells of the picture that can have touched. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from sereno.analytics.days.trails import GRID, foot, rectangle_cells, signed
from sereno.analytics.model import TrailPoint
from sereno.analytics.search.model import Across
from sereno.core.geometry import Box, Line, Point, Zone


@dataclass(frozen=True, slots=True)
class Moment:
    """When and where it was first so; ``stay_s`` is the time between the points that lie in the zone."""

    at: datetime
    box: Box
    stay_s: float = 0.0


def in_zone(trail: Sequence[TrailPoint], zone: Zone) -> Moment | None:
    """A foot stood in it, or the way between two feet led through it."""
    feet = [foot(point.box) for point in trail]
    inside = [zone.contains(place) for place in feet]
    first = next((number for number, is_in in enumerate(inside) if is_in), None)
    if first is None:
        first = next(
            (
                number
                for number, (a, b) in enumerate(pairwise(feet))
                if any(_meet(a, b, *edge) for edge in _edges(zone))
            ),
            None,
        )
        return None if first is None else Moment(trail[first].at, trail[first].box)
    stay_s = sum(
        (trail[number + 1].at - trail[number].at).total_seconds()
        for number in range(len(trail) - 1)
        if inside[number] and inside[number + 1]
    )
    return Moment(trail[first].at, trail[first].box, stay_s)


def across_line(trail: Sequence[TrailPoint], line: Line, direction: Across) -> Moment | None:
    for before, after in pairwise(trail):
        start, end = foot(before.box), foot(after.box)
        if not line.crossed_by(start, end):
            continue
        to_right = line.side(end) > 0
        if direction is Across.BOTH or to_right is (direction is Across.LEFT_TO_RIGHT):
            return Moment(after.at, after.box)
    return None


def largest(trail: Sequence[TrailPoint]) -> Moment:
    best = max(trail, key=lambda point: point.box.within_picture().area)
    return Moment(best.at, best.box)


def zone_cells(zone: Zone) -> int:
    """Every cell that has a part of the zone, as SQLite keeps it."""
    mask = 0
    for row in range(GRID):
        for column in range(GRID):
            if _touches(zone, column / GRID, row / GRID, 1 / GRID):
                mask |= 1 << row * GRID + column
    return signed(mask)


def line_cells(line: Line) -> int:
    return signed(rectangle_cells(line.start, line.end))


def _touches(zone: Zone, left: float, top: float, size: float) -> bool:
    corners = (
        Point(left, top),
        Point(left + size, top),
        Point(left + size, top + size),
        Point(left, top + size),
    )
    if any(left <= c.x <= left + size and top <= c.y <= top + size for c in zone.corners):
        return True
    if any(zone.contains(corner) for corner in corners):
        return True
    sides = list(pairwise((*corners, corners[0])))
    return any(_meet(*edge, *side) for edge in _edges(zone) for side in sides)


def _edges(zone: Zone) -> list[tuple[Point, Point]]:
    return list(pairwise((*zone.corners, zone.corners[0])))


def _meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether two stretches touch."""
    one, other = Line(a, b), Line(c, d)
    return (
        one.side(c) * one.side(d) <= 0
        and other.side(a) * other.side(b) <= 0
        and max(min(a.x, b.x), min(c.x, d.x)) <= min(max(a.x, b.x), max(c.x, d.x))
        and max(min(a.y, b.y), min(c.y, d.y)) <= min(max(a.y, b.y), max(c.y, d.y))
    )
