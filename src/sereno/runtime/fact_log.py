"""The append-only log of facts: outbox of a process and source of what every screen shows.

Each process owns one database; facts are appended in the transaction that stores what they tell, and read by others
by sequence number. Delivery is at least once; a reader keeps its own cursor and is idempotent by fact id.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, func, insert, select

from sereno.core.errors import invalid
from sereno.core.facts import Fact


class FactCodec:
    """Turns facts into JSON and back; knows exactly the fact types it was built with."""

    def __init__(self, types: Iterable[type[Fact]]) -> None:
        self._adapters: dict[str, TypeAdapter[Any]] = {kind.__name__: TypeAdapter(kind) for kind in types}

    @property
    def kinds(self) -> Sequence[str]:
        return sorted(self._adapters)

    def encode(self, fact: Fact) -> str:
        return self._adapter(type(fact).__name__).dump_json(fact).decode()

    def decode(self, kind: str, body: str) -> Fact:
        fact: Fact = self._adapter(kind).validate_json(body)
        return fact

    def _adapter(self, kind: str) -> TypeAdapter[Any]:
        try:
            return self._adapters[kind]
        except KeyError:
            raise invalid("fact_kind_unknown", f"No fact kind {kind!r} is known here.") from None


@dataclass(frozen=True, slots=True)
class LoggedFact:
    """A fact as it stands in the log; ``body`` is its JSON, ready to send."""

    seq: int
    kind: str
    body: str


def fact_table(metadata: MetaData) -> Table:
    """The ``facts`` table; one per database."""
    return Table(
        "facts",
        metadata,
        Column("seq", Integer, primary_key=True, autoincrement=True, comment="Order of appending; never reused."),
        Column("id", String(26), nullable=False, unique=True, comment="Fact id; a second append is refused."),
        Column("kind", String(64), nullable=False, comment="Class name of the fact."),
        Column("at", String(32), nullable=False, comment="ISO 8601, UTC."),
        Column("caused_by", String(26), nullable=True, index=True, comment="Fact id of the cause."),
        Column("body", String, nullable=False, comment="The whole fact as JSON."),
        sqlite_autoincrement=True,
    )


class FactLog:
    """Append and read facts; every call takes the caller's connection, so that it shares its transaction."""

    def __init__(self, table: Table, codec: FactCodec) -> None:
        self._table = table
        self.codec = codec

    @property
    def table_name(self) -> str:
        return self._table.name

    def append(self, connection: Connection, *facts: Fact) -> None:
        for fact in facts:
            row = {
                "id": fact.id,
                "kind": type(fact).__name__,
                "at": fact.at.isoformat(),
                "caused_by": fact.caused_by,
                "body": self.codec.encode(fact),
            }
            connection.execute(insert(self._table), row)

    def read_after(self, connection: Connection, seq: int, limit: int = 500) -> list[LoggedFact]:
        """The next facts after ``seq``, oldest first."""
        t = self._table
        rows = connection.execute(
            select(t.c.seq, t.c.kind, t.c.body).where(t.c.seq > seq).order_by(t.c.seq).limit(limit)
        )
        return [LoggedFact(row.seq, row.kind, row.body) for row in rows]

    def last_seq(self, connection: Connection) -> int:
        return int(connection.execute(select(func.coalesce(func.max(self._table.c.seq), 0))).scalar_one())

    def find(self, connection: Connection, fact_id: str) -> LoggedFact | None:
        t = self._table
        row = connection.execute(select(t.c.seq, t.c.kind, t.c.body).where(t.c.id == fact_id)).one_or_none()
        return None if row is None else LoggedFact(row.seq, row.kind, row.body)

    def drop_followed(self, connection: Connection, seq: int, before: datetime) -> int:
        """Forget facts of every kind up to ``seq`` that are older than ``before``; returns how many.

        The last fact stays, so that who follows can tell this log from one that was begun anew.
        """
        t = self._table
        last = min(seq, self.last_seq(connection) - 1)
        return connection.execute(t.delete().where(t.c.seq <= last, t.c.at < before.isoformat())).rowcount

    def drop_before(self, connection: Connection, kind: str, before: datetime) -> int:
        """Forget old facts of one kind (positions), by policy; returns how many."""
        t = self._table
        return connection.execute(t.delete().where(t.c.kind == kind, t.c.at < before.isoformat())).rowcount
