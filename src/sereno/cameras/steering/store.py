"""The lock of each camera that somebody steers; it outlives a restart of control, so that its end is audited."""

from datetime import datetime

from sqlalchemy import Column, Connection, ForeignKey, String, Table, delete, insert, select

from sereno.access.model import Role
from sereno.cameras.steering.model import PtzLock
from sereno.core.ids import CameraId, PersonId
from sereno.runtime.database import centre_metadata

lock_rows = Table(
    "ptz_locks",
    centre_metadata,
    Column("camera_id", String(26), ForeignKey("cameras.id"), primary_key=True),
    Column("person_id", String(64), nullable=False),
    Column("holder", String(200), nullable=False, comment="Name of the person, as shown."),
    Column("role", String(32), nullable=False, comment="Decides who may take the camera over."),
    Column("since", String(32), nullable=False, comment="ISO 8601, UTC."),
)


def put_lock(connection: Connection, lock: PtzLock) -> None:
    drop_lock(connection, lock.camera_id)
    row = {
        "camera_id": lock.camera_id,
        "person_id": lock.person_id,
        "holder": lock.holder,
        "role": lock.role.value,
        "since": lock.since.isoformat(),
    }
    connection.execute(insert(lock_rows), row)


def drop_lock(connection: Connection, camera_id: CameraId) -> None:
    connection.execute(delete(lock_rows).where(lock_rows.c.camera_id == camera_id))


def all_locks(connection: Connection) -> dict[CameraId, PtzLock]:
    return {
        CameraId(row.camera_id): PtzLock(
            camera_id=CameraId(row.camera_id),
            person_id=PersonId(row.person_id),
            holder=row.holder,
            role=Role(row.role),
            since=datetime.fromisoformat(row.since),
        )
        for row in connection.execute(select(lock_rows))
    }
