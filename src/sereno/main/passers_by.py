"""The boxes of people whom a camera saw, for learning its ground; read from the observations that control keeps."""

from collections.abc import Callable, Sequence
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import select

from sereno.alerts.store import observation_rows
from sereno.analytics.model import ObjectKind, Observation
from sereno.core.geometry import Box
from sereno.core.ids import CameraId
from sereno.runtime.database import Database

MOST_PERSONS = 300
_OBSERVATION = TypeAdapter(Observation)


def passers_by(database: Database) -> Callable[[CameraId, datetime], Sequence[Sequence[Box]]]:
    """For each person that a camera saw since an instant, newest first, the boxes of their trail."""

    def since(camera_id: CameraId, began: datetime) -> Sequence[Sequence[Box]]:
        c = observation_rows.c
        query = (
            select(c.body)
            .where(c.camera_id == camera_id, c.first_at >= began.isoformat(), c.kind == ObjectKind.PERSON.value)
            .order_by(c.first_at.desc())
            .limit(MOST_PERSONS)
        )
        with database.read() as connection:
            bodies = connection.execute(query).scalars().all()
        return [[point.box for point in _OBSERVATION.validate_json(body).trail] for body in bodies]

    return since
