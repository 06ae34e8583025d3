"""Incidents and their timelines in the centre's database; every read is filtered by who asks."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Float,
    ForeignKey,
    Integer,
    Row,
    Select,
    String,
    Table,
    func,
    insert,
    or_,
    select,
    true,
    update,
)

from sereno.access.model import Access
from sereno.cameras.store import camera_rows
from sereno.core.geography import Position
from sereno.core.ids import AlertId, CameraId, FactId, IncidentId
from sereno.incidents.model import Channel, Incident, IncidentState, TimelineEntry
from sereno.runtime.database import centre_metadata

LATEST_ON_SCREEN = 200

incidents = Table(
    "incidents",
    centre_metadata,
    Column("id", String(26), primary_key=True),
    Column("year", Integer, nullable=False, comment="Calendar year in UTC, with sequence: what people call it by."),
    Column("sequence", Integer, nullable=False, comment="1, 2, 3 … within the year, without gaps."),
    Column("number", String(16), nullable=False, unique=True, comment="2026-000123."),
    Column("kind", String(64), nullable=False, comment="Code of the taxonomy."),
    Column("channel", String(32), nullable=False),
    Column("priority", Integer, nullable=False, comment="1 most urgent … 5 least."),
    Column("state", String(16), nullable=False, index=True),
    Column("lat", Float, nullable=False, comment="Degrees, WGS 84."),
    Column("lon", Float, nullable=False, comment="Degrees, WGS 84."),
    Column("address", String(200), nullable=False),
    Column("opened_at", String(32), nullable=False, comment="ISO 8601, UTC."),
    Column("opened_by_name", String(200), nullable=False),
    Column("camera_id", String(64), nullable=True, index=True, comment="Camera of the first alert."),
    Column(
        "camera_group", String(64), nullable=True, comment="That camera's group when it opened: who may see the case."
    ),
    Column("alert_ids", String, nullable=False, comment="JSON list, in the order of joining."),
    Column("closed_at", String(32), nullable=True, comment="ISO 8601, UTC."),
    Column("closing", String(32), nullable=False, comment="Closing code; empty while open."),
    Column("opened_fact_id", String(26), nullable=False, comment="IncidentOpened: the cause of what is sent."),
    Column("last_fact_id", String(26), nullable=False, comment="Latest fact that changed it: cause of the next."),
)

timeline = Table(
    "incident_timeline",
    centre_metadata,
    Column("number", Integer, primary_key=True, autoincrement=True, comment="Order of writing."),
    Column("incident_id", String(26), ForeignKey("incidents.id"), nullable=False, index=True),
    Column("at", String(32), nullable=False, comment="ISO 8601, UTC."),
    Column("kind", String(64), nullable=False, comment="Name of the fact or act, such as UnitAssigned or note."),
    Column("by_name", String(200), nullable=False),
    Column("text", String, nullable=False, comment="Only what a person wrote."),
    Column("refers_to", String(64), nullable=False, comment="Id of the alert, assignment, hold or export."),
    Column("caused_by", String(26), nullable=True, comment="Fact id."),
)


@dataclass(frozen=True, slots=True)
class StoredIncident:
    """An incident with the facts that stand behind it."""

    incident: Incident
    opened_fact_id: FactId
    last_fact_id: FactId


@dataclass(frozen=True, slots=True)
class IncidentNumber:
    year: int
    sequence: int

    def __str__(self) -> str:
        return f"{self.year}-{self.sequence:06d}"


def next_number(connection: Connection, at: datetime) -> IncidentNumber:
    """The writer holds the database's write lock, so that two incidents never get one number."""
    last = connection.execute(select(func.max(incidents.c.sequence)).where(incidents.c.year == at.year)).scalar()
    return IncidentNumber(at.year, (last or 0) + 1)


def add(connection: Connection, incident: Incident, number: IncidentNumber, fact: FactId) -> None:
    row = {
        "id": incident.id,
        "year": number.year,
        "sequence": number.sequence,
        "number": incident.number,
        "channel": incident.channel.value,
        "opened_at": incident.opened_at.isoformat(),
        "opened_by_name": incident.opened_by_name,
        "camera_id": incident.camera_id,
        "opened_fact_id": fact,
        "last_fact_id": fact,
        **_changing(incident),
    }
    connection.execute(insert(incidents), row)


def save(connection: Connection, incident: Incident, fact: FactId) -> None:
    connection.execute(
        update(incidents).where(incidents.c.id == incident.id), {**_changing(incident), "last_fact_id": fact}
    )


def _changing(incident: Incident) -> dict[str, str | int | float | None]:
    return {
        "kind": incident.kind,
        "priority": incident.priority,
        "state": incident.state.value,
        "lat": incident.position.lat,
        "lon": incident.position.lon,
        "address": incident.address,
        "alert_ids": json.dumps(incident.alert_ids),
        "closed_at": None if incident.closed_at is None else incident.closed_at.isoformat(),
        "closing": incident.closing,
    }


def find(connection: Connection, access: Access, incident_id: IncidentId) -> StoredIncident | None:
    """None when there is none or ``access`` may not see it: the two look the same from outside."""
    row = connection.execute(select(incidents).where(incidents.c.id == incident_id, _visible(access))).one_or_none()
    if row is None:
        return None
    return StoredIncident(_incident(row), FactId(row.opened_fact_id), FactId(row.last_fact_id))


def newest(connection: Connection, access: Access, state: IncidentState | None, limit: int) -> Sequence[Incident]:
    wanted = true() if state is None else incidents.c.state == state.value
    query = select(incidents).where(wanted, _visible(access)).order_by(incidents.c.id.desc()).limit(limit)
    return [_incident(row) for row in connection.execute(query)]


def unfinished(connection: Connection) -> Sequence[Incident]:
    """Every incident that still needs somebody, whoever may see it: for the centre itself."""
    query = select(incidents).where(incidents.c.state != IncidentState.CLOSED.value)
    return [_incident(row) for row in connection.execute(query)]


def on_screen(connection: Connection, access: Access) -> Sequence[Incident]:
    """For the snapshot: every incident that still needs somebody, and the last ones. Newest first."""
    query = select(incidents).where(incidents.c.id.in_(ids_on_screen(access))).order_by(incidents.c.id.desc())
    return [_incident(row) for row in connection.execute(query)]


def ids_on_screen(access: Access) -> Select[tuple[str]]:
    """The ids of ``on_screen``, to choose by them what belongs to those incidents."""
    latest = select(incidents.c.id).where(_visible(access)).order_by(incidents.c.id.desc()).limit(LATEST_ON_SCREEN)
    unfinished = incidents.c.state != IncidentState.CLOSED.value
    return select(incidents.c.id).where(_visible(access), or_(unfinished, incidents.c.id.in_(latest)))


def add_entry(connection: Connection, incident_id: IncidentId, entry: TimelineEntry) -> None:
    row = {
        "incident_id": incident_id,
        "at": entry.at.isoformat(),
        "kind": entry.kind,
        "by_name": entry.by_name,
        "text": entry.text,
        "refers_to": entry.refers_to,
        "caused_by": entry.caused_by,
    }
    connection.execute(insert(timeline), row)


def timeline_of(connection: Connection, incident_id: IncidentId) -> tuple[TimelineEntry, ...]:
    """Oldest first. The caller has found the incident with its access."""
    rows = connection.execute(select(timeline).where(timeline.c.incident_id == incident_id).order_by(timeline.c.number))
    return tuple(
        TimelineEntry(
            at=datetime.fromisoformat(row.at),
            kind=row.kind,
            by_name=row.by_name,
            text=row.text,
            refers_to=row.refers_to,
            caused_by=None if row.caused_by is None else FactId(row.caused_by),
        )
        for row in rows
    )


def _visible(access: Access) -> ColumnElement[bool]:
    if not access.camera_groups:
        return true()
    seen = select(camera_rows.c.id).where(camera_rows.c.group.in_(sorted(access.camera_groups)))
    return or_(incidents.c.camera_id.is_(None), incidents.c.camera_id.in_(seen))


def _incident(row: Row[tuple[object, ...]]) -> Incident:
    return Incident(
        id=IncidentId(row.id),
        number=row.number,
        kind=row.kind,
        channel=Channel(row.channel),
        priority=row.priority,
        state=IncidentState(row.state),
        position=Position(row.lat, row.lon),
        address=row.address,
        opened_at=datetime.fromisoformat(row.opened_at),
        opened_by_name=row.opened_by_name,
        camera_id=None if row.camera_id is None else CameraId(row.camera_id),
        alert_ids=tuple(AlertId(each) for each in json.loads(row.alert_ids)),
        closed_at=None if row.closed_at is None else datetime.fromisoformat(row.closed_at),
        closing=row.closing,
    )
