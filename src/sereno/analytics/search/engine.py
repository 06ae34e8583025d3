"""Answers a query over all days, newest first, and stops as soon as the page is full or time is up.

Each day's file gives keys along the index that its figures make cheapest; rows and trails are fetched for these only,
and what no index knows (the drawn zone, the plate's signs) is tried on them. What goes on now, and what is not settled
into its day yet, is asked by the same rules in memory.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from heapq import merge
from itertools import chain

from sqlalchemy import ColumnElement, Connection

from sereno.analytics.days import schema
from sereno.analytics.days.signature import description_of, kind_of
from sereno.analytics.model import Observation
from sereno.analytics.search import statements
from sereno.analytics.search.cursor import Place
from sereno.analytics.search.matching import fits, fits_look
from sereno.analytics.search.model import DayFault, Found
from sereno.analytics.search.rows import Path, WholePath, kept_rows
from sereno.analytics.search.shelf import DayFigures, DayFile, DayUnreadableError, Shelf, TimeUpError
from sereno.analytics.search.spans import Span
from sereno.analytics.search.statements import Asked, DayPlan
from sereno.core.ids import CameraId, ObservationId

LONGEST_STAY = timedelta(days=7)
"""Who came earlier and is still there is not found by a window of time."""
_FEWEST_KEYS = 64
_MOST_KEYS = 1024
_DAY = timedelta(days=1)

Now = Callable[[], Sequence[Observation]]
"""What is open, or not settled yet."""


@dataclass(slots=True)
class Hunt:
    """One search on its way. ``cameras`` None: all; ``after``: only what comes later in the answer."""

    asked: Asked
    spans: Sequence[Span]
    cameras: frozenset[CameraId]
    after: Place | None
    wanted: int
    over: Callable[[], bool]
    faults: list[DayFault] = field(default_factory=list)
    timed_out: bool = False
    reached: datetime | None = None
    """The beginning of the last day that was looked through, once time is up."""


@dataclass(frozen=True, slots=True)
class Hit:
    place: Place
    seen: Observation
    found: Found


def hits(hunt: Hunt, shelf: Shelf, now: Sequence[Observation]) -> Iterator[Hit]:
    """Newest first, each once; ends early when time is up, which ``hunt`` then says."""
    told: set[ObservationId] = set()
    if not hunt.spans:
        return
    current = iter(sorted(_current(hunt, now), key=_order, reverse=True))
    try:
        for hit in merge(current, _settled(hunt, shelf), key=_order, reverse=True):
            if hit.seen.id not in told:
                told.add(hit.seen.id)
                yield hit
    except TimeUpError:
        hunt.timed_out = True


def ranges_of(hunt_spans: Sequence[Span], day: date) -> list[tuple[int, int]]:
    """Keys of the day that can belong to a span, newest first; each span reaches back by ``LONG_STAY``."""
    low, high = _day_keys(day)
    found: list[tuple[int, int]] = []
    for span in hunt_spans:
        began = max(low, schema.key_at(span.began - schema.LONG_STAY))
        ended = min(high, schema.key_at(span.ended))
        if began >= ended:
            continue
        if found and ended > found[-1][0]:
            found[-1] = (min(began, found[-1][0]), found[-1][1])
        else:
            found.append((began, ended))
    return found


def _settled(hunt: Hunt, shelf: Shelf) -> Iterator[Hit]:
    for day, files in shelf.days():
        if hunt.after is not None and schema.key_at(_midnight(day)) > hunt.after.key:
            continue
        yield from merge(*(_safely(hunt, file) for file in files), key=_order, reverse=True)
        hunt.reached = _midnight(day)
        if hunt.over():
            raise TimeUpError


def _safely(hunt: Hunt, file: DayFile) -> Iterator[Hit]:
    """A day that cannot be read says so, and the others go on."""
    try:
        with file.read(hunt.over) as connection:
            yield from _of_day(hunt, file, connection)
    except DayUnreadableError as error:
        hunt.faults.append(DayFault(day=error.day, code=error.code, message=error.message))


def _of_day(hunt: Hunt, file: DayFile, connection: Connection) -> Iterator[Hit]:
    ranges = ranges_of(hunt.spans, file.day)
    later = _spans_to_last_into(hunt.spans, file.day)
    if not ranges and not later:
        return
    figures = file.figures(connection)
    plan = day_plan(hunt, figures, ranges)
    if plan.empty:
        return
    reader = _DayReader(hunt, connection, figures, plan)
    short = chain.from_iterable(reader.hits(low, high, None) for low, high in ranges)
    if not later:
        yield from short
        return
    low, high = _day_keys(file.day)
    yield from merge(short, reader.hits(low, high, later), key=_order, reverse=True)


def day_plan(hunt: Hunt, figures: DayFigures, ranges: Sequence[tuple[int, int]]) -> DayPlan:
    numbers = tuple(number for number, camera_id in figures.cameras.items() if camera_id in hunt.cameras)
    looks = tuple(look for look in figures.of_look if fits_look(hunt.asked.query, kind_of(look), description_of(look)))
    low, high = schema.key_at(datetime(2020, 1, 1, tzinfo=UTC)), schema.key_at(datetime(2020, 1, 2, tzinfo=UTC))
    return DayPlan(
        cameras=None if len(numbers) == len(figures.cameras) else numbers,
        looks=None if len(looks) == len(figures.of_look) else looks,
        share=max(0.001, sum(ended - began for began, ended in ranges) / (high - low)),
        rows=figures.rows,
        of_cameras=sum(figures.of_camera[number] for number in numbers),
        of_looks=sum(figures.of_look[look] for look in looks),
    )


@dataclass(frozen=True, slots=True)
class _DayReader:
    hunt: Hunt
    connection: Connection
    figures: DayFigures
    plan: DayPlan

    def hits(self, low: int, high: int, lasting: Sequence[tuple[int, int]] | None) -> Iterator[Hit]:
        """Batch by batch; a later batch is larger, since what is rare comes after much that is not."""
        if self.hunt.after is not None:
            high = min(high, self.hunt.after.key + 1)
        limit = min(_MOST_KEYS, max(_FEWEST_KEYS, self.hunt.wanted + 1))
        way = statements.way_of(self.plan, self.hunt.asked, limit)
        if way is not statements.Way.TIME:
            limit = _MOST_KEYS  # what an index gave was sorted: to ask twice is to sort twice
        while low < high:
            part = self._part(low, high, lasting)
            pattern = self.hunt.asked.pattern
            rows = self.connection.execute(
                statements.keys_statement(self.plan, self.hunt.asked, way, part, limit)
            ).all()
            yield from self._fetched([row[0] for row in rows if pattern is None or pattern.fits(row[1] or "")])
            if len(rows) < limit:
                return
            high, limit = rows[-1][0], min(_MOST_KEYS, limit * 4)

    def _part(self, low: int, high: int, lasting: Sequence[tuple[int, int]] | None) -> ColumnElement[bool]:
        return statements.between(low, high) if lasting is None else statements.long_before(low, high, lasting)

    def _fetched(self, keys: Sequence[int]) -> Iterator[Hit]:
        """In small helpings: the page may be full after the first."""
        for start in range(0, len(keys), _FEWEST_KEYS):
            if self.hunt.over():
                raise TimeUpError
            helping = keys[start : start + _FEWEST_KEYS]
            for kept in kept_rows(self.connection, helping, self.figures.cameras):
                hit = hit_of(self.hunt, kept.place, kept.seen, kept.trail)
                if hit is not None:
                    yield hit


def hit_of(hunt: Hunt, place: Place, seen: Observation, trail: Path) -> Hit | None:
    """None when it does not answer after all, or stands before the page. ``seen`` needs no trail of its own."""
    asked = hunt.asked
    if hunt.after is not None and place >= hunt.after:
        return None
    if seen.camera_id not in hunt.cameras or not fits(asked.query, seen, hunt.spans, asked.pattern):
        return None
    shown = trail.moment(asked.query)
    if shown is None:
        return None
    exact = None
    if asked.pattern is not None and seen.plate is not None:
        exact = asked.pattern.fits_exactly(seen.plate.text)
    found = Found(
        id=seen.id,
        camera_id=seen.camera_id,
        kind=seen.kind,
        first_at=seen.first_at,
        last_at=seen.last_at,
        at=shown.at,
        box=shown.box,
        best_score=seen.best_score,
        plate=seen.plate,
        plate_exact=exact,
        description=seen.description,
        ground=seen.ground,
        closed=seen.closed,
        portrait=False,
    )
    return Hit(place, seen, found)


def _current(hunt: Hunt, now: Sequence[Observation]) -> Iterator[Hit]:
    for seen in now:
        hit = hit_of(hunt, Place(schema.key_of(seen.id, seen.first_at), seen.id), seen, WholePath(seen.trail))
        if hit is not None:
            yield hit


def _spans_to_last_into(spans: Sequence[Span], day: date) -> list[tuple[int, int]]:
    """Spans that begin so that a long stay of this day may last into them, but no range of its keys covers it."""
    began, ended = _midnight(day), _midnight(day) + _DAY
    return [
        (schema.key_at(span.began - schema.LONG_STAY), schema.key_at(span.began) >> 22)
        for span in spans
        if began < span.began - schema.LONG_STAY and span.began < ended + LONGEST_STAY
    ]


def _order(hit: Hit) -> Place:
    return hit.place


def _midnight(day: date) -> datetime:
    return datetime.combine(day, clock_time(), UTC)


def _day_keys(day: date) -> tuple[int, int]:
    return schema.key_at(_midnight(day)), schema.key_at(_midnight(day) + _DAY)
