"""The keeper: a thread for each disk that makes footage durable and watches the disk, and rows in order.

A slow or broken disk holds up its own files only: others go on. Rows of one camera keep their order, whatever disks
its files lie on.
"""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Lock, Thread

from sereno.core.clock import Clock
from sereno.core.errors import AppError
from sereno.core.ids import CameraId, FactId, new_id
from sereno.core.media_time import wall_instant
from sereno.recording.archive import Archive
from sereno.recording.chain import chained
from sereno.recording.comeback import bring_back
from sereno.recording.disks import HOME, Disk, disk_faults_told
from sereno.recording.events import SegmentClosed
from sereno.recording.heads import HeadSigner
from sereno.recording.model import Segment
from sereno.recording.retention import Doomed, ShedReason
from sereno.recording.space import SpaceKeeper
from sereno.recording.tiers.moving import Moving
from sereno.recording.writer import ClosedFile

log = logging.getLogger(__name__)

SYNC_EVERY_S = 1.0
"""What a power cut may cost; a crash of the recorder costs less, because the system still holds what was written."""
GIVE_UP_S = 5.0
"""After this long a disk that fails (and is not just full) keeps a camera's next rows no longer."""
_STOP_S = 5.0


@dataclass(slots=True)
class KeeperCounts:
    segments: int = 0
    syncs: int = 0


@dataclass(slots=True, eq=False)
class _Ended:
    """A file on its way to its row: ``sha256`` once it is durable, ``lost`` once its disk was given up."""

    closed: ClosedFile
    sha256: str = ""
    lost: bool = False
    failed_s: float | None = None


@dataclass(slots=True)
class _Line:
    """What one disk has to do."""

    disk: Disk
    ended: deque[_Ended] = field(default_factory=deque)
    wake: Event = field(default_factory=Event)
    complained: str = ""


class Keeper:
    """Takes ended files from the cameras' threads and closes them in order: fsync, then the row."""

    def __init__(self, archive: Archive, space: SpaceKeeper, heads: HeadSigner, clock: Clock) -> None:
        self._archive = archive
        self.space = space
        self._heads = heads
        self._moving = Moving(archive, archive.folder.parent)
        self._clock = clock
        self._lines = {disk.id: _Line(disk) for disk in archive.disks.every}
        self._waiting: dict[CameraId, deque[_Ended]] = {}
        self._lock = Lock()
        self._rows = Lock()
        self.counts = KeeperCounts()

    def submit(self, closed: ClosedFile) -> None:
        line, ended = self._lines[closed.file.disk.id], _Ended(closed)
        with self._lock:
            self._waiting.setdefault(closed.file.camera_id, deque()).append(ended)
            line.ended.append(ended)
        line.wake.set()

    def run(self, stop: Event) -> None:
        """Until ``stop``; then what was submitted is closed, and it returns. A disk that hangs is left behind."""
        others = [
            Thread(target=self._tend, args=(line, stop), name=f"disk-{line.disk.id}", daemon=True)
            for line in self._lines.values()
            if line.disk.id != HOME
        ]
        for thread in others:
            thread.start()
        self._tend(self._lines[HOME], stop)
        for thread in others:
            thread.join(_STOP_S)
        self._guarded(self._lines[HOME], self._heads.sign_all)

    def wake(self) -> None:
        for line in self._lines.values():
            line.wake.set()

    def _tend(self, line: _Line, stop: Event) -> None:
        next_s = 0.0
        while not stop.is_set():
            line.wake.wait(max(0.0, min(SYNC_EVERY_S, next_s - self._clock.monotonic_s())))
            line.wake.clear()
            self._guarded(line, lambda: self._close_waiting(line))
            if self._clock.monotonic_s() >= next_s:
                self._guarded(line, lambda: self._sync_open(line))
                self._guarded(line, lambda: self._watch(line))
                next_s = self._clock.monotonic_s() + SYNC_EVERY_S
        self._guarded(line, lambda: self._close_waiting(line))

    def _watch(self, line: _Line) -> None:
        lost = line.disk.pause is not None and line.disk.pause.code != "disk_full"
        self.space.step(line.disk)
        if lost and line.disk.pause is None:
            bring_back(self._archive, line.disk)
        if line.disk.id == HOME:
            self.space.shed_above_limits()
            self._heads.step()
            self._moving.step()

    def _guarded(self, line: _Line, step: Callable[[], None]) -> None:
        """A disk that fails is told once; the step is tried again with the next round."""
        try:
            with disk_faults_told(line.disk):
                step()
        except AppError as failure:
            if line.complained != failure.code:
                log.error("keeper: disk=%r %s (%s)", line.disk.id, failure, failure.code)
            line.complained = failure.code
            if line.disk.id == HOME:  # the journal is there too, and its failures come without a word of the disk
                line.disk.pause = line.disk.pause or failure

    def _sync_open(self, line: _Line) -> None:
        for file in self._archive.unlisted():
            if file.disk is line.disk:
                file.sync()
        self.counts.syncs += 1

    def _close_waiting(self, line: _Line) -> None:
        while line.ended:
            self._close(line, line.ended[0])
            with self._lock:
                line.ended.popleft()

    def _close(self, line: _Line, ended: _Ended) -> None:
        """Raises: OSError, AppError; it is tried again then."""
        if not ended.sha256 and not ended.lost:
            try:
                ended.sha256 = ended.closed.file.close()
            except OSError:
                if not self._given_up(line.disk, ended):
                    raise
                ended.lost = True
        self._list_ready(ended.closed.file.camera_id)

    def _given_up(self, disk: Disk, ended: _Ended) -> bool:
        now_s = self._clock.monotonic_s()
        if ended.failed_s is None:
            ended.failed_s = now_s
        full = disk.pause is not None and disk.pause.code == "disk_full"
        return disk.id != HOME and not full and now_s - ended.failed_s >= GIVE_UP_S

    def _list_ready(self, camera_id: CameraId) -> None:
        """The rows of a camera's files, as far as those before are ready too."""
        with self._rows:
            while True:
                with self._lock:
                    waiting = self._waiting.get(camera_id)
                    ended = waiting[0] if waiting else None
                if ended is None or not (ended.sha256 or ended.lost):
                    return
                self._list(ended)
                with self._lock:
                    self._waiting[camera_id].popleft()

    def _list(self, ended: _Ended) -> None:
        file, archive = ended.closed.file, self._archive
        if file not in archive.unlisted(file.camera_id):
            return  # its row was written, and what came after failed
        sha256 = ended.sha256 or file.sha256
        segment = chained(_described(ended.closed, sha256), archive.head(file.camera_id).chain)
        at = self._clock.now()
        if segment.number > archive.head(file.camera_id).number:
            fact = SegmentClosed(id=FactId(new_id(at)), at=at, segment=segment)
            archive.journal.close_segment(segment, file.key_frames, None if ended.lost else fact)
            archive.follow(segment)
        if ended.lost:
            archive.journal.shed([Doomed(segment, ShedReason.DISK_FAILED)], at.isoformat())
        archive.list_closed(file)
        self.counts.segments += 1
        log.info(
            "camera=%s segment=%d frames=%d bytes=%d began=%s ended=%s%s",
            *(segment.camera_id, segment.number, segment.frames, segment.size),
            *(wall_instant(segment.started_wall).isoformat(), segment.end_reason, " LOST" if ended.lost else ""),
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
        disk=file.disk.id,
    )
