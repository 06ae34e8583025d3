"""What a person checks a calibration by: a grid of metres drawn onto the picture, and where it is fine enough."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, hypot

from sereno.core.geometry import Point
from sereno.maps.ground.plane import GroundPlane, GroundPoint

STEPS_M = (1, 5, 10)
LEVELS_PX_PER_M = (20, 40, 80, 125, 250, 500)
"""Overview to validate. Source: IEC 62676-4:2025."""
_LINES = 60
"""Most lines of one step in one direction."""
_REACH_M = {1: 15.0, 5: 50.0, 10: 300.0}
"""How far from the nearest ground a step is drawn: farther its lines run together."""
_COLUMNS, _ROWS, _PIECES = 13, 40, 24
_MARGIN = 0.02


@dataclass(frozen=True, slots=True)
class GridLine:
    """``step_m`` of the grid it belongs to; ``points`` on the picture, from one end to the other."""

    step_m: int
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """Below this line the picture has at least so many pixels a metre across."""

    px_per_m: int
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """``usable_y``: above it, at the picture's middle, positions are too unsure to be told; None: nowhere usable.

    ``error_m`` is the standard error on half of the usable part of the picture.
    """

    grid: tuple[GridLine, ...]
    bands: tuple[Band, ...]
    usable_y: float | None
    error_m: float | None


def overlay(plane: GroundPlane) -> Overlay:
    table = [
        [(y, plane.locate(Point(x, y))) for y in (row / (_ROWS - 1) for row in range(_ROWS))]
        for x in (column / (_COLUMNS - 1) for column in range(_COLUMNS))
    ]
    usable = [spot for column in table for _, spot in column if spot is not None and spot.usable]
    middle = [y for y, spot in table[_COLUMNS // 2] if spot is not None and spot.usable]
    errors = sorted(spot.error_m for spot in usable)
    return Overlay(
        grid=tuple(line for step in STEPS_M for line in _grid(plane, step, usable)) if usable else (),
        bands=tuple(_bands(table)),
        usable_y=min(middle, default=None),
        error_m=errors[len(errors) // 2] if errors else None,
    )


def _grid(plane: GroundPlane, step: int, usable: list[GroundPoint]) -> Iterator[GridLine]:
    nearest = max(usable, key=lambda spot: spot.px_per_m_across)
    near = [
        spot for spot in usable if hypot(spot.east_m - nearest.east_m, spot.north_m - nearest.north_m) <= _REACH_M[step]
    ]
    easts = _multiples([spot.east_m for spot in near], step)
    norths = _multiples([spot.north_m for spot in near], step)
    if len(easts) < 2 or len(norths) < 2:
        return
    for east in easts:
        yield from _seen(plane, step, [(east, north) for north in _between(norths[0], norths[-1])])
    for north in norths:
        yield from _seen(plane, step, [(east, north) for east in _between(easts[0], easts[-1])])


def _multiples(values: list[float], step: int) -> list[float]:
    first, last = floor(min(values) / step), ceil(max(values) / step)
    return [number * float(step) for number in range(first, min(last, first + _LINES) + 1)]


def _between(low: float, high: float) -> list[float]:
    return [low + (high - low) * piece / _PIECES for piece in range(_PIECES + 1)]


def _seen(plane: GroundPlane, step: int, ground: list[tuple[float, float]]) -> Iterator[GridLine]:
    """The pieces of a line that lie in the picture."""
    run: list[Point] = []
    for east, north in (*ground, (float("nan"), float("nan"))):
        point = plane.picture(east, north)
        if point is not None and -_MARGIN <= point.x <= 1 + _MARGIN and -_MARGIN <= point.y <= 1 + _MARGIN:
            run.append(Point(round(point.x, 4), round(point.y, 4)))
            continue
        if len(run) > 1:
            yield GridLine(step, tuple(run))
        run = []


def _bands(table: list[list[tuple[float, GroundPoint | None]]]) -> Iterator[Band]:
    for level in LEVELS_PX_PER_M:
        points: list[Point] = []
        for number, column in enumerate(table):
            y = _reached(column, level)
            if y is not None:
                points.append(Point(number / (_COLUMNS - 1), round(y, 4)))
        if len(points) > 1:
            yield Band(level, tuple(points))


def _reached(column: list[tuple[float, GroundPoint | None]], level: float) -> float | None:
    """How far down a column the picture gets so fine; None when it is not, or already at its upper edge."""
    known = [(y, spot.px_per_m_across) for y, spot in column if spot is not None]
    for (upper, coarse), (lower, fine) in pairwise(known):
        if coarse < level <= fine:
            return upper + (lower - upper) * (level - coarse) / (fine - coarse)
    return None
