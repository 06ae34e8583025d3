"""A question as SQL over one day's file: which index to read along is decided by what the file says of itself.

The statements give keys, newest first; ``engine`` fetches the rows that a page needs. Building them is pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, null, or_, select

from sereno.analytics.days.schema import LONG_STAY, plate_pairs, tracks
from sereno.analytics.search.matching import arcs, asks_speed
from sereno.analytics.search.model import Query
from sereno.analytics.search.paths import line_cells, zone_cells
from sereno.analytics.search.plate_pattern import PlatePattern

SCANNED = 0.4
LOOKED_UP = 1.2
COVERED = 0.5
"""Microseconds a row: read in order of time, found by an index and then read, read in an index alone."""
_RESTRICTED = 0.2
"""Share of rows that is taken to pass a condition that no count is kept of."""
_MS = timedelta(milliseconds=1)


class Way(StrEnum):
    """Along which index a day is read."""

    TIME = "time"
    LOOK = "look"
    CAMERA = "camera"
    SPEED = "speed"
    STAY = "stay"
    PLATE = "plate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A query as every day's file gets it. ``cells`` is None without a drawing."""

    query: Query
    pattern: PlatePattern | None
    cells: int | None

    @classmethod
    def of(cls, query: Query, pattern: PlatePattern | None) -> "Asked":
        cells: int | None = None
        if query.zone is not None:
            cells = zone_cells(query.zone.zone)
        if query.line is not None:
            cells = line_cells(query.line.line)
        return cls(query=query, pattern=pattern, cells=cells)

    @property
    def restricted(self) -> bool:
        query = self.query
        return bool(
            self.cells is not None
            or self.pattern
            or asks_speed(query)
            or query.heading
            or query.stay_most_s is not None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPlan:
    """What of a day can answer: numbers of its cameras and looks, None where all do; ``share`` of the day that is
    asked about; how many rows the whole day, those cameras and those looks have."""

    cameras: tuple[int, ...] | None
    looks: tuple[int, ...] | None
    share: float
    rows: int
    of_cameras: int
    of_looks: int

    @property
    def empty(self) -> bool:
        return self.cameras == () or self.looks == () or self.rows == 0


def way_of(plan: DayPlan, asked: Asked, wanted: int) -> Way:
    """The cheapest by what it must read until ``wanted`` rows are found."""
    if asked.pattern is not None and asked.pattern.pairs:
        return Way.PLATE
    rows = plan.rows * plan.share
    of_cameras, of_looks = plan.of_cameras / plan.rows, plan.of_looks / plan.rows
    rest = _RESTRICTED if asked.restricted else 1.0
    hits = max(rows * of_cameras * of_looks * rest, 1e-9)
    part = min(1.0, wanted / hits)
    costs = {Way.TIME: rows * part * SCANNED}
    if plan.looks is not None:
        costs[Way.LOOK] = rows * of_looks * LOOKED_UP
    if plan.cameras is not None:
        costs[Way.CAMERA] = rows * of_cameras * COVERED * (part if len(plan.cameras) == 1 else 1.0)
    query = asked.query
    if query.stay_least_s is not None and timedelta(seconds=query.stay_least_s) >= LONG_STAY:
        costs[Way.STAY] = rows * 0.02 * LOOKED_UP
    if query.speed_least_mps is not None and query.speed_least_mps >= 15:
        costs[Way.SPEED] = rows * 0.05 * LOOKED_UP
    return min(costs, key=lambda way: costs[way])


def keys_statement(
    plan: DayPlan, asked: Asked, way: Way, part: ColumnElement[bool], limit: int
) -> Select[int, str | None]:
    """Key and, where one is sought, plate of the newest ``limit`` rows in ``part``, a condition on time."""
    plate = tracks.c.plate if asked.pattern is not None else null().label("plate")
    conditions = [part, *_conditions(plan, asked)]
    if way is Way.PLATE and asked.pattern is not None:
        first, *others = asked.pattern.pairs[:4]
        found = select(plate_pairs.c.key).where(plate_pairs.c.pair == first)
        for other in others:
            found = found.where(
                plate_pairs.c.key.in_(select(plate_pairs.c.key).where(plate_pairs.c.pair == other)),
            )
        statement = select(tracks.c.key, plate).where(tracks.c.key.in_(found), *conditions)
    else:
        hint = "NOT INDEXED" if way is Way.TIME else f"INDEXED BY tracks_by_{way}"
        statement = select(tracks.c.key, plate).with_hint(tracks, hint, "sqlite").where(*conditions)
    return statement.order_by(tracks.c.key.desc()).limit(limit)


def between(low: int, high: int) -> ColumnElement[bool]:
    """Keys from ``low`` to below ``high``."""
    return and_(tracks.c.key >= low, tracks.c.key < high)


def long_before(low: int, high: int, began_keys: Sequence[tuple[int, int]]) -> ColumnElement[bool]:
    """Long stays with keys from ``low`` to below ``high`` that lasted into one of the spans: each is the first key of
    the span and its first millisecond, both as keys count them."""
    lasted = [
        and_(tracks.c.key < key, tracks.c.key / (1 << 22) + tracks.c.stay_ms >= began_ms)
        for key, began_ms in began_keys
    ]
    return and_(between(low, high), tracks.c.stay_ms >= LONG_STAY // _MS, or_(*lasted))


def _conditions(plan: DayPlan, asked: Asked) -> list[ColumnElement[bool]]:
    t, query = tracks.c, asked.query
    found: list[ColumnElement[bool]] = []
    if plan.cameras is not None:
        found.append(t.camera.in_(plan.cameras) if len(plan.cameras) != 1 else t.camera == plan.cameras[0])
    if plan.looks is not None:
        found.append(t.look.in_(plan.looks))
    if asked.cells is not None:
        found.append(t.cells.bitwise_and(asked.cells) != 0)
    if query.stay_least_s is not None:
        found.append(t.stay_ms >= int(query.stay_least_s * 1000))
    if query.stay_most_s is not None and query.zone is None:
        found.append(t.stay_ms <= int(query.stay_most_s * 1000))
    if asked.pattern is not None:
        found.append(t.plate.is_not(None))
    if query.speed_least_mps is not None:
        found.append(t.speed_mps >= query.speed_least_mps)
    if query.speed_most_mps is not None:
        found.append(t.speed_mps <= query.speed_most_mps)
    if query.heading is not None:
        found.append(or_(*(t.heading.between(low, high) for low, high in arcs(query.heading))))
    return found
