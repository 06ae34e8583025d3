"""Best crops, in a file a day beside the observations' own: big, written once, read one at a time.

The day is that of the observation's id, so that a crop is found by the id alone.
"""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from pydantic import TypeAdapter
from sqlalchemy import Column, Connection, LargeBinary, MetaData, String, Table, select
from sqlalchemy.dialects.sqlite import insert

from sereno.analytics.appearance.portrait import Portrait
from sereno.analytics.days.schema import day_of, portraits_path
from sereno.core.geometry import Box
from sereno.core.ids import CameraId, ObservationId, made_at
from sereno.runtime.database import Database

_metadata = MetaData()
_portraits = Table(
    "portraits",
    _metadata,
    Column("id", String(26), primary_key=True, comment="The observation's."),
    Column("camera_id", String(64), nullable=False),
    Column("at", String(32), nullable=False, comment="The frame's instant; ISO 8601, UTC."),
    Column("box", String, nullable=False, comment="JSON: what was cut, in fractions of the picture."),
    Column("jpeg", LargeBinary, nullable=False),
    Column("plate_jpeg", LargeBinary, nullable=True),
)
_BOX = TypeAdapter(Box)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPortrait:
    camera_id: CameraId
    at: datetime
    box: Box
    jpeg: bytes
    plate_jpeg: bytes | None


def portrait_day(observation_id: ObservationId) -> date:
    return day_of(made_at(observation_id))


def write_portraits(folder: Path, portraits: Sequence[Portrait]) -> None:
    """A later one of an observation replaces the earlier. Raises: AppError exhausted, unavailable."""
    by_day: dict[date, list[Portrait]] = defaultdict(list)
    for portrait in portraits:
        by_day[portrait_day(portrait.observation_id)].append(portrait)
    for day, rows in by_day.items():
        path = portraits_path(folder, day)
        is_new = not path.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(Database(path)) as database, database.write() as connection:
            if is_new:
                _metadata.create_all(connection)
            for values in map(_row, rows):
                connection.execute(
                    insert(_portraits).values(values).on_conflict_do_update(index_elements=["id"], set_=values)
                )


def find_portrait(connection: Connection, observation_id: ObservationId) -> KeptPortrait | None:
    row = connection.execute(select(_portraits).where(_portraits.c.id == observation_id)).one_or_none()
    if row is None:
        return None
    return KeptPortrait(
        camera_id=CameraId(row.camera_id),
        at=datetime.fromisoformat(row.at),
        box=_BOX.validate_json(row.box),
        jpeg=row.jpeg,
        plate_jpeg=row.plate_jpeg,
    )


def with_portrait(connection: Connection, ids: Sequence[ObservationId]) -> frozenset[ObservationId]:
    """Those of ``ids`` that have one in this file."""
    rows = connection.execute(select(_portraits.c.id).where(_portraits.c.id.in_(ids)))
    return frozenset(ObservationId(row.id) for row in rows)


def _row(portrait: Portrait) -> dict[str, object]:
    return {
        "id": portrait.observation_id,
        "camera_id": portrait.camera_id,
        "at": portrait.at.isoformat(),
        "box": _BOX.dump_json(portrait.box).decode(),
        "jpeg": portrait.jpeg,
        "plate_jpeg": portrait.plate_jpeg,
    }
