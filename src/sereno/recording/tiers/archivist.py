"""The archivist: copies old footage to slow disks and the cold store, clears what was deleted, fetches what is wanted.

It only copies. A segment's place is its row in the journal, which the recorder changes when a copy is finished; then
the recorder deletes the file before. Whatever dies when, each segment has a whole file where its row says.
"""

import hashlib
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from threading import Event

from sereno.core.clock import Clock
from sereno.core.errors import AppError, ErrorKind, unavailable
from sereno.core.ids import SegmentId
from sereno.core.media_time import wall_ticks
from sereno.recording.disks import COLD, HOME, Disk, FreeBytes, configured, free_bytes, look
from sereno.recording.journal import Journal, garbage_name
from sereno.recording.model import Segment
from sereno.recording.tiers.cache import cached_path, is_segment, keep_within, wishes_folder
from sereno.recording.tiers.cold import BLOCK, ColdStore
from sereno.recording.tiers.ledger import Ledger, Move
from sereno.runtime.atomic_file import sync_folder
from sereno.runtime.settings import DiskRole, RecordingSettings

log = logging.getLogger(__name__)

STEP_S = 5.0
WISH_S = 0.25
BATCH = 20
FOREVER = 1 << 62
_SHORT_SHARE = 0.1
"""A fast disk with less of it free sends its oldest footage to a slow one, whatever its age."""


class FootageDamagedError(AppError):
    """A file is not what its row says."""

    def __init__(self, segment: Segment) -> None:
        message = f"Segment {segment.number} of camera {segment.camera_id} is not what its row says: it is not moved."
        super().__init__(ErrorKind.DATA_LOSS, "footage_damaged", message, "Run sereno recordings check.")


@dataclass(slots=True)
class Archivist:
    """One thread. ``journal`` is open read-only."""

    home: Path
    settings: RecordingSettings
    journal: Journal
    ledger: Ledger
    cold: ColdStore | None
    clock: Clock
    free: FreeBytes = free_bytes
    damaged: set[SegmentId] = field(default_factory=set)
    """Whose file is not what its row says: they are left where they are."""

    def run(self, stop: Event) -> None:
        """Until ``stop``. A store that does not answer is tried again; wishes go before moves."""
        next_s = 0.0
        while not stop.wait(WISH_S):
            self._guarded(self.fetch_wanted)
            if self.clock.monotonic_s() >= next_s:
                self._guarded(self.step)
                next_s = self.clock.monotonic_s() + STEP_S

    def step(self) -> None:
        """Settle what was begun, clear what was deleted, then copy some of what is due. Raises: AppError."""
        self._settle()
        self._clear()
        under_way = {move.segment_id for move in self.ledger.moves()}
        for segment, disk in self._due(under_way | self.damaged):
            self._copy(segment, disk)

    def fetch_wanted(self) -> None:
        """Raises: AppError."""
        folder = wishes_folder(self.home)
        for wish in sorted(folder.iterdir()) if folder.is_dir() else ():
            segment = self.journal.segment(SegmentId(wish.name))
            if segment is not None and segment.disk == COLD and self.cold is not None:
                path = cached_path(self.home, segment)
                self.cold.fetch(segment.path, path)
                if not is_segment(path, segment):
                    path.unlink()
                    log.error("segment=%s is not what it was in the cold store", segment.id)
                keep_within(path.parent, self.settings.cold.cache_mb << 20)
            wish.unlink(missing_ok=True)

    def _guarded(self, act: Callable[[], None]) -> None:
        try:
            act()
        except AppError as failure:
            log.warning("archivist: %s (%s)", failure, failure.code)

    def _settle(self) -> None:
        for move in self.ledger.moves():
            segment = self.journal.segment(move.segment_id)
            if segment is not None and (segment.disk, segment.path) == (move.disk, move.path):
                self.ledger.forget(move.segment_id)
            elif segment is None or not move.copied:
                self._drop_copy(move)
                self.ledger.forget(move.segment_id)

    def _drop_copy(self, move: Move) -> None:
        """Of a segment that was deleted meanwhile, or that a crash left half done."""
        if move.disk == COLD:
            if self.cold is not None:
                self.cold.delete(move.path)
            return
        for disk in self._disks():
            if disk.id == move.disk:
                path = disk.folder / move.path
                path.unlink(missing_ok=True)
                path.with_name(f".{path.name}.part").unlink(missing_ok=True)

    def _clear(self) -> None:
        """The recorder cannot reach the cold store: what it deleted there is deleted here."""
        mark = garbage_name(COLD, "")
        garbage = {name for name in self.journal.garbage() if name.startswith(mark)}
        cleared = self.ledger.cleared()
        for name in cleared - garbage:
            self.ledger.unclear(name)
        if self.cold is not None:
            for name in sorted(garbage - cleared):
                self.cold.delete(name.removeprefix(mark))
                self.ledger.clear(name)

    def _due(self, without: set[SegmentId]) -> Iterator[tuple[Segment, str]]:
        """The oldest segments of each disk that must move, and where to."""
        at, disks = self.clock.now(), self._disks()
        slow = [disk for disk in disks if disk.role is DiskRole.SLOW and look(disk) is None and self._roomy(disk)]
        roomiest = max(slow, key=lambda disk: self.free(disk.folder), default=None)
        cold_before = _before(at, self.settings.cold.after_days if self.cold is not None else None)
        slow_before = _before(at, self.settings.slow_after_days)
        for disk in disks:
            to_slow = None if disk.role is DiskRole.SLOW else roomiest
            older_than = slow_before if self._roomy(disk) else FOREVER
            with self.journal.oldest(disk=disk.id) as oldest:
                due = list(islice((each for each in oldest if each.id not in without), BATCH))
            for segment in due:
                if segment.ended_wall < cold_before:
                    yield segment, COLD
                elif to_slow is not None and segment.ended_wall < older_than:
                    yield segment, to_slow.id

    def _roomy(self, disk: Disk) -> bool:
        try:
            found = os.statvfs(disk.folder)
        except OSError:
            return False
        least = max(2 * self.settings.reserve_mb << 20, int(_SHORT_SHARE * found.f_blocks * found.f_frsize))
        return self.free(disk.folder) >= least

    def _disks(self) -> list[Disk]:
        known = self.journal.disks()
        disks = [Disk(HOME, self.home / "archive"), *configured(self.settings.disks)]
        for disk in disks:
            disk.expected = known[disk.id].identity if disk.id in known else ""
        return [disk for disk in disks if disk.id == HOME or disk.expected]

    def _copy(self, segment: Segment, disk_id: str) -> None:
        disks = {disk.id: disk for disk in self._disks()}
        source = disks[segment.disk].folder / segment.path
        self.ledger.begin(Move(segment.id, disk_id, segment.path, copied=False))
        try:
            if disk_id != COLD:
                _copy_local(segment, source, disks[disk_id].folder / segment.path)
            elif self.cold is not None:
                _copy_cold(segment, source, self.cold)
        except FootageDamagedError as failure:
            log.error("archivist: %s", failure)
            self.damaged.add(segment.id)
        except OSError as error:  # a disk, or the segment was deleted meanwhile
            log.warning("archivist: segment=%s cannot be copied: %s", segment.id, error.strerror)
        else:
            self.ledger.copied(segment.id)


def _before(at: datetime, days: float | None) -> int:
    """Ticks before which footage moves; without a number of days none does."""
    return 0 if days is None else wall_ticks(at - timedelta(days=days))


def _copy_cold(segment: Segment, source: Path, cold: ColdStore) -> None:
    """Raises: OSError, AppError of the store, FootageDamagedError."""
    if not is_segment(source, segment):
        raise FootageDamagedError(segment)
    cold.put(segment.path, source)
    if cold.sha256(segment.path) != segment.sha256:
        raise unavailable("cold_unsound", f"The cold store did not keep {segment.path} as it was sent.")


def _copy_local(segment: Segment, source: Path, target: Path) -> None:
    """Raises: OSError, FootageDamagedError."""
    target.parent.mkdir(exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    content = hashlib.sha256()
    with source.open("rb") as original, part.open("wb") as copy:
        while block := original.read(BLOCK):
            content.update(block)
            copy.write(block)
        copy.flush()
        os.fsync(copy.fileno())
        with suppress(OSError):  # read back from the disk, not from memory
            os.posix_fadvise(copy.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    if content.hexdigest() != segment.sha256 or not is_segment(part, segment):
        part.unlink()
        raise FootageDamagedError(segment)
    part.rename(target)
    sync_folder(target.parent)
