"""How each camera is as a device, and the devices process's own log."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from sqlalchemy import Boolean, Column, Connection, Float, ForeignKey, MetaData, String, Table, delete, insert, select

from sereno.cameras.devices.model import DeviceState
from sereno.core.facts import Fact
from sereno.core.ids import CameraId
from sereno.runtime.database import Database, centre_metadata
from sereno.runtime.fact_log import FactCodec, FactLog, fact_table

device_rows = Table(
    "camera_devices",
    centre_metadata,
    Column("camera_id", String(26), ForeignKey("cameras.id"), primary_key=True),
    Column("clock_offset_s", Float, nullable=True, comment="The camera's clock minus ours."),
    Column("clock_read_at", String(32), nullable=True, comment="ISO 8601, UTC."),
    Column("clock_wrong", Boolean, nullable=False, comment="Above the limit of the settings."),
    Column("reason", String(64), nullable=False, comment="A device fault; empty when it answered last time."),
    Column("message", String, nullable=False),
    Column("advice", String, nullable=False),
)

log_metadata = MetaData()
_facts = fact_table(log_metadata)


def devices_fact_log(types: Iterable[type[Fact]]) -> FactLog:
    """For the devices process itself and for who tails ``devices.db`` read-only."""
    return FactLog(_facts, FactCodec(types))


def open_log_database(path: Path) -> Database:
    """Made beside and renamed, so that who waits for the file never finds it without its table."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        part.unlink(missing_ok=True)
        database = Database(part)
        log_metadata.create_all(database.engine)
        database.close()  # the last connection takes the write-ahead log into the file
        part.rename(path)
    return Database(path)


def put_state(connection: Connection, camera_id: CameraId, state: DeviceState) -> None:
    connection.execute(delete(device_rows).where(device_rows.c.camera_id == camera_id))
    row = {
        "camera_id": camera_id,
        "clock_offset_s": state.clock_offset_s,
        "clock_read_at": None if state.clock_read_at is None else state.clock_read_at.isoformat(),
        "clock_wrong": state.clock_wrong,
        "reason": state.reason,
        "message": state.message,
        "advice": state.advice,
    }
    connection.execute(insert(device_rows), row)


def all_states(connection: Connection) -> dict[CameraId, DeviceState]:
    return {
        CameraId(row.camera_id): DeviceState(
            clock_offset_s=row.clock_offset_s,
            clock_read_at=None if row.clock_read_at is None else datetime.fromisoformat(row.clock_read_at),
            clock_wrong=row.clock_wrong,
            reason=row.reason,
            message=row.message,
            advice=row.advice,
        )
        for row in connection.execute(select(device_rows))
    }
