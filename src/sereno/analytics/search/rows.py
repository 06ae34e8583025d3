"""Rows of a day's file as the observations that they were."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from sereno.analytics.days.schema import details, instant_of, tracks
from sereno.analytics.days.signature import description_of, kind_of
from sereno.analytics.days.trails import unpacked
from sereno.analytics.days.writer import read_ground, read_plate
from sereno.analytics.model import Observation
from sereno.analytics.search.cursor import Place
from sereno.core.ids import CameraId, ObservationId

_ROWS = select(
    *(tracks.c[name] for name in ("key", "id", "camera", "look", "stay_ms", "plate")),
    details.c.best_score,
    details.c.plate.label("plate_read"),
    details.c.ground,
    details.c.trail,
).select_from(tracks.join(details, details.c.key == tracks.c.key))


def observations_of(
    connection: Connection, keys: Sequence[int], cameras: Mapping[int, CameraId]
) -> Iterator[tuple[Place, Observation]]:
    """Newest first."""
    rows = connection.execute(_ROWS.where(tracks.c.key.in_(keys)).order_by(tracks.c.key.desc()))
    for row in rows:
        yield Place(row.key, ObservationId(row.id)), _observation(row, cameras)


def find_observation(
    connection: Connection, observation_id: ObservationId, cameras: Mapping[int, CameraId]
) -> Observation | None:
    row = connection.execute(_ROWS.where(tracks.c.id == observation_id)).one_or_none()
    return None if row is None else _observation(row, cameras)


def _observation(row: Row[*tuple[Any, ...]], cameras: Mapping[int, CameraId]) -> Observation:
    first_at = instant_of(row.key)
    return Observation(
        id=ObservationId(row.id),
        camera_id=cameras[row.camera],
        kind=kind_of(row.look),
        first_at=first_at,
        last_at=first_at + timedelta(milliseconds=row.stay_ms),
        best_score=row.best_score,
        trail=unpacked(row.trail, first_at),
        plate=None if row.plate is None else read_plate(row.plate, row.plate_read),
        description=description_of(row.look),
        ground=None if row.ground is None else read_ground(row.ground),
        closed=True,
    )
