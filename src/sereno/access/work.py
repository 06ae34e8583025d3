"""One piece of work: a permission, a transaction, its facts and its audit rows. All of it happens, or none."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from sereno.access import audit
from sereno.access.model import Access, Permission
from sereno.core.clock import Clock
from sereno.core.facts import Fact
from sereno.core.ids import FactId, new_id
from sereno.runtime.database import Database
from sereno.runtime.fact_log import FactLog


@dataclass(frozen=True, slots=True)
class Work:
    """What a service does its work with; valid inside ``Workplace.work`` only."""

    access: Access
    at: datetime
    connection: Connection
    _facts: FactLog

    def fact_id(self) -> FactId:
        return FactId(new_id(self.at))

    def tell(self, *facts: Fact) -> None:
        """Append facts to the outbox; screens see them once the work is committed."""
        self._facts.append(self.connection, *facts)

    def audit(self, act: str, subject: str, **detail: str) -> None:
        """Write who did or saw what; ``detail`` holds no secret."""
        audit.record(self.connection, self.access, self.at, act, subject, detail)


@dataclass(frozen=True, slots=True)
class Workplace:
    """The centre's database, fact log and clock: what every service of control is given."""

    database: Database
    facts: FactLog
    clock: Clock

    @contextmanager
    def work(self, access: Access, permission: Permission) -> Iterator[Work]:
        """A write transaction. Raises: AppError denied before anything is touched."""
        access.require(permission)
        with self.database.write() as connection:
            yield Work(access, self.clock.now(), connection, self.facts)

    @contextmanager
    def look(self, access: Access, permission: Permission) -> Iterator[Connection]:
        """A read transaction, for lists and snapshots that need no audit row of their own."""
        access.require(permission)
        with self.database.read() as connection:
            yield connection
