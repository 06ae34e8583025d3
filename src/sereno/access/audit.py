"""The chained audit log: who did or saw what, as what, why; an edited, removed or reordered row breaks the chain."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, Integer, String, Table, insert, select

from sereno.access.model import Access
from sereno.runtime.database import centre_metadata

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


def verify(connection: Connection) -> AuditFault | None:
    """None when every row follows from the one before; otherwise the first that does not."""
    previous, expected = GENESIS, 1
    for row in read_rows(connection):
        if row.number != expected:
            return AuditFault(expected, f"Row {expected} is missing: the next one is {row.number}.")
        content = {key: getattr(row, key) for key in _CONTENT}
        if row.chain != chain_value(previous, content):
            return AuditFault(row.number, f"Row {row.number} or the order before it was changed.")
        previous, expected = row.chain, expected + 1
    return None
