"""Tables of the daily proof: what it is judged from, the judged days with their versions, planned work and tickets."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Date,
    Float,
    Index,
    Integer,
    Select,
    String,
    Table,
    and_,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert

from sereno.core.ids import CameraId
from sereno.runtime.database import centre_metadata
from sereno.upkeep.model import (
    CameraDay,
    DayMark,
    Item,
    PlannedWork,
    ReferenceRecord,
    Ticket,
    TicketState,
    Verdict,
    WorkId,
)
from sereno.upkeep.spans import Span

_ISO = "ISO 8601, UTC."
day_rows = Table(
    "camera_days",
    centre_metadata,
    Column("camera_id", String(64), primary_key=True),
    Column("day", Date, primary_key=True, comment="The site's local day."),
    Column("version", Integer, primary_key=True, comment="1, 2, … the last one holds."),
    Column("final", Boolean, nullable=False, comment="The day is over: this version does not change any more."),
    Column("verdict", String(16), nullable=False),
    Column("failed", String, nullable=False, comment="Items not met, with commas."),
    Column("expected_s", Float, nullable=False, comment="Time in service, without planned work."),
    Column("recorded_s", Float, nullable=False),
    Column("judged_at", String(32), nullable=False, comment=_ISO),
    Column("body", String, nullable=False, comment="The whole day as JSON."),
)
correction_rows = Table(
    "days_to_correct",
    centre_metadata,
    Column("camera_id", String(64), primary_key=True),
    Column("day", Date, primary_key=True, comment="Footage of it came later."),
)
term_rows = Table(
    "camera_terms",
    centre_metadata,
    Column("camera_id", String(64), primary_key=True),
    Column("began", String(32), primary_key=True, comment=f"In service from here on. {_ISO}"),
    Column("ended", String(32), nullable=True, comment="Null: still in service."),
)
planned_rows = Table(
    "planned_works",
    centre_metadata,
    Column("id", String(26), primary_key=True),
    Column("camera_id", String(64), nullable=False, index=True),
    Column("body", String, nullable=False, comment="The whole declaration as JSON."),
)
reference_rows = Table(
    "view_references",
    centre_metadata,
    Column("id", String(26), primary_key=True),
    Column("camera_id", String(64), nullable=False, index=True),
    Column("body", String, nullable=False, comment="Who asked for it, why, and when it was taken; as JSON."),
)
ticket_rows = Table(
    "upkeep_tickets",
    centre_metadata,
    Column("id", String(26), primary_key=True),
    Column("camera_id", String(64), nullable=False),
    Column("item", String(16), nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("last_fact", String(26), nullable=False, comment="The fact that told its present state."),
    Column("body", String, nullable=False, comment="The whole ticket as JSON."),
    Index("upkeep_tickets_by_fault", "camera_id", "item"),
)

_DAY = TypeAdapter(CameraDay)
_WORK = TypeAdapter(PlannedWork)
_TICKET = TypeAdapter(Ticket)
_REFERENCE = TypeAdapter(ReferenceRecord)


def put_day(connection: Connection, day: CameraDay) -> None:
    """Writes this version; an unfinished one is overwritten."""
    failed = ",".join(f.item.value for f in day.findings if f.verdict is Verdict.NOT_MET)
    values = {
        "camera_id": day.camera_id,
        "day": day.day,
        "version": day.version,
        "final": day.final,
        "verdict": day.verdict.value,
        "failed": failed,
        "expected_s": day.expected_s,
        "recorded_s": day.recorded_s,
        "judged_at": day.judged_at.isoformat(),
        "body": _DAY.dump_json(day).decode(),
    }
    keys = ["camera_id", "day", "version"]
    connection.execute(
        insert(day_rows).values(values).on_conflict_do_update(index_elements=keys, set_=values, where=~day_rows.c.final)
    )


def day_versions(connection: Connection, camera_id: str, day: date) -> list[CameraDay]:
    """Oldest first; the last one holds."""
    d = day_rows.c
    query = select(d.body).where(d.camera_id == camera_id, d.day == day).order_by(d.version)
    return [_DAY.validate_json(body) for body in connection.execute(query).scalars()]


def days_between(connection: Connection, first: date, last: date) -> list[CameraDay]:
    """The versions that hold, of every camera, both days included."""
    query = _newest(select(day_rows.c.body), first, last).order_by(day_rows.c.camera_id, day_rows.c.day)
    return [_DAY.validate_json(body) for body in connection.execute(query).scalars()]


def marks_between(connection: Connection, first: date, last: date) -> list[DayMark]:
    d = day_rows.c
    columns = select(d.camera_id, d.day, d.version, d.final, d.verdict, d.failed, d.expected_s, d.recorded_s)
    return [
        DayMark(
            camera_id=CameraId(row.camera_id),
            day=row.day,
            version=row.version,
            final=row.final,
            verdict=Verdict(row.verdict),
            availability=round(row.recorded_s / row.expected_s, 5) if row.expected_s >= 1 else None,
            failed=tuple(Item(item) for item in row.failed.split(",") if item),
        )
        for row in connection.execute(_newest(columns, first, last).order_by(d.camera_id, d.day))
    ]


def _newest(query: Select[Any], first: date, last: date) -> Select[Any]:
    """Only the versions that hold."""
    held = (
        select(day_rows.c.camera_id, day_rows.c.day, func.max(day_rows.c.version).label("version"))
        .where(day_rows.c.day >= first, day_rows.c.day <= last)
        .group_by(day_rows.c.camera_id, day_rows.c.day)
        .subquery()
    )
    d = day_rows.c
    joined = and_(d.camera_id == held.c.camera_id, d.day == held.c.day, d.version == held.c.version)
    return query.select_from(day_rows.join(held, joined))


def last_final_day(connection: Connection, camera_id: CameraId) -> date | None:
    d = day_rows.c
    return connection.execute(select(func.max(d.day)).where(d.camera_id == camera_id, d.final)).scalar()


def floor_share(connection: Connection, camera_id: CameraId, first: date, before: date) -> float | None:
    """Recorded share of the final days from ``first`` up to but not ``before``; None without any."""
    d = day_rows.c
    query = select(d.day, d.expected_s, d.recorded_s).where(d.camera_id == camera_id, d.final)
    rows = connection.execute(query.where(d.day >= first, d.day < before).order_by(d.day, d.version))
    held = {row.day: row for row in rows}
    expected_s = sum(row.expected_s for row in held.values())
    return sum(row.recorded_s for row in held.values()) / expected_s if expected_s >= 1 else None


def mark_for_correction(connection: Connection, camera_id: CameraId, day: date) -> None:
    row = {"camera_id": camera_id, "day": day}
    connection.execute(insert(correction_rows).values(row).on_conflict_do_nothing())


def corrections(connection: Connection) -> list[tuple[CameraId, date]]:
    return [(CameraId(row.camera_id), row.day) for row in connection.execute(select(correction_rows))]


def drop_correction(connection: Connection, camera_id: CameraId, day: date) -> None:
    c = correction_rows.c
    connection.execute(delete(correction_rows).where(c.camera_id == camera_id, c.day == day))


def forget_days(connection: Connection, before: date) -> None:
    connection.execute(delete(day_rows).where(day_rows.c.day < before))


def open_terms(connection: Connection) -> set[CameraId]:
    """The cameras that were in service at the last round."""
    t = term_rows.c
    return {CameraId(id_) for id_ in connection.execute(select(t.camera_id).where(t.ended.is_(None))).scalars()}


def sync_terms(connection: Connection, in_service: Sequence[tuple[CameraId, datetime]], at: datetime) -> None:
    """Begin a term for each camera that is in service and has none; end the terms of the others."""
    t = term_rows.c
    open_now = open_terms(connection)
    for camera_id, since in in_service:
        if camera_id not in open_now:
            known = connection.execute(select(func.count()).where(t.camera_id == camera_id)).scalar_one()
            began = at if known else min(since, at)
            connection.execute(insert(term_rows).values(camera_id=camera_id, began=began.isoformat()))
    for gone in open_now - {camera_id for camera_id, _ in in_service}:
        ended = update(term_rows).where(t.camera_id == gone, t.ended.is_(None)).values(ended=at.isoformat())
        connection.execute(ended)


def terms_of(connection: Connection, camera_id: CameraId, until: datetime) -> list[Span]:
    t = term_rows.c
    rows = connection.execute(select(t.began, t.ended).where(t.camera_id == camera_id).order_by(t.began))
    return [Span(datetime.fromisoformat(b), datetime.fromisoformat(e) if e else until) for b, e in rows]


def put_work(connection: Connection, work: PlannedWork) -> None:
    values = {"id": work.id, "camera_id": work.camera_id, "body": _WORK.dump_json(work).decode()}
    connection.execute(insert(planned_rows).values(values).on_conflict_do_update(index_elements=["id"], set_=values))


def find_work(connection: Connection, work_id: WorkId) -> PlannedWork | None:
    body = connection.execute(select(planned_rows.c.body).where(planned_rows.c.id == work_id)).scalar_one_or_none()
    return None if body is None else _WORK.validate_json(body)


def works_of(connection: Connection, camera_id: CameraId | None = None) -> list[PlannedWork]:
    """Newest first, cancelled ones too."""
    query = select(planned_rows.c.body).order_by(planned_rows.c.id.desc())
    if camera_id is not None:
        query = query.where(planned_rows.c.camera_id == camera_id)
    return [_WORK.validate_json(body) for body in connection.execute(query).scalars()]


def put_reference(connection: Connection, number: str, record: ReferenceRecord) -> None:
    values = {"id": number, "camera_id": record.camera_id, "body": _REFERENCE.dump_json(record).decode()}
    connection.execute(insert(reference_rows).values(values).on_conflict_do_update(index_elements=["id"], set_=values))


def references_of(connection: Connection, camera_id: CameraId | None = None) -> list[tuple[str, ReferenceRecord]]:
    """Newest first, with their ids."""
    r = reference_rows.c
    query = select(r.id, r.body).order_by(r.id.desc())
    if camera_id is not None:
        query = query.where(r.camera_id == camera_id)
    return [(id_, _REFERENCE.validate_json(body)) for id_, body in connection.execute(query)]


def put_ticket(connection: Connection, ticket: Ticket, fact_id: str) -> None:
    values = {
        "id": ticket.id,
        "camera_id": ticket.camera_id,
        "item": ticket.item.value,
        "state": ticket.state.value,
        "last_fact": fact_id,
        "body": _TICKET.dump_json(ticket).decode(),
    }
    connection.execute(insert(ticket_rows).values(values).on_conflict_do_update(index_elements=["id"], set_=values))


def find_ticket(connection: Connection, ticket_id: str) -> tuple[Ticket, str] | None:
    """With the fact that told its present state."""
    t = ticket_rows.c
    row = connection.execute(select(t.body, t.last_fact).where(t.id == ticket_id)).one_or_none()
    return None if row is None else (_TICKET.validate_json(row.body), row.last_fact)


def newest_tickets(connection: Connection, camera_id: CameraId) -> dict[Item, tuple[Ticket, str]]:
    """The newest of each item."""
    t = ticket_rows.c
    rows = connection.execute(select(t.item, t.body, t.last_fact).where(t.camera_id == camera_id).order_by(t.id))
    return {Item(row.item): (_TICKET.validate_json(row.body), row.last_fact) for row in rows}


def tickets(connection: Connection, *, open_only: bool, limit: int) -> list[Ticket]:
    """Newest first."""
    t = ticket_rows.c
    query = select(t.body).order_by(t.id.desc()).limit(limit)
    if open_only:
        query = query.where(t.state != TicketState.DONE.value)
    return [_TICKET.validate_json(body) for body in connection.execute(query).scalars()]
