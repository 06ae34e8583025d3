"""Rows of a day's file as the observations that they were."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Connection, Row, select

from sereno.analytics.days.schema import details, instant_of, tracks
from sereno.analytics.days.signature import description_of, kind_of
from sereno.analytics.days.trails import largest_point, longest_stay_s, may_touch, unpacked
from sereno.analytics.days.writer import read_ground, read_plate
from sereno.analytics.model import Observation, TrailPoint
from sereno.analytics.search.cursor import Place
from sereno.analytics.search.matching import moment
from sereno.analytics.search.model import Query
from sereno.analytics.search.paths import Moment
from sereno.core.geometry import Point
from sereno.core.ids import CameraId, ObservationId

_ROWS = select(
    *(tracks.c[name] for name in ("key", "id", "camera", "look", "stay_ms", "plate")),
    details.c.best_score,
    details.c.plate.label("plate_read"),
    details.c.ground,
    details.c.trail,
).select_from(tracks.join(details, details.c.key == tracks.c.key))


class Path(Protocol):
    """A trail that is only taken apart when a drawing asks for its every point."""

    def moment(self, query: Query) -> Moment | None:
        """As ``matching.moment``."""
        ...


@dataclass(frozen=True, slots=True)
class WholePath:
    trail: tuple[TrailPoint, ...]

    def moment(self, query: Query) -> Moment | None:
        return moment(query, self.trail)


@dataclass(frozen=True, slots=True)
class PackedPath:
    body: bytes
    began: datetime

    def moment(self, query: Query) -> Moment | None:
        if query.zone is None and query.line is None:
            point = largest_point(self.body, self.began)
            return Moment(point.at, point.box)
        drawn = [each for each in (_corners_of(query)) if each]
        if not all(may_touch(self.body, corners) for corners in drawn):
            return None
        if query.zone is not None and query.stay_least_s is not None:
            longest_s = longest_stay_s(self.body, query.zone.zone.corners)
            if longest_s < query.stay_least_s:
                return None
        return moment(query, unpacked(self.body, self.began))


@dataclass(frozen=True, slots=True)
class KeptRow:
    """``seen`` comes without its trail, which is ``trail``."""

    place: Place
    seen: Observation
    trail: PackedPath


def kept_rows(connection: Connection, keys: Sequence[int], cameras: Mapping[int, CameraId]) -> Iterator[KeptRow]:
    """Newest first."""
    rows = connection.execute(_ROWS.where(tracks.c.key.in_(keys)).order_by(tracks.c.key.desc()))
    for row in rows:
        seen = _observation(row, cameras)
        yield KeptRow(Place(row.key, ObservationId(row.id)), seen, PackedPath(row.trail, seen.first_at))


def _corners_of(query: Query) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
    line = query.line.line if query.line is not None else None
    return (
        query.zone.zone.corners if query.zone is not None else (),
        () if line is None else (line.start, line.end),
    )


def find_observation(
    connection: Connection, observation_id: ObservationId, cameras: Mapping[int, CameraId]
) -> Observation | None:
    row = connection.execute(_ROWS.where(tracks.c.id == observation_id)).one_or_none()
    if row is None:
        return None
    seen = _observation(row, cameras)
    return replace(seen, trail=unpacked(row.trail, seen.first_at))


def _observation(row: Row[*tuple[Any, ...]], cameras: Mapping[int, CameraId]) -> Observation:
    first_at = instant_of(row.key)
    return Observation(
        id=ObservationId(row.id),
        camera_id=cameras[row.camera],
        kind=kind_of(row.look),
        first_at=first_at,
        last_at=first_at + timedelta(milliseconds=row.stay_ms),
        best_score=row.best_score,
        trail=(),
        plate=None if row.plate is None else read_plate(row.plate, row.plate_read),
        description=description_of(row.look),
        ground=None if row.ground is None else read_ground(row.ground),
        closed=True,
    )
