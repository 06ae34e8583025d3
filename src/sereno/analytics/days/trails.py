"""A trail in 12 bytes a point, and which parts of the picture it passed. Pure.

Source of the path: the foot of each box, moved into the picture; between two points it is straight.
"""

import struct
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sereno.analytics.model import TrailPoint
from sereno.core.geometry import Box, Point

_POINT = struct.Struct("<I4h")
_DTYPE = np.dtype([("after_ms", "<u4"), ("box", "<i2", 4)])
_UNIT = 1 << 14
"""A picture's width is so many steps: a tenth of a pixel of the widest."""
_MOST = (1 << 15) - 1
_EDGE = 1e-6
GRID = 8
"""The picture is cut into 8 by 8 cells: one bit each of a 64-bit number, row by row from the upper left."""


def packed(trail: Sequence[TrailPoint], began: datetime) -> bytes:
    """``began`` is the observation's; instants are kept to the millisecond."""
    return b"".join(
        _POINT.pack(
            max(0, round((point.at - began) / timedelta(milliseconds=1))),
            *(
                max(-_MOST, min(_MOST, round(edge * _UNIT)))
                for edge in (point.box.left, point.box.top, point.box.right, point.box.bottom)
            ),
        )
        for point in trail
    )


def unpacked(body: bytes, began: datetime) -> tuple[TrailPoint, ...]:
    return tuple(
        TrailPoint(
            began + timedelta(milliseconds=after_ms),
            Box(left / _UNIT, top / _UNIT, right / _UNIT, bottom / _UNIT),
        )
        for after_ms, left, top, right, bottom in _POINT.iter_unpack(body)
    )


def largest_point(body: bytes, began: datetime) -> TrailPoint:
    """The first of the points whose box shows most of itself in the picture."""
    edges = np.frombuffer(body, _DTYPE)["box"].clip(0, _UNIT).astype(np.int64)
    areas = (edges[:, 2] - edges[:, 0]).clip(0) * (edges[:, 3] - edges[:, 1]).clip(0)
    number = int(areas.argmax())
    return unpacked(body[number * _POINT.size : (number + 1) * _POINT.size], began)[0]


def may_touch(body: bytes, corners: Sequence[Point]) -> bool:
    """False when the rectangle around all feet and that around ``corners`` lie apart."""
    x, y = _feet(body)
    low, high = _rectangle(corners)
    return bool(x.min() <= high.x and x.max() >= low.x and y.min() <= high.y and y.max() >= low.y)


def longest_stay_s(body: bytes, corners: Sequence[Point]) -> float:
    """At most so long it was in what ``corners`` enclose: the time between feet in the rectangle around them."""
    x, y = _feet(body)
    low, high = _rectangle(corners)
    near = (x >= low.x) & (x <= high.x) & (y >= low.y) & (y <= high.y)
    after_ms = np.frombuffer(body, _DTYPE)["after_ms"].astype(np.int64)
    return float(np.diff(after_ms)[near[:-1] & near[1:]].sum()) / 1000


def _feet(body: bytes) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Across and down, each (n,)."""
    edges = np.frombuffer(body, _DTYPE)["box"].clip(0, _UNIT) / _UNIT
    return (edges[:, 0] + edges[:, 2]) / 2, edges[:, 3]


def _rectangle(corners: Sequence[Point]) -> tuple[Point, Point]:
    """Around the corners, a hair larger."""
    xs, ys, slack = [corner.x for corner in corners], [corner.y for corner in corners], 2 * _EDGE
    return Point(min(xs) - slack, min(ys) - slack), Point(max(xs) + slack, max(ys) + slack)


def foot(box: Box) -> Point:
    """Where it stands, as far as the picture shows it: never on its very edge, which no drawn zone holds."""
    place = box.within_picture().foot
    return Point(min(max(place.x, _EDGE), 1 - _EDGE), min(max(place.y, _EDGE), 1 - _EDGE))


def cells(trail: Sequence[TrailPoint]) -> int:
    """Every cell that the path may have passed, and perhaps a neighbour: never one too few."""
    feet = [foot(point.box) for point in trail]
    mask = 0
    for start, end in pairwise(feet) if len(feet) > 1 else [(feet[0], feet[0])]:
        mask |= rectangle_cells(start, end)
    return signed(mask)


def rectangle_cells(one: Point, other: Point) -> int:
    """The cells of the rectangle between two corners, as an unsigned mask."""
    columns = range(_cell(min(one.x, other.x)), _cell(max(one.x, other.x)) + 1)
    rows = range(_cell(min(one.y, other.y)), _cell(max(one.y, other.y)) + 1)
    return sum(1 << row * GRID + column for row in rows for column in columns)


def signed(mask: int) -> int:
    """As SQLite keeps 64 bits."""
    return mask - (1 << 64) if mask >> 63 else mask


def _cell(place: float) -> int:
    return min(GRID - 1, max(0, int(place * GRID)))
