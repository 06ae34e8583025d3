"""The recorder's side of backfill: deliveries become segments at the end of their camera's chain.

A delivery is copied into the archive chunk by chunk, made durable as a file that is only arriving, and waits.
Its number and name it gets when the camera's next segment begins: only there is a place between two links. What a
crash interrupts is done again, because the delivery stays until its row is there.
"""

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event, Lock

from sereno.core.clock import Clock
from sereno.core.errors import AppError, data_loss
from sereno.core.ids import CameraId, SegmentId
from sereno.core.media_time import TICKS_PER_S, MediaTicks, WallTicks
from sereno.recording.archive import Archive
from sereno.recording.backfill.delivery import ARRIVING, Delivery, drop, footage_path, is_whole, waiting
from sereno.recording.chunks import (
    MAX_HEADER_SIZE,
    REFERENCE_SIZE,
    Chunk,
    decoded_at,
    init_size,
    read_chunk,
    read_codec_string,
    read_reference,
)
from sereno.recording.disks import disk_faults_told, free_bytes
from sereno.recording.journal import find_segments
from sereno.recording.model import RECORDED_HERE, EndReason
from sereno.recording.segment_file import SegmentFile, is_camera_folder
from sereno.recording.writer import ClosedFile, Closings
from sereno.runtime.atomic_file import sync_folder

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
MAX_INIT_BYTES = 65_536
MAX_STEP_TICKS = 10 * TICKS_PER_S
_NEIGHBOUR_TICKS = 86_400 * TICKS_PER_S
AT_A_TURN = 4
"""Segments taken in where one live segment ends and the next begins."""


@dataclass(frozen=True, slots=True)
class _Ready:
    closed: ClosedFile
    spool: Path
    delivery: Delivery


class Door:
    """``run`` in a thread of its own; ``take_in`` is called by the camera's own thread between two segments."""

    def __init__(self, archive: Archive, closings: Closings, spools: Sequence[Path], clock: Clock) -> None:
        self._archive = archive
        self._closings = closings
        self._spools = spools
        self._clock = clock
        self._lock = Lock()
        self._ready: dict[CameraId, deque[_Ready]] = {}
        self._known: dict[SegmentId, _Ready | None] = {}

    def run(self, stop: Event) -> None:
        while not stop.wait(LOOK_EVERY_S):
            self.look()

    def look(self) -> None:
        """Prepares what was handed over, and forgets what has its row."""
        for spool in self._spools:
            for delivery in waiting(spool):
                if self._archive.journal.knows(delivery.id):
                    drop(spool, delivery)
                    self._known.pop(delivery.id, None)
                elif delivery.id not in self._known:
                    self._prepare(spool, delivery)

    def take_in(self, camera_id: CameraId) -> None:
        """Between a camera's segments: what waits gets the next numbers."""
        for _ in range(AT_A_TURN):
            with self._lock:
                ready = self._ready.get(camera_id)
                if not ready:
                    return
                each = ready.popleft()
            try:
                _arrive(each.closed.file)
            except AppError as error:
                log.error("camera=%s a delivery is not taken: %s", camera_id, error)
                self._known.pop(each.delivery.id, None)  # it is prepared anew, for another disk
                return
            each.closed.file.number = self._archive.next_number(camera_id)
            self._archive.enlist(each.closed.file)
            self._closings.submit(each.closed)
            log.info("camera=%s footage from the %s taken in", camera_id, each.delivery.origin.value)

    def _prepare(self, spool: Path, delivery: Delivery) -> None:
        if not is_camera_folder(delivery.camera_id) or not is_whole(spool, delivery):
            log.error("a delivery of camera %r is not what it says: dropped", delivery.camera_id)
            drop(spool, delivery)
            return
        try:
            closed = self._copied(spool, delivery)
        except AppError as error:
            log.error("camera=%s a delivery is not taken: %s", delivery.camera_id, error)
            if error.code == "delivery_garbage":
                drop(spool, delivery)
            return
        ready = _Ready(closed, spool, delivery)
        self._known[delivery.id] = ready
        with self._lock:
            self._ready.setdefault(delivery.camera_id, deque()).append(ready)

    def _copied(self, spool: Path, delivery: Delivery) -> ClosedFile:
        """Raises: AppError ``delivery_garbage``, or what is wrong with the disk."""
        path = footage_path(spool, delivery.id)
        pictures = [_at_wall(each, delivery.wall_offset) for each in _pictures(path)]
        began, last = pictures[0].decode_time, pictures[-1]
        file = self._file_aside(delivery.camera_id, delivery.id)
        try:
            offset = self._media_of(delivery.camera_id, began) - began
            file.origin, file.camera_offset = delivery.origin, delivery.camera_offset
            _fill(file, path, pictures, offset)
            file.close()
        except (AppError, OSError):
            file.discard()
            raise
        duration = MediaTicks(last.decode_time + last.duration - began)
        file.closed_wall = WallTicks(began + duration)
        return ClosedFile(file, WallTicks(began), duration, EndReason.ADOPTED)

    def _file_aside(self, camera_id: CameraId, segment_id: SegmentId) -> SegmentFile:
        """Without a number yet, and under no name of a segment: the next start removes it."""
        disk = self._archive.disks.choose(camera_id, 0, free_bytes)
        name = f"{camera_id}/{segment_id}{ARRIVING}"
        with disk_faults_told(disk):
            if not (disk.folder / camera_id).is_dir():
                (disk.folder / camera_id).mkdir(exist_ok=True)
                sync_folder(disk.folder)
            (disk.folder / name).unlink(missing_ok=True)
        return SegmentFile(disk, camera_id, 0, segment_id, name)

    def _media_of(self, camera_id: CameraId, wall: int) -> int:
        """Where it belongs on the camera's media time line: as far behind the live segment before as in wall time."""
        with self._archive.journal.database.read() as connection:
            before = find_segments(connection, camera_id, WallTicks(wall - _NEIGHBOUR_TICKS), WallTicks(wall))
        live = [each for each in before if each.origin in RECORDED_HERE and each.ended_wall <= wall + TICKS_PER_S]
        if not live:
            return wall
        last = max(live, key=lambda each: each.ended_wall)
        return last.ended_media + wall - last.ended_wall


def _arrive(file: SegmentFile) -> None:
    """Gives the durable copy its segment's name; it takes the place of one that a crash left without a row.

    Raises: AppError, what is wrong with the disk.
    """
    path = file.full_path.with_suffix(".mp4")
    with disk_faults_told(file.disk):
        file.full_path.rename(path)
    file.path, file.full_path = f"{file.camera_id}/{path.name}", path


def _fill(file: SegmentFile, path: Path, pictures: Sequence[Chunk], offset: int) -> None:
    """``offset`` is media time minus wall time."""
    began = pictures[0].decode_time
    with path.open("rb") as content:
        init = content.read(pictures[0].offset)
        file.begin(init, read_codec_string(init), MediaTicks(began + offset), WallTicks(began))
        for each in pictures:
            content.seek(each.offset)
            media = MediaTicks(each.decode_time + offset)
            key_wall = WallTicks(each.decode_time) if each.key else None
            file.append(decoded_at(content.read(each.size), media), media, key_wall)
    file.flush()


def _at_wall(picture: Chunk, offset: int) -> Chunk:
    return replace(picture, decode_time=picture.decode_time + offset)


def _pictures(path: Path) -> Iterator[Chunk]:
    """Raises: AppError ``delivery_garbage`` when the file is anything but our own kind of chunks in order."""
    size = path.stat().st_size
    with path.open("rb") as content:
        at = init_size(content.read(MAX_INIT_BYTES))
        if not at:
            raise _garbage("it has no beginning")
        before: Chunk | None = None
        while at < size:
            content.seek(at)
            head = content.read(MAX_HEADER_SIZE)
            if read_reference(head[:REFERENCE_SIZE]) is not None:  # it tells a wall time that we know better
                at += REFERENCE_SIZE
                continue
            chunk = read_chunk(head, at)
            if chunk is None or chunk.sound or at + chunk.size > size or not 0 < chunk.duration <= MAX_STEP_TICKS:
                raise _garbage("it holds something else than pictures")
            if before is None and not chunk.key:
                raise _garbage("it does not begin with a key frame")
            if before is not None and not 0 < chunk.decode_time - before.decode_time <= MAX_STEP_TICKS:
                raise _garbage("its times do not follow each other")
            yield chunk
            before, at = chunk, at + chunk.size
        if before is None:
            raise _garbage("it holds no picture")


def _garbage(why: str) -> AppError:
    return data_loss("delivery_garbage", f"A delivery is refused: {why}.")
