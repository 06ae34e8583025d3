"""Room on the disks: sheds what ``retention`` says, under the lock of holds, and says when a disk takes no more."""

import logging
import os
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from sereno.core.clock import Clock
from sereno.core.errors import AppError
from sereno.core.ids import CameraId, FactId, new_id
from sereno.core.media_time import WallTicks, wall_instant, wall_ticks
from sereno.recording.archive import Archive
from sereno.recording.disks import Disk, FreeBytes, disk_full, disk_unwritable, free_bytes, look
from sereno.recording.events import Cut, DiskChanged, FootageShed
from sereno.recording.holds import HeldByCamera, HoldsFile
from sereno.recording.journal import garbage_name
from sereno.recording.model import Segment
from sereno.recording.retention import CameraTerm, Doomed, RetentionRules, ShedReason, above_limits, for_room
from sereno.runtime.atomic_file import sync_folder

log = logging.getLogger(__name__)

RESUME_MARGIN_BYTES = 32_000_000
"""Recording resumes only when so much more than the reserve is free, so that it does not flutter."""
MIN_PAUSE_S = 3.0
LIMITS_EVERY_S = 3600.0
LEAST_STEP = 100
"""Segments of a camera that may go above a limit at once; or a tenth of all it has. A clock that is set wrong, or a
slip in the settings, thus takes hours to do harm, and is told with each step."""
_ROOM_BATCH = 500
_PROBE = ".sereno-probe"


class SpaceKeeper:
    """``step`` is called every second for each disk by the disk's own thread, ``shed_above_limits`` by one of them."""

    def __init__(
        self,
        archive: Archive,
        reserve_bytes: int,
        rules: RetentionRules,
        holds: HoldsFile,
        clock: Clock,
        free: FreeBytes = free_bytes,
    ) -> None:
        self.rules = rules
        """Replaced whole when the roster changes."""
        self._archive = archive
        self._reserve = reserve_bytes
        self._holds = holds
        self._clock = clock
        self._free = free
        self._paused_s: dict[str, float] = {}
        self._said: dict[str, str] = {}
        self._due_s = 0.0

    def step(self, disk: Disk) -> None:
        """Look at the disk, make room on it, and say what changed. Raises: OSError of the disk, AppError."""
        now_s = self._clock.monotonic_s()
        if disk.pause is None:
            self._paused_s[disk.id] = now_s
            disk.pause = look(disk) if disk.expected else None
            if disk.pause is None:
                self._make_room(disk)
        elif now_s - self._paused_s.setdefault(disk.id, now_s) >= MIN_PAUSE_S:
            disk.pause = self._still_wrong(disk)
        self._tell(disk)

    def shed_above_limits(self) -> None:
        """Once an hour, and at the start: what is above a ceiling or a quota."""
        if self._clock.monotonic_s() < self._due_s:
            return
        with self._holds.deciding() as held:
            if held is None:
                return
            at = self._clock.now()
            doomed: list[Doomed] = []
            for camera_id in self._archive.journal.camera_ids():
                doomed += self._above_limits(camera_id, at, held)
            self._shed(doomed, at)
        self._due_s = self._clock.monotonic_s() + LIMITS_EVERY_S

    def _above_limits(self, camera_id: CameraId, at: datetime, held: HeldByCamera) -> list[Doomed]:
        journal = self._archive.journal
        count, size = journal.kept(camera_id)
        with journal.oldest(camera_id=camera_id) as oldest:
            found = above_limits(oldest, size, at, self.rules, held.get(camera_id, ()))
            return list(islice(found, max(LEAST_STEP, count // 10)))

    def _make_room(self, disk: Disk) -> None:
        free = self._free(disk.folder)
        if free >= self._reserve:
            return
        doomed = self._shed_oldest(disk, self._reserve + self._reserve // 4 - free)
        free = self._free(disk.folder)
        if free < self._reserve and not doomed:
            disk.pause = disk_full()
            log.error("disk_full disk=%r free_mb=%d reserve_mb=%d", disk.id, free >> 20, self._reserve >> 20)

    def _shed_oldest(self, disk: Disk, needed_bytes: int) -> int:
        """How many segments went."""
        with self._holds.deciding() as held:
            if held is None:
                return 0
            at = self._clock.now()
            floor = wall_ticks(at - self.rules.term.floor)
            with self._archive.journal.oldest(disk=disk.id) as oldest:
                doomed = list(islice(for_room(oldest, needed_bytes, floor, held), _ROOM_BATCH))
            self._shed(doomed, at)
            return len(doomed)

    def _still_wrong(self, disk: Disk) -> AppError | None:
        """Why the disk must go on waiting; None when it may be written again."""
        wrong = look(disk) if disk.expected else None
        if wrong is not None or disk.pause is None:
            return wrong
        if disk.pause.code == "disk_full":
            self._make_room(disk)
            return disk.pause if self._free(disk.folder) < self._reserve + RESUME_MARGIN_BYTES else None
        try:
            _probe(disk.folder)
        except OSError as error:
            return disk_unwritable(disk, error)
        return None

    def _shed(self, doomed: Sequence[Doomed], at: datetime) -> None:
        if not doomed:
            return
        told = [shed_fact(reason, doomed, at) for reason in sorted({each.reason for each in doomed})]
        for fact in told:
            log.warning("shed reason=%s segments=%d", fact.reason, sum(cut.segments for cut in fact.cuts))
        self._archive.journal.shed(doomed, at.isoformat(), *told)
        for disk in {each.segment.disk for each in doomed}:
            found = self._archive.disks.find(disk)
            if found is not None and found.pause is None:
                delete_garbage(self._archive, found)

    def _tell(self, disk: Disk) -> None:
        code = "" if disk.pause is None else disk.pause.code
        before = self._said.get(disk.id, "")
        if code == before:
            return
        at = self._clock.now()
        pause = disk.pause
        fact = DiskChanged(
            id=FactId(new_id(at)),
            at=at,
            disk=disk.id,
            folder=str(disk.folder),
            reason=code,
            message="" if pause is None else pause.message,
            advice="" if pause is None else pause.advice,
        )
        log.warning("disk=%r %s", disk.id, pause or "is written again")
        self._said[disk.id] = code
        self._archive.journal.tell(fact)


def delete_garbage(archive: Archive, disk: Disk | None = None) -> None:
    """Unlink what was decided to be deleted from one disk (the home), make that durable, and forget it."""
    disk = disk or archive.disks.home
    mark = garbage_name(disk.id, "")
    names = [name for name in archive.journal.garbage() if name.startswith(mark) and (mark or ":" not in name)]
    folders = set()
    for name in names:
        full = disk.folder / name.removeprefix(mark)
        full.unlink(missing_ok=True)
        if full.parent.is_dir():
            folders.add(full.parent)
    for folder in folders:
        sync_folder(folder)
    if names:
        archive.journal.drop_garbage(names)


def camera_term(quota_gb: float | None, keep_days: float | None) -> CameraTerm:
    return CameraTerm(
        keep=None if keep_days is None else timedelta(days=keep_days),
        quota_bytes=None if quota_gb is None else int(quota_gb * 1e9),
    )


def shed_fact(reason: ShedReason, doomed: Iterable[Doomed], at: datetime) -> FootageShed:
    by_camera: dict[CameraId, list[Segment]] = {}
    for each in doomed:
        if each.reason is reason:
            by_camera.setdefault(each.segment.camera_id, []).append(each.segment)
    cuts = tuple(_cut(camera_id, segments) for camera_id, segments in sorted(by_camera.items()))
    return FootageShed(id=FactId(new_id(at)), at=at, reason=reason.value, cuts=cuts)


def _cut(camera_id: CameraId, segments: Sequence[Segment]) -> Cut:
    return Cut(
        camera_id=camera_id,
        segments=len(segments),
        first_number=min(each.number for each in segments),
        last_number=max(each.number for each in segments),
        began=wall_instant(min(each.started_wall for each in segments)),
        ended=wall_instant(WallTicks(max(each.ended_wall for each in segments))),
        size=sum(each.size for each in segments),
    )


def _probe(folder: Path) -> None:
    path = folder / _PROBE
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, b"sereno")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
        path.unlink(missing_ok=True)
