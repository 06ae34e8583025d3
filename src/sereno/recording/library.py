"""The archive, read-only: what control and evidence know of recordings. Never writes, never waits for the recorder."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, inspect

from sereno.core.errors import not_found
from sereno.core.ids import CameraId, SegmentId
from sereno.core.media_time import wall_ticks
from sereno.recording.disks import COLD, HOME
from sereno.recording.journal import (
    find_disks,
    find_key_frames,
    find_last_number,
    find_oldest,
    find_segment,
    find_segments,
    journal_path,
)
from sereno.recording.model import KeyFrame, Segment
from sereno.recording.segment_file import segment_path
from sereno.recording.tiers.cache import want
from sereno.runtime.database import Database


class Library:
    """Closed segments with footage. Empty while the recorder has not written its journal yet."""

    def __init__(self, archive_folder: Path) -> None:
        self.folder = archive_folder
        self._database: Database | None = None

    def segments(self, camera_id: CameraId, began: datetime, ended: datetime) -> list[Segment]:
        """Segments that overlap the span, in the order in which they were recorded."""
        database = self._open()
        if database is None:
            return []
        with database.read() as connection:
            return find_segments(connection, camera_id, wall_ticks(began), wall_ticks(ended))

    def segment(self, segment_id: SegmentId) -> Segment:
        """Raises: AppError not_found."""
        database = self._open()
        if database is not None:
            with database.read() as connection:
                segment = find_segment(connection, segment_id)
            if segment is not None:
                return segment
        raise not_found("segment_not_found", f"There is no recording {segment_id}.", "It may have reached its age.")

    def key_frames(self, segment_id: SegmentId) -> tuple[KeyFrame, ...]:
        database = self._open()
        if database is None:
            return ()
        with database.read() as connection:
            return find_key_frames(connection, segment_id)

    def oldest(self, camera_id: CameraId | None = None) -> Segment | None:
        """Of one camera, or of all."""
        database = self._open()
        if database is None:
            return None
        with database.read() as connection:
            return find_oldest(connection, camera_id)

    @contextmanager
    def reading(self) -> Iterator[Connection | None]:
        """The journal, for queries of one consistent view; None while there is no journal."""
        database = self._open()
        if database is None:
            yield None
            return
        with database.read() as connection:
            yield connection

    def growing(self, camera_id: CameraId) -> Path | None:
        """The file that the recorder writes now or has just closed, if it is there; it has no row yet."""
        with self.reading() as connection:
            number = 0 if connection is None else find_last_number(connection, camera_id)
            disks = {} if connection is None else find_disks(connection)
        for folder in (self.folder, *(disk.folder for disk in disks.values())):
            path = folder / segment_path(camera_id, number + 1)
            if path.is_file():
                return path
        return None

    def path(self, segment: Segment) -> Path:
        """Where the segment's file lies, or would lie if its disk were there; cold footage is asked for."""
        if segment.disk == HOME:
            return self.folder / segment.path
        if segment.disk == COLD:
            return want(self.folder.parent, segment)
        with self.reading() as connection:
            disk = None if connection is None else find_disks(connection).get(segment.disk)
        return (self.folder / f".{segment.disk}" if disk is None else disk.folder) / segment.path

    def close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None

    def _open(self) -> Database | None:
        path = journal_path(self.folder)
        if self._database is None and path.exists():
            database = Database(path, read_only=True)
            if not inspect(database.engine).has_table("segments"):  # the recorder is making it right now
                database.close()
                return None
            self._database = database
        return self._database
