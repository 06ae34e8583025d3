"""What the media processes told of each camera, kept as long as a day may still be judged from it."""

from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import Column, Connection, Float, Index, String, Table, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from sereno.analytics.events import ViewChecked
from sereno.cameras.events import StreamLost, StreamOpened
from sereno.core.ids import CameraId, FactId
from sereno.runtime.database import centre_metadata
from sereno.upkeep.gaps import StreamChange
from sereno.upkeep.judge import ClockReading
from sereno.upkeep.spans import Span

stream_rows = Table(
    "stream_changes",
    centre_metadata,
    Column("fact_id", String(26), primary_key=True),
    Column("camera_id", String(64), nullable=False),
    Column("at", String(32), nullable=False, comment="ISO 8601, UTC."),
    Column("reason", String(64), nullable=False, comment="A stream fault; empty: it runs."),
    Index("stream_changes_by_time", "camera_id", "at"),
)
view_rows = Table(
    "view_checks",
    centre_metadata,
    Column("fact_id", String(26), primary_key=True),
    Column("camera_id", String(64), nullable=False),
    Column("at", String(32), nullable=False, comment="ISO 8601, UTC."),
    Column("body", String, nullable=False, comment="The analyst's fact."),
    Index("view_checks_by_time", "camera_id", "at"),
)
clock_rows = Table(
    "clock_readings",
    centre_metadata,
    Column("fact_id", String(26), primary_key=True),
    Column("camera_id", String(64), nullable=False),
    Column("at", String(32), nullable=False, comment="ISO 8601, UTC."),
    Column("offset_s", Float, nullable=False, comment="The camera's clock minus ours."),
    Index("clock_readings_by_time", "camera_id", "at"),
)
_VIEW = TypeAdapter(ViewChecked)


def keep_stream(connection: Connection, fact: StreamOpened | StreamLost) -> None:
    """A second time it changes nothing; as do the others."""
    reason = fact.reason if isinstance(fact, StreamLost) else ""
    row = {"fact_id": fact.id, "camera_id": fact.camera_id, "at": fact.at.isoformat(), "reason": reason}
    connection.execute(insert(stream_rows).values(row).on_conflict_do_nothing())


def keep_view(connection: Connection, fact: ViewChecked) -> None:
    row = {
        "fact_id": fact.id,
        "camera_id": fact.camera_id,
        "at": fact.at.isoformat(),
        "body": _VIEW.dump_json(fact).decode(),
    }
    connection.execute(insert(view_rows).values(row).on_conflict_do_nothing())


def keep_clock(connection: Connection, fact_id: FactId, camera_id: CameraId, reading: ClockReading) -> None:
    row = {
        "fact_id": fact_id,
        "camera_id": camera_id,
        "at": reading.at.isoformat(),
        "offset_s": reading.offset_s,
    }
    connection.execute(insert(clock_rows).values(row).on_conflict_do_nothing())


def streams_in(connection: Connection, camera_id: CameraId, span: Span) -> list[StreamChange]:
    """In order, from the last one before the span on."""
    s = stream_rows.c
    query = select(s.at, s.reason).where(s.camera_id == camera_id, s.at < span.ended.isoformat())
    before = query.where(s.at < span.began.isoformat()).order_by(s.at.desc()).limit(1)
    within = query.where(s.at >= span.began.isoformat()).order_by(s.at)
    rows = [*connection.execute(before), *connection.execute(within)]
    return [StreamChange(datetime.fromisoformat(at), reason) for at, reason in rows]


def views_in(connection: Connection, camera_id: CameraId, span: Span) -> list[ViewChecked]:
    v = view_rows.c
    query = select(v.body).where(
        v.camera_id == camera_id, v.at > span.began.isoformat(), v.at <= span.ended.isoformat()
    )
    return [_VIEW.validate_json(body) for body in connection.execute(query.order_by(v.at)).scalars()]


def clocks_in(connection: Connection, camera_id: CameraId, span: Span) -> list[ClockReading]:
    c = clock_rows.c
    query = select(c.at, c.offset_s).where(c.camera_id == camera_id)
    query = query.where(c.at >= span.began.isoformat(), c.at < span.ended.isoformat()).order_by(c.at)
    return [ClockReading(datetime.fromisoformat(at), offset_s) for at, offset_s in connection.execute(query)]


def forget_before(connection: Connection, before: datetime) -> None:
    """The days that were judged from these keep what they told. How a stream is since long ago is not forgotten."""
    for table in (view_rows, clock_rows):
        connection.execute(delete(table).where(table.c.at < before.isoformat()))
    s = stream_rows.c
    newest = select(func.max(s.fact_id)).group_by(s.camera_id)
    connection.execute(delete(stream_rows).where(s.at < before.isoformat(), s.fact_id.not_in(newest)))
