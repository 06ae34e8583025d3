"""The day files as search reads them: opened once, closed when they are gone, each fault told for its day alone."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from threading import Lock
from typing import cast

from sqlalchemy import Connection, event, select
from sqlalchemy.exc import DatabaseError

from sereno.analytics.days import schema
from sereno.core.ids import CameraId
from sereno.runtime.database import Database

_STEPS = 5_000
"""Of SQLite's virtual machine between two looks at the clock: about a tenth of a millisecond."""
_CACHE_KB = 256
"""A connection; what is read often stays in the system's own cache."""


class TimeUpError(Exception):
    """A search ran longer than it may."""


class DayUnreadableError(Exception):
    def __init__(self, day: str, code: str, message: str) -> None:
        super().__init__(message)
        self.day = day
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class DayFigures:
    """What a file says of itself: cameras by number with how many rows each has, and looks with theirs."""

    cameras: dict[int, CameraId]
    of_camera: dict[int, int]
    of_look: dict[int, int]
    rows: int


class DayFile:
    def __init__(self, path: Path, day: date) -> None:
        self.path = path
        self.day = day
        self._opened: Database | None = None
        self._figures: tuple[tuple[int, ...], DayFigures] | None = None

    @contextmanager
    def read(self, over: Callable[[], bool]) -> Iterator[Connection]:
        """A connection whose statements end once ``over`` says so.

        Raises: TimeUpError; DayUnreadableError when the file is damaged, locked, or of a newer program.
        """
        try:
            with self._database().engine.connect() as connection:
                raw = cast(SqliteConnection, connection.connection.driver_connection)
                raw.set_progress_handler(over, _STEPS)
                try:
                    yield connection
                finally:
                    raw.set_progress_handler(None, 0)
        except DatabaseError as error:
            if "interrupted" in str(error.orig):
                raise TimeUpError from error
            raise DayUnreadableError(
                self.day.isoformat(), "day_unreadable", f"What was seen on {self.day} cannot be read ({error.orig})."
            ) from error

    def figures(self, connection: Connection) -> DayFigures:
        """Read again only when the file was written to. Raises: DayUnreadableError of a newer program's file."""
        stamp = _stamp(self.path)
        if self._figures is None or self._figures[0] != stamp:
            version = connection.execute(select(schema.about.c.schema_version)).scalar_one()
            if version > schema.DAY_VERSION:
                raise DayUnreadableError(
                    self.day.isoformat(), "day_newer", f"What was seen on {self.day} was written by a newer Sereno."
                )
            self._figures = stamp, _read_figures(connection)
        return self._figures[1]

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()

    def _database(self) -> Database:
        if self._opened is None:
            self._opened = Database(self.path, read_only=True)
            event.listen(self._opened.engine, "connect", _frugal)
        return self._opened


class Shelf:
    """``folders`` tells the analysts' folders; they come and go with the machine's cores."""

    def __init__(self, folders: Callable[[], Sequence[Path]]) -> None:
        self._folders = folders
        self._files: dict[Path, DayFile] = {}
        self._portraits: dict[Path, DayFile] = {}
        self._lock = Lock()

    @property
    def folders(self) -> Sequence[Path]:
        return self._folders()

    def days(self) -> list[tuple[date, list[DayFile]]]:
        """Newest first; a day has a file of each analyst that saw something."""
        found: dict[date, list[DayFile]] = {}
        with self._lock:
            paths = [path for folder in self._folders() for path in (folder / "days").glob("????-??-??.db")]
            for gone in self._files.keys() - set(paths):
                self._files.pop(gone).close()
            for path in paths:
                day = schema.day_in(path)
                if day is not None:
                    self._files.setdefault(path, DayFile(path, day))
                    found.setdefault(day, []).append(self._files[path])
        return sorted(found.items(), reverse=True)

    def portraits(self, day: date) -> list[DayFile]:
        """The files of that day's crops; only ``read`` is theirs."""
        with self._lock:
            for gone in [path for path in self._portraits if not path.exists()]:
                self._portraits.pop(gone).close()
            paths = [path for path in (schema.portraits_path(each, day) for each in self._folders()) if path.exists()]
            for path in paths:
                self._portraits.setdefault(path, DayFile(path, day))
            return [self._portraits[path] for path in paths]

    def close(self) -> None:
        with self._lock:
            for files in (self._files, self._portraits):
                while files:
                    files.popitem()[1].close()


def _frugal(connection: SqliteConnection, _record: object) -> None:
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KB}")


def _stamp(path: Path) -> tuple[int, ...]:
    """Changes with every commit."""
    log = path.with_name(f"{path.name}-wal")
    written, logged = path.stat(), log.stat() if log.exists() else None
    return written.st_mtime_ns, written.st_size, *((logged.st_mtime_ns, logged.st_size) if logged else ())


def _read_figures(connection: Connection) -> DayFigures:
    c, k = schema.cameras.c, schema.looks.c
    cameras = connection.execute(select(c.number, c.camera_id, c.n)).all()
    looks = connection.execute(select(k.look, k.n)).all()
    return DayFigures(
        cameras={row.number: CameraId(row.camera_id) for row in cameras},
        of_camera={row.number: row.n for row in cameras},
        of_look={row.look: row.n for row in looks},
        rows=sum(row.n for row in cameras),
    )
