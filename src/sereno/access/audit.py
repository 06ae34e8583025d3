"""The chained audit log: who did or saw what, as what, why; an edited, removed or reordered row breaks the chain."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, Integer, String, Table, insert, select

from sereno.access.model import Access
from sereno.runtime.database import Database, centre_metadata

GENESIS = "0" * 64

audit_rows = Table(
    "audit",
    centre_metadata,
    Column("number", Integer, primary_key=True, autoincrement=False, comment="1, 2, 3 … without gaps."),
    Column("at", String(32), nullable=False, comment="ISO 8601, UTC."),
    Column("person_id", String(64), nullable=False, index=True),
    Column("person_name", String(200), nullable=False),
    Column("role", String(32), nullable=False),
    Column("purpose", String(32), nullable=False),
    Column("case_id", String(26), nullable=True, comment="Incident id, when the act belongs to a case."),
    Column("act", String(64), nullable=False, comment="Such as alert.decide or live.view."),
    Column("subject", String(200), nullable=False, index=True, comment="Id of what was acted on or seen."),
    Column("detail", String, nullable=False, comment="JSON object of strings; never a secret."),
    Column("chain", String(64), nullable=False, comment="SHA-256 of the row before and of this row's content."),
)

_CONTENT = ("number", "at", "person_id", "person_name", "role", "purpose", "case_id", "act", "subject", "detail")


@dataclass(frozen=True, slots=True)
class AuditRow:
    number: int
    at: str
    person_id: str
    person_name: str
    role: str
    purpose: str
    case_id: str | None
    act: str
    subject: str
    detail: str
    chain: str


@dataclass(frozen=True, slots=True)
class AuditFault:
    """The first row whose chain value does not follow, and what that means."""

    number: int
    message: str


@dataclass(frozen=True, slots=True)
class AuditReport:
    """``rows`` sound ones from the beginning on, and the first fault if there is one."""

    rows: int
    chain: str
    fault: AuditFault | None

    @property
    def checkpoint(self) -> str:
        """To be kept outside the centre, and compared at the next check."""
        return f"{self.rows}:{self.chain}"


def record(
    connection: Connection, access: Access, at: datetime, act: str, subject: str, detail: Mapping[str, str]
) -> None:
    """Append one row in the caller's transaction; writers are serialised by the database's write lock."""
    last = connection.execute(
        select(audit_rows.c.number, audit_rows.c.chain).order_by(audit_rows.c.number.desc()).limit(1)
    ).one_or_none()
    number, previous = (1, GENESIS) if last is None else (last.number + 1, last.chain)
    content = {
        "number": number,
        "at": at.isoformat(),
        "person_id": access.person_id,
        "person_name": access.name,
        "role": access.role.value,
        "purpose": access.purpose.value,
        "case_id": access.case,
        "act": act,
        "subject": subject,
        "detail": json.dumps(dict(sorted(detail.items())), ensure_ascii=False),
    }
    connection.execute(insert(audit_rows), {**content, "chain": chain_value(previous, content)})


def chain_value(previous: str, content: Mapping[str, object]) -> str:
    """SHA-256 over the previous value and the row as JSON with sorted keys and no spaces."""
    text = json.dumps(
        {key: content[key] for key in _CONTENT}, sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


def read_rows(connection: Connection, after: int = 0, limit: int | None = None) -> Iterator[AuditRow]:
    query = select(audit_rows).where(audit_rows.c.number > after).order_by(audit_rows.c.number).limit(limit)
    for row in connection.execute(query):
        yield AuditRow(**row._mapping)


def last_rows(connection: Connection, limit: int, before: int | None = None) -> list[AuditRow]:
    """The newest rows, or the newest below a number; oldest first."""
    query = select(audit_rows).order_by(audit_rows.c.number.desc()).limit(limit)
    if before is not None:
        query = query.where(audit_rows.c.number < before)
    return [AuditRow(**row._mapping) for row in connection.execute(query)][::-1]


def verify(connection: Connection, checkpoint: str | None = None) -> AuditReport:
    """Follows the chain from the first row to the last.

    The chain alone cannot tell that rows are missing at its end, or that somebody computed all of it anew; a
    ``checkpoint`` of an earlier report, kept elsewhere, can.
    """
    previous, number, seen = GENESIS, 0, checkpoint is None
    for row in read_rows(connection):
        fault = _fault(row, number + 1, previous)
        if fault is not None:
            return AuditReport(number, previous, fault)
        previous, number = row.chain, row.number
        seen = seen or checkpoint == f"{number}:{previous}"
    if not seen:
        return AuditReport(number, previous, AuditFault(number, f"The log no longer holds checkpoint {checkpoint}."))
    return AuditReport(number, previous, None)


def verify_database(database: Database, checkpoint: str | None = None) -> AuditReport:
    """For ``sereno audit verify``; the database may be open read-only."""
    with database.read() as connection:
        return verify(connection, checkpoint)


def _fault(row: AuditRow, expected: int, previous: str) -> AuditFault | None:
    if row.number != expected:
        return AuditFault(expected, f"Row {expected} is missing: the next one is {row.number}.")
    if row.chain != chain_value(previous, {key: getattr(row, key) for key in _CONTENT}):
        return AuditFault(row.number, f"Row {row.number} or the order before it was changed.")
    return None
