"""A centre's database for tests: the tables that are imported, and a log of the facts that a test needs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import MetaData

from sereno.access.model import Access, Purpose, Role
from sereno.access.work import Workplace
from sereno.core.clock import Clock
from sereno.core.facts import Fact
from sereno.core.ids import PersonId, new_id
from sereno.runtime.database import Database, centre_metadata
from sereno.runtime.fact_log import FactCodec, FactLog, fact_table

PASSWORD = "tres palabras largas"


@contextmanager
def open_workplace(folder: Path, clock: Clock, *facts: type[Fact]) -> Iterator[Workplace]:
    fact_metadata = MetaData()
    log = FactLog(fact_table(fact_metadata), FactCodec(facts))
    database = Database(folder / "centre.db")
    centre_metadata.create_all(database.engine)
    fact_metadata.create_all(database.engine, checkfirst=True)
    try:
        yield Workplace(database, log, clock)
    finally:
        database.close()


def access_as(role: Role, clock: Clock, *camera_groups: str) -> Access:
    """Somebody of that role who needs no account."""
    person_id = PersonId(new_id(clock.now()))
    return Access(person_id, f"the {role}", role, Purpose.MONITORING, None, frozenset(camera_groups))
