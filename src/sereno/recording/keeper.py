"""The keeper: one thread that makes footage durable, lists closed segments, and watches the disk's room."""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event, Lock

from sereno.core.clock import Clock
from sereno.core.errors import AppError
from sereno.core.ids import FactId, new_id
from sereno.core.media_time import wall_instant
from sereno.recording.archive import Archive, disk_faults_told
from sereno.recording.chain import chained
from sereno.recording.events import SegmentClosed
from sereno.recording.heads import HeadSigner
from sereno.recording.model import Segment
from sereno.recording.space import SpaceKeeper
from sereno.recording.writer import ClosedFile

log = logging.getLogger(__name__)

SYNC_EVERY_S = 1.0
"""What a power cut may cost; a crash of the recorder costs less, because the system still holds what was written."""


@dataclass(slots=True)
class KeeperCounts:
    segments: int = 0
    syncs: int = 0


class Keeper:
    """Takes ended files from the cameras' threads and closes them in order: fsync, then the row."""

    def __init__(self, archive: Archive, space: SpaceKeeper, heads: HeadSigner, clock: Clock) -> None:
        self._archive = archive
        self._space = space
        self._heads = heads
        self._clock = clock
        self._queue: deque[ClosedFile] = deque()
        self._lock = Lock()
        self._wake = Event()
        self._complained = ""
        self.counts = KeeperCounts()

    def submit(self, closed: ClosedFile) -> None:
        with self._lock:
            self._queue.append(closed)
        self._wake.set()

    def run(self, stop: Event) -> None:
        """Until ``stop``; then what was submitted is closed, and it returns."""
        next_s = 0.0
        while not stop.is_set():
            self._wake.wait(max(0.0, min(SYNC_EVERY_S, next_s - self._clock.monotonic_s())))
            self._wake.clear()
            self._guarded(self._close_waiting)
            if self._clock.monotonic_s() >= next_s:
                self._guarded(self._sync_open)
                self._guarded(self._space.step)
                self._guarded(self._heads.step)
                next_s = self._clock.monotonic_s() + SYNC_EVERY_S
        self._guarded(self._close_waiting)
        self._guarded(self._heads.sign_all)

    def wake(self) -> None:
        self._wake.set()

    def _guarded(self, step: Callable[[], None]) -> None:
        """A disk that fails is told once; the step is tried again with the next round."""
        try:
            with disk_faults_told():
                step()
        except AppError as failure:
            self._archive.pause = failure
            if self._complained != failure.code:
                log.error("keeper: %s (%s)", failure, failure.code)
            self._complained = failure.code

    def _sync_open(self) -> None:
        for file in self._archive.unlisted():
            file.sync()
        self.counts.syncs += 1

    def _close_waiting(self) -> None:
        while True:
            with self._lock:
                closed = self._queue[0] if self._queue else None
            if closed is None:
                return
            self._close(closed)
            with self._lock:
                self._queue.popleft()

    def _close(self, closed: ClosedFile) -> None:
        file, archive = closed.file, self._archive
        sha256 = file.close()
        segment = chained(_described(closed, sha256), archive.head(file.camera_id).chain)
        at = self._clock.now()
        fact = SegmentClosed(id=FactId(new_id(at)), at=at, segment=segment)
        archive.journal.close_segment(segment, file.key_frames, fact)
        archive.follow(segment)
        archive.list_closed(file)
        self.counts.segments += 1
        log.info(
            "camera=%s segment=%d frames=%d bytes=%d began=%s ended=%s",
            *(segment.camera_id, segment.number, segment.frames, segment.size),
            *(wall_instant(segment.started_wall).isoformat(), segment.end_reason),
        )


def _described(closed: ClosedFile, sha256: str) -> Segment:
    file = closed.file
    return Segment(
        id=file.id,
        camera_id=file.camera_id,
        number=file.number,
        path=file.path,
        started_wall=closed.started_wall,
        started_media=file.started_media,
        duration=closed.duration,
        frames=file.frames,
        size=file.size,
        sha256=sha256,
        previous_chain="",
        chain="",
        codec=file.codec,
        end_reason=closed.reason.value,
        origin=file.origin.value,
        camera_offset=file.camera_offset,
    )
