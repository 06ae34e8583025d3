"""What the archivist does and has done, in its own database; the recorder reads it and turns it into rows.

A copy is written down before it is begun, and forgotten when the journal says the same or the copy is gone: no crash
leaves a copy that nobody knows of.
"""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Boolean, Column, MetaData, String, Table, insert, inspect, select, update

from sereno.core.ids import SegmentId
from sereno.runtime.database import Database

ledger_metadata = MetaData()
_moves = Table(
    "moves",
    ledger_metadata,
    Column("segment_id", String(26), primary_key=True),
    Column("disk", String(26), nullable=False, comment="Where the copy goes."),
    Column("path", String, nullable=False),
    Column("copied", Boolean, nullable=False, comment="It is there, durable, and has the right hash."),
)
_cleared = Table(
    "cleared",
    ledger_metadata,
    Column("name", String, primary_key=True, comment="Garbage of the journal that was deleted in the cold store."),
)


@dataclass(frozen=True, slots=True)
class Move:
    segment_id: SegmentId
    disk: str
    path: str
    copied: bool


def ledger_path(home: Path) -> Path:
    return home / "archivist" / "archivist.db"


class Ledger:
    """Written by the archivist, read by the recorder."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def prepare(self) -> None:
        ledger_metadata.create_all(self.database.engine)

    @property
    def ready(self) -> bool:
        return inspect(self.database.engine).has_table("cleared")

    def moves(self) -> list[Move]:
        with self.database.read() as connection:
            rows = connection.execute(select(_moves).order_by(_moves.c.segment_id))
            return [Move(SegmentId(row.segment_id), row.disk, row.path, row.copied) for row in rows]

    def begin(self, move: Move) -> None:
        row = {"segment_id": move.segment_id, "disk": move.disk, "path": move.path, "copied": move.copied}
        with self.database.write() as connection:
            connection.execute(insert(_moves).prefix_with("OR REPLACE"), row)

    def copied(self, segment_id: SegmentId) -> None:
        with self.database.write() as connection:
            connection.execute(update(_moves).where(_moves.c.segment_id == segment_id).values(copied=True))

    def forget(self, segment_id: SegmentId) -> None:
        with self.database.write() as connection:
            connection.execute(_moves.delete().where(_moves.c.segment_id == segment_id))

    def cleared(self) -> set[str]:
        with self.database.read() as connection:
            return set(connection.execute(select(_cleared.c.name)).scalars())

    def clear(self, name: str) -> None:
        with self.database.write() as connection:
            connection.execute(insert(_cleared).prefix_with("OR IGNORE"), {"name": name})

    def unclear(self, name: str) -> None:
        with self.database.write() as connection:
            connection.execute(_cleared.delete().where(_cleared.c.name == name))
