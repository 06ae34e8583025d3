"""The table of calibrations."""

from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Column, Connection, ForeignKey, Row, String, Table, delete, insert, select, update

from sereno.cameras.ground.model import Doubt, Drawing, Found, GroundRecord
from sereno.core.ids import CameraId
from sereno.maps.ground.plane import GroundPlane
from sereno.runtime.database import centre_metadata

ground_rows = Table(
    "camera_grounds",
    centre_metadata,
    Column("camera_id", String(26), ForeignKey("cameras.id"), primary_key=True),
    Column("drawing", String, nullable=False, comment="JSON: what was picked and given."),
    Column("plane", String, nullable=False, comment="JSON: picture to ground, with its covariance."),
    Column("found", String, nullable=False, comment="JSON: residuals, errors and what is drawn to check it by."),
    Column("saved_at", String(32), nullable=False, comment="ISO 8601, UTC."),
    Column("saved_by", String(120), nullable=False),
    Column("doubt", String(16), nullable=False, server_default="", comment="Why it may not hold; empty: it holds."),
    Column("doubtful_since", String(32), nullable=True, comment="ISO 8601, UTC."),
)

_DRAWING, _PLANE, _FOUND = TypeAdapter(Drawing), TypeAdapter(GroundPlane), TypeAdapter(Found)


def put_ground(connection: Connection, record: GroundRecord) -> None:
    drop_ground(connection, record.camera_id)
    row = {
        "camera_id": record.camera_id,
        "drawing": _DRAWING.dump_json(record.drawing).decode(),
        "plane": _PLANE.dump_json(record.plane).decode(),
        "found": _FOUND.dump_json(record.found).decode(),
        "saved_at": record.at.isoformat(),
        "saved_by": record.by,
        "doubt": record.doubt.value,
        "doubtful_since": record.doubtful_since.isoformat() if record.doubtful_since else None,
    }
    connection.execute(insert(ground_rows), row)


def drop_ground(connection: Connection, camera_id: CameraId) -> bool:
    """Whether there was one."""
    return bool(connection.execute(delete(ground_rows).where(ground_rows.c.camera_id == camera_id)).rowcount)


def find_ground(connection: Connection, camera_id: CameraId) -> GroundRecord | None:
    row = connection.execute(select(ground_rows).where(ground_rows.c.camera_id == camera_id)).one_or_none()
    return None if row is None else _record(row)


def believed_planes(connection: Connection) -> dict[CameraId, GroundPlane]:
    """Of every camera whose calibration is not in doubt."""
    c = ground_rows.c
    rows = connection.execute(select(c.camera_id, c.plane).where(c.doubt == Doubt.NONE.value).order_by(c.camera_id))
    return {CameraId(row.camera_id): _PLANE.validate_json(row.plane) for row in rows}


def doubt_ground(connection: Connection, camera_id: CameraId, doubt: Doubt, since: datetime | None) -> None:
    values = {"doubt": doubt.value, "doubtful_since": since.isoformat() if since else None}
    connection.execute(update(ground_rows).where(ground_rows.c.camera_id == camera_id).values(values))


def _record(row: Row[Any]) -> GroundRecord:
    return GroundRecord(
        camera_id=CameraId(row.camera_id),
        drawing=_DRAWING.validate_json(row.drawing),
        plane=_PLANE.validate_json(row.plane),
        found=_FOUND.validate_json(row.found),
        at=datetime.fromisoformat(row.saved_at),
        by=row.saved_by,
        doubt=Doubt(row.doubt),
        doubtful_since=datetime.fromisoformat(row.doubtful_since) if row.doubtful_since else None,
    )
