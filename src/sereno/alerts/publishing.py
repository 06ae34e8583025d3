"""Keeps the analyst's watch file in step with the database."""

from pathlib import Path
from threading import Lock

from sereno.access.work import Workplace
from sereno.alerts import store
from sereno.alerts.rule_set import rules_of_place
from sereno.alerts.watch import Watch, WatchedCamera, write_watch
from sereno.core.errors import unavailable
from sereno.watchlists import store as watchlists


class WatchPublisher:
    """``publish`` is called at start and after each change of cameras, rules or lists; it writes only what is new."""

    def __init__(self, workplace: Workplace, path: Path) -> None:
        self._workplace = workplace
        self._path = path
        self._publishing = Lock()
        self._published: Watch | None = None

    def publish(self) -> None:
        """Raises: AppError unavailable when the file cannot be written."""
        with self._publishing:
            watch = self.watch()
            if watch == self._published:
                return
            try:
                write_watch(self._path, watch)
            except OSError as error:
                raise unavailable(
                    "watch_unwritable",
                    f"The change is kept, but the analyst cannot be told: {error.strerror}.",
                    "Free space on the disk and save again.",
                ) from error
            self._published = watch

    def watch(self) -> Watch:
        """The rules of every camera in use, and the plates in force."""
        with self._workplace.database.read() as connection:
            drawn = store.drawn_rules(connection)
            places = store.places(connection)
            plates = watchlists.sought(connection, self._workplace.clock.now())
        cameras = [(drawn.get(id_) or rules_of_place(id_, place), place) for id_, place in places.items()]
        return Watch(
            cameras=tuple(
                WatchedCamera(camera_id=own.camera_id, place=place, rules=own.rules, reads_plates=own.reads_plates)
                for own, place in cameras
            ),
            plates=tuple(plates),
        )
