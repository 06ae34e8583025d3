"""Holds, the facts of their segments, and exports in the centre's database; every read is filtered by who asks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Integer,
    Row,
    Select,
    String,
    Table,
    insert,
    select,
    true,
    update,
)

from sereno.access.model import Access
from sereno.cameras.store import camera_rows
from sereno.core.ids import CameraId, ExportId, FactId, HoldId, IncidentId, SegmentId
from sereno.core.media_time import MediaTicks, WallTicks
from sereno.evidence.model import Export, ExportState, Hold, HoldState
from sereno.recording.holds import HeldSpan
from sereno.recording.model import Segment
from sereno.runtime.database import centre_metadata

LATEST_ON_SCREEN = 500

hold_rows = Table(
    "holds",
    centre_metadata,
    Column("id", String(26), primary_key=True),
    Column("incident_id", String(26), ForeignKey("incidents.id"), nullable=True, index=True),
    Column("camera_id", String(26), ForeignKey("cameras.id"), nullable=False),
    Column("began", String(32), nullable=False, comment="ISO 8601, UTC."),
    Column("ended", String(32), nullable=False, comment="ISO 8601, UTC."),
    Column("reason", String(500), nullable=False),
    Column("placed_by_name", String(200), nullable=False),
    Column("placed_at", String(32), nullable=False, comment="ISO 8601, UTC."),
    Column("state", String(16), nullable=False, index=True),
    Column("last_fact_id", String(26), nullable=False, comment="Latest fact about it: cause of the next."),
)

held_rows = Table(
    "held_segments",
    centre_metadata,
    Column("hold_id", String(26), ForeignKey("holds.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="The camera's segment number."),
    Column("id", String(26), nullable=False),
    Column("camera_id", String(64), nullable=False),
    Column("path", String, nullable=False, comment="In the archive, when it was held; the hold has a link of its own."),
    Column("started_wall", BigInteger, nullable=False, comment="Ticks of 1/90,000 s since 1970."),
    Column("started_media", BigInteger, nullable=False, comment="Ticks of 1/90,000 s."),
    Column("duration", BigInteger, nullable=False, comment="Ticks of 1/90,000 s."),
    Column("frames", Integer, nullable=False),
    Column("size", BigInteger, nullable=False, comment="Bytes."),
    Column("sha256", String(64), nullable=False),
    Column("previous_chain", String(64), nullable=False),
    Column("chain", String(64), nullable=False, comment="See recording.chain."),
    Column("codec", String(64), nullable=False, comment="RFC 6381."),
    Column("end_reason", String(32), nullable=False),
    Column("origin", String(16), nullable=False, server_default="live", comment="live, masked, standby or card."),
    Column("camera_offset", BigInteger, nullable=True, comment="Ticks the camera's clock was ahead of ours."),
    Column("chain_version", Integer, nullable=False, server_default="1", comment="Which text is hashed."),
)

export_rows = Table(
    "exports",
    centre_metadata,
    Column("id", String(26), primary_key=True),
    Column("hold_id", String(26), ForeignKey("holds.id"), nullable=False, index=True),
    Column("incident_id", String(26), nullable=True),
    Column("camera_id", String(26), ForeignKey("cameras.id"), nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("requested_by_name", String(200), nullable=False),
    Column("requested_at", String(32), nullable=False, comment="ISO 8601, UTC."),
    Column("purpose", String(500), nullable=False),
    Column("file_name", String(64), nullable=False, comment="In evidence/exports; empty until sealed."),
    Column("size", BigInteger, nullable=False, comment="Bytes."),
    Column("sha256", String(64), nullable=False, comment="Of the whole package."),
    Column("sealed_at", String(32), nullable=True, comment="ISO 8601, UTC."),
    Column("failure", String, nullable=False, comment="Why it could not be sealed; empty otherwise."),
    Column("last_fact_id", String(26), nullable=False, comment="Latest fact about it: cause of the next."),
)


@dataclass(frozen=True, slots=True)
class StoredHold:
    hold: Hold
    last_fact_id: FactId


@dataclass(frozen=True, slots=True)
class StoredExport:
    export: Export
    last_fact_id: FactId


def add_hold(connection: Connection, hold: Hold, fact_id: FactId) -> None:
    row = {
        "id": hold.id,
        "incident_id": hold.incident_id,
        "camera_id": hold.camera_id,
        "began": hold.began.isoformat(),
        "ended": hold.ended.isoformat(),
        "reason": hold.reason,
        "placed_by_name": hold.placed_by_name,
        "placed_at": hold.placed_at.isoformat(),
        "state": hold.state.value,
        "last_fact_id": fact_id,
    }
    connection.execute(insert(hold_rows), row)


def save_hold(connection: Connection, hold_id: HoldId, state: HoldState, fact_id: FactId) -> None:
    changed = {"state": state.value, "last_fact_id": fact_id}
    connection.execute(update(hold_rows).where(hold_rows.c.id == hold_id), changed)


def add_segments(connection: Connection, hold_id: HoldId, segments: Sequence[Segment]) -> None:
    names = [each.name for each in fields(Segment) if each.name in held_rows.c]
    rows = [{"hold_id": hold_id, **{name: getattr(segment, name) for name in names}} for segment in segments]
    if rows:
        connection.execute(insert(held_rows), rows)


def segments_of(connection: Connection, hold_id: HoldId) -> list[Segment]:
    """By number."""
    query = select(held_rows).where(held_rows.c.hold_id == hold_id).order_by(held_rows.c.number)
    return [_segment(row) for row in connection.execute(query)]


def find_hold(connection: Connection, access: Access, hold_id: HoldId) -> StoredHold | None:
    """None when there is none or ``access`` may not see its camera: the two look the same from outside."""
    query = select(hold_rows).where(hold_rows.c.id == hold_id, _visible(hold_rows, access))
    return next(iter(_holds(connection, query)), None)


def newest_holds(
    connection: Connection, access: Access, incident_id: IncidentId | None, limit: int
) -> list[StoredHold]:
    query = select(hold_rows).where(_visible(hold_rows, access))
    if incident_id is not None:
        query = query.where(hold_rows.c.incident_id == incident_id)
    return _holds(connection, query.order_by(hold_rows.c.id.desc()).limit(limit))


def collecting_holds(connection: Connection) -> list[StoredHold]:
    query = select(hold_rows).where(hold_rows.c.state == HoldState.COLLECTING.value)
    return _holds(connection, query.order_by(hold_rows.c.id))


def held_spans(connection: Connection) -> list[HeldSpan]:
    """Of every hold that was not released: what the recorder must not delete."""
    query = select(hold_rows.c.camera_id, hold_rows.c.began, hold_rows.c.ended)
    return [
        HeldSpan(
            camera_id=CameraId(row.camera_id),
            began=datetime.fromisoformat(row.began),
            ended=datetime.fromisoformat(row.ended),
        )
        for row in connection.execute(query.where(hold_rows.c.state != HoldState.RELEASED.value))
    ]


def add_export(connection: Connection, export: Export, fact_id: FactId) -> None:
    row = {
        "id": export.id,
        "hold_id": export.hold_id,
        "incident_id": export.incident_id,
        "camera_id": export.camera_id,
        "requested_by_name": export.requested_by_name,
        "requested_at": export.requested_at.isoformat(),
        "purpose": export.purpose,
        **_outcome(export, fact_id),
    }
    connection.execute(insert(export_rows), row)


def save_export(connection: Connection, export: Export, fact_id: FactId) -> None:
    connection.execute(update(export_rows).where(export_rows.c.id == export.id), _outcome(export, fact_id))


def find_export(connection: Connection, access: Access, export_id: ExportId) -> StoredExport | None:
    """None when there is none or ``access`` may not see its camera."""
    query = select(export_rows).where(export_rows.c.id == export_id, _visible(export_rows, access))
    row = connection.execute(query).one_or_none()
    return None if row is None else _export(row)


def newest_exports(connection: Connection, access: Access, limit: int) -> list[StoredExport]:
    query = select(export_rows).where(_visible(export_rows, access))
    return [_export(row) for row in connection.execute(query.order_by(export_rows.c.id.desc()).limit(limit))]


def exports_to_seal(connection: Connection) -> list[StoredExport]:
    """Those whose hold has everything, oldest first."""
    query = select(export_rows).join(hold_rows, hold_rows.c.id == export_rows.c.hold_id)
    query = query.where(export_rows.c.state == ExportState.SEALING.value, hold_rows.c.state == HoldState.COMPLETE.value)
    return [_export(row) for row in connection.execute(query.order_by(export_rows.c.id))]


def _visible(table: Table, access: Access) -> ColumnElement[bool]:
    if not access.camera_groups:
        return true()
    seen = select(camera_rows.c.id).where(camera_rows.c.group.in_(access.camera_groups))
    return table.c.camera_id.in_(seen)


def _holds(connection: Connection, query: Select[tuple[object, ...]]) -> list[StoredHold]:
    rows = connection.execute(query).all()
    held = _ids_by_hold(connection, [row.id for row in rows])
    return [_hold(row, held.get(row.id, ())) for row in rows]


def _ids_by_hold(connection: Connection, hold_ids: Iterable[str]) -> dict[str, tuple[SegmentId, ...]]:
    query = select(held_rows.c.hold_id, held_rows.c.id).where(held_rows.c.hold_id.in_(list(hold_ids)))
    found: dict[str, tuple[SegmentId, ...]] = {}
    for row in connection.execute(query.order_by(held_rows.c.hold_id, held_rows.c.number)):
        found[row.hold_id] = (*found.get(row.hold_id, ()), SegmentId(row.id))
    return found


def _hold(row: Row[tuple[object, ...]], segment_ids: tuple[SegmentId, ...]) -> StoredHold:
    hold = Hold(
        id=HoldId(row.id),
        incident_id=None if row.incident_id is None else IncidentId(row.incident_id),
        camera_id=CameraId(row.camera_id),
        began=datetime.fromisoformat(row.began),
        ended=datetime.fromisoformat(row.ended),
        reason=row.reason,
        placed_by_name=row.placed_by_name,
        placed_at=datetime.fromisoformat(row.placed_at),
        state=HoldState(row.state),
        segment_ids=segment_ids,
    )
    return StoredHold(hold, FactId(row.last_fact_id))


def _segment(row: Row[tuple[object, ...]]) -> Segment:
    return Segment(
        id=SegmentId(row.id),
        camera_id=CameraId(row.camera_id),
        number=row.number,
        path=row.path,
        started_wall=WallTicks(row.started_wall),
        started_media=MediaTicks(row.started_media),
        duration=MediaTicks(row.duration),
        frames=row.frames,
        size=row.size,
        sha256=row.sha256,
        previous_chain=row.previous_chain,
        chain=row.chain,
        codec=row.codec,
        end_reason=row.end_reason,
        origin=row.origin,
        camera_offset=row.camera_offset,
        chain_version=row.chain_version,
    )


def _outcome(export: Export, fact_id: FactId) -> dict[str, str | int | None]:
    return {
        "state": export.state.value,
        "file_name": export.file_name,
        "size": export.size,
        "sha256": export.sha256,
        "sealed_at": None if export.sealed_at is None else export.sealed_at.isoformat(),
        "failure": export.failure,
        "last_fact_id": fact_id,
    }


def _export(row: Row[tuple[object, ...]]) -> StoredExport:
    export = Export(
        id=ExportId(row.id),
        hold_id=HoldId(row.hold_id),
        incident_id=None if row.incident_id is None else IncidentId(row.incident_id),
        camera_id=CameraId(row.camera_id),
        state=ExportState(row.state),
        requested_by_name=row.requested_by_name,
        requested_at=datetime.fromisoformat(row.requested_at),
        purpose=row.purpose,
        file_name=row.file_name,
        size=row.size,
        sha256=row.sha256,
        sealed_at=None if row.sealed_at is None else datetime.fromisoformat(row.sealed_at),
        failure=row.failure,
    )
    return StoredExport(export, FactId(row.last_fact_id))
