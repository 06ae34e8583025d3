"""What goes on now, from the analysts' own databases, read-only."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from pathlib import Path
from threading import Lock

from sereno.analytics.model import Observation
from sereno.analytics.store import read_unsettled
from sereno.core.ids import CameraId
from sereno.runtime.database import Database


class Current:
    def __init__(self, folders: Callable[[], Sequence[Path]]) -> None:
        self._folders = folders
        self._databases: dict[Path, Database] = {}
        self._lock = Lock()

    def seen(self, cameras: Collection[CameraId], began: datetime, ended: datetime) -> list[Observation]:
        """Raises: AppError unavailable."""
        found: list[Observation] = []
        for database in self._opened():
            found += read_unsettled(database, cameras, began, ended)
        return found

    def close(self) -> None:
        with self._lock:
            while self._databases:
                self._databases.popitem()[1].close()

    def _opened(self) -> list[Database]:
        with self._lock:
            paths = [path for path in (folder / "analyst.db" for folder in self._folders()) if path.exists()]
            for path in paths:
                if path not in self._databases:
                    self._databases[path] = Database(path, read_only=True)
            return [self._databases[path] for path in paths]
