"""Table of the plates sought."""

from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import Column, Connection, Row, String, Table, insert, select, update

from sereno.core.ids import FactId, ListEntryId
from sereno.runtime.database import centre_metadata
from sereno.watchlists.model import ListKind, PlateEntry, SoughtPlate

plate_rows = Table(
    "plate_entries",
    centre_metadata,
    Column("id", String(26), primary_key=True),
    Column("plate", String(10), nullable=False, index=True, comment="Normalised: A-Z and 0-9."),
    Column("list", String(16), nullable=False, comment="stolen, alert or allowed."),
    Column("source", String(200), nullable=False, comment="The register or agency that asked."),
    Column("legal_basis", String(500), nullable=False, comment="The order: court, number, date."),
    Column("offence", String(200), nullable=False),
    Column("expires_at", String(32), nullable=False, comment="ISO 8601, UTC; from then on it matches nothing."),
    Column("proposed_by", String(64), nullable=False),
    Column("proposed_by_name", String(200), nullable=False),
    Column("proposed_at", String(32), nullable=False, comment="ISO 8601, UTC."),
    Column("approved_by", String(64), nullable=True, comment="Never the proposer; null until approved."),
    Column("approved_by_name", String(200), nullable=False),
    Column("approved_at", String(32), nullable=True, comment="ISO 8601, UTC."),
    Column("withdrawn_by", String(64), nullable=True),
    Column("withdrawn_by_name", String(200), nullable=False),
    Column("withdrawn_at", String(32), nullable=True, comment="ISO 8601, UTC; a withdrawn entry never comes back."),
    Column("withdrawal_reason", String(500), nullable=False),
    Column("last_fact", String(26), nullable=False, comment="The fact that told its present state."),
)

_ENTRY = TypeAdapter(PlateEntry)


def insert_entry(connection: Connection, entry: PlateEntry, fact_id: FactId) -> None:
    connection.execute(insert(plate_rows), _row(entry, fact_id))


def update_entry(connection: Connection, entry: PlateEntry, fact_id: FactId) -> None:
    connection.execute(update(plate_rows).where(plate_rows.c.id == entry.id).values(_row(entry, fact_id)))


def entry_of(connection: Connection, entry_id: str) -> tuple[PlateEntry, FactId] | None:
    """The entry and the fact that told its present state."""
    row = connection.execute(select(plate_rows).where(plate_rows.c.id == entry_id)).one_or_none()
    return None if row is None else (_entry(row), FactId(row.last_fact))


def all_entries(connection: Connection) -> list[PlateEntry]:
    """Newest first."""
    return [_entry(row) for row in connection.execute(select(plate_rows).order_by(plate_rows.c.id.desc()))]


def sought(connection: Connection, at: datetime) -> list[SoughtPlate]:
    """The entries in force at ``at``: approved, not withdrawn, not expired."""
    c = plate_rows.c
    query = (
        select(c.id, c.plate, c.list, c.expires_at)
        .where(c.approved_by.is_not(None), c.withdrawn_at.is_(None), c.expires_at > at.isoformat())
        .order_by(c.id)
    )
    return [
        SoughtPlate(
            entry_id=ListEntryId(row.id),
            plate=row.plate,
            list=ListKind(row.list),
            expires_at=datetime.fromisoformat(row.expires_at),
        )
        for row in connection.execute(query)
    ]


def in_force(connection: Connection, entry_id: ListEntryId, at: datetime) -> bool:
    c = plate_rows.c
    query = select(c.id).where(
        c.id == entry_id, c.approved_by.is_not(None), c.withdrawn_at.is_(None), c.expires_at > at.isoformat()
    )
    return connection.execute(query).one_or_none() is not None


def _row(entry: PlateEntry, fact_id: FactId) -> dict[str, str | None]:
    values: dict[str, object] = {name: getattr(entry, name) for name in PlateEntry.__slots__}
    texts = {
        name: v.isoformat() if isinstance(v, datetime) else None if v is None else str(v) for name, v in values.items()
    }
    return {**texts, "last_fact": fact_id}


def _entry(row: Row[tuple[object, ...]]) -> PlateEntry:
    return _ENTRY.validate_python({name: row._mapping[name] for name in PlateEntry.__slots__})
