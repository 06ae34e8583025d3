"""Follows the fact log of another process and applies each fact once, with the cursor in the same transaction."""

import logging
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from pydantic import TypeAdapter
from sqlalchemy import Column, Connection, Integer, String, Table, inspect, select
from sqlalchemy.dialects.sqlite import insert

from sereno.core.errors import AppError, ErrorKind
from sereno.core.facts import Fact
from sereno.runtime.atomic_file import replace_file
from sereno.runtime.database import Database, centre_metadata
from sereno.runtime.fact_log import FactLog

log = logging.getLogger(__name__)

POLL_S = 0.04
BATCH = 200

cursors = Table(
    "intake_cursors",
    centre_metadata,
    Column("source", String(32), primary_key=True, comment="Whose log: recorder or analyst."),
    Column("seq", Integer, nullable=False, comment="Last sequence number that was applied."),
)


_CURSORS = TypeAdapter(dict[str, int])


def publish_cursors(centre: Database, path: Path) -> None:
    """Tell the other processes how far their logs were followed, so that they can forget what is behind."""
    with centre.read() as connection:
        followed = {row.source: row.seq for row in connection.execute(select(cursors))}
    replace_file(path, _CURSORS.dump_json(followed), mode=0o644)


def read_cursor(path: Path, source: str) -> int:
    """0 when nobody followed that log yet."""
    return _CURSORS.validate_json(path.read_bytes()).get(source, 0) if path.exists() else 0


@dataclass(frozen=True, slots=True)
class Intake:
    """``apply`` gets each fact in order, inside one write transaction of ``centre`` with its cursor."""

    source: str
    path: Path
    facts: FactLog
    centre: Database
    apply: Callable[[Connection, Fact], None]

    def run(self, stop: Event) -> None:
        """Until ``stop``; a log that is not there yet, or is locked, is tried again.

        Raises: AppError of any kind but unavailable.
        """
        while not self._is_there():
            if stop.wait(POLL_S):
                return
        with closing(Database(self.path, read_only=True)) as log_database, log_database.changes() as changed:
            pending = True
            while not stop.is_set():
                pending = changed() or pending
                taken = self._step(log_database) if pending else 0
                pending = taken in (BATCH, None)
                if taken != BATCH:
                    stop.wait(POLL_S)

    def _is_there(self) -> bool:
        """The other process has made its database, tables and all."""
        if not self.path.exists():
            return False
        with closing(Database(self.path, read_only=True)) as log_database:
            return inspect(log_database.engine).has_table(self.facts.table_name)

    def _step(self, log_database: Database) -> int | None:
        """How many facts were taken; None when a database did not answer."""
        try:
            return self.pull(log_database)
        except AppError as error:
            if error.kind is not ErrorKind.UNAVAILABLE:
                raise
            log.warning("intake=%s waits: %s", self.source, error)
            return None

    def pull(self, log_database: Database) -> int:
        """Apply the next facts; returns how many."""
        with self.centre.read() as connection:
            cursor = self._cursor(connection)
        with log_database.read() as connection:
            fresh = self.facts.read_after(connection, cursor, BATCH)
            if not fresh and self.facts.last_seq(connection) < cursor:
                log.warning("intake=%s: the log was replaced; reading it from its start", self.source)
                fresh = self.facts.read_after(connection, 0, BATCH)
        if not fresh:
            return 0
        with self.centre.write() as connection:
            for logged in fresh:
                self.apply(connection, self.facts.codec.decode(logged.kind, logged.body))
            row = {"source": self.source, "seq": fresh[-1].seq}
            connection.execute(insert(cursors).values(row).on_conflict_do_update(index_elements=["source"], set_=row))
        return len(fresh)

    def _cursor(self, connection: Connection) -> int:
        return connection.execute(select(cursors.c.seq).where(cursors.c.source == self.source)).scalar() or 0
