"""A SQLite database in WAL mode: one per process that writes; others may open it read-only."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from sqlite3 import OperationalError as SqliteOperationalError

from sqlalchemy import Connection, Engine, MetaData, create_engine, event
from sqlalchemy.exc import OperationalError

from sereno.core.errors import exhausted, unavailable

centre_metadata = MetaData()
"""Tables of the centre's database; each package's ``store.py`` adds its own."""

BUSY_TIMEOUT_MS = 5_000


class Database:
    """Transactions, and a bell that rings after each committed write."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        if not read_only:
            with suppress(OSError):  # SQLite will say better what is wrong
                path.touch(0o600)  # when it is new; the journal files get the same mode
        self._engine = _open(path, read_only=read_only)
        self._after_commit: list[Callable[[], None]] = []

    def on_commit(self, ring: Callable[[], None]) -> None:
        """Call ``ring`` after every committed write, from the thread that wrote; it must not block."""
        self._after_commit.append(ring)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One immediate transaction: all of it is kept, or none.

        Raises: AppError exhausted when the disk is full, unavailable when the database stays locked.
        """
        try:
            with self._engine.connect().execution_options(immediate=True) as connection, connection.begin():
                yield connection
        except OperationalError as error:
            raise _translated(error) from error
        for ring in self._after_commit:
            ring()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view that sees no later write."""
        try:
            with self._engine.connect() as connection, connection.begin():
                yield connection
        except OperationalError as error:
            raise _translated(error) from error

    @contextmanager
    def changes(self) -> Iterator[Callable[[], bool]]:
        """Asks whether another connection has committed since it was last asked; the first answer is yes.

        Some microseconds a call. Source: sqlite.org/pragma.html, data_version.
        """
        seen: int | None = None
        raw = self._engine.raw_connection()

        def changed() -> bool:
            nonlocal seen
            before, (seen,) = seen, raw.cursor().execute("PRAGMA data_version").fetchone()
            return seen != before

        try:
            yield changed
        finally:
            raw.close()

    @property
    def engine(self) -> Engine:
        """For migrations and schema creation only."""
        return self._engine

    def close(self) -> None:
        self._engine.dispose()


def _open(path: Path, *, read_only: bool) -> Engine:
    target = f"file:{path}?mode=ro&uri=true" if read_only else f"file:{path}?uri=true"
    # parameters hold cameras' passwords and people's names, and would stand in the log with every failed statement
    engine = create_engine(f"sqlite:///{target}", connect_args={"check_same_thread": False}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _configure(connection: SqliteConnection, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves: the driver's implicit one comes too late
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        if not read_only:
            cursor.execute("PRAGMA journal_mode = WAL")
            cursor.execute("PRAGMA synchronous = FULL")  # a committed row survives a power cut
            cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def _translated(error: OperationalError) -> Exception:
    cause = error.orig
    text = str(cause)
    if isinstance(cause, SqliteOperationalError) and "full" in text:
        return exhausted("disk_full", "The disk is full: the database could not write.", "Free space; work resumes.")
    if "locked" in text or "unable to open" in text:
        return unavailable("database_unavailable", f"The database does not answer ({text}).")
    if "disk I/O" in text:
        return unavailable(
            "database_io", f"The disk does not take what the database writes ({text}).", "Check the disk."
        )
    return error
