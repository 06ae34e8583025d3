"""Room on the archive's disk: what may be shed when it runs out, and when recording must pause."""

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sereno.core.clock import Clock
from sereno.core.media_time import wall_ticks
from sereno.recording.archive import Archive, disk_full, sync_folder

log = logging.getLogger(__name__)

RESUME_MARGIN_BYTES = 32_000_000
"""Recording resumes only when so much more than the reserve is free, so that it does not flutter."""
MIN_PAUSE_S = 3.0
FreeBytes = Callable[[Path], int]
_BATCH = 20


@dataclass(frozen=True, slots=True)
class SpaceRules:
    reserve_bytes: int
    floor: timedelta
    """Nothing younger is deleted, whatever happens."""


class SpaceKeeper:
    """Called every second or two by the keeper's thread."""

    def __init__(self, archive: Archive, rules: SpaceRules, clock: Clock, free: FreeBytes | None = None) -> None:
        self._free = free or free_bytes
        self._archive = archive
        self._rules = rules
        self._clock = clock
        self._paused_s = 0.0

    def step(self) -> None:
        archive, reserve = self._archive, self._rules.reserve_bytes
        now_s = self._clock.monotonic_s()
        free = self._free(archive.folder)
        while free < reserve and self._shed():
            free = self._free(archive.folder)
        if archive.pause is None:
            self._paused_s = now_s
            if free < reserve:
                archive.pause = disk_full()
                log.error("disk_full free_mb=%d reserve_mb=%d: recording pauses", free >> 20, reserve >> 20)
        elif free >= reserve + RESUME_MARGIN_BYTES and now_s - self._paused_s >= MIN_PAUSE_S:
            archive.pause = None
            log.warning("free_mb=%d: recording resumes", free >> 20)

    def _shed(self) -> bool:
        """Delete the oldest footage above the floor. False when there is none."""
        now = self._clock.now()
        doomed = self._archive.journal.oldest(wall_ticks(now - self._rules.floor), _BATCH)
        if not doomed:
            return False
        log.warning("disk_full: shedding %d segments older than the floor, from %s on", len(doomed), doomed[0].path)
        self._archive.journal.shed(doomed, now.isoformat())
        delete_garbage(self._archive)
        return True


def free_bytes(folder: Path) -> int:
    """What a program without privileges may still write."""
    state = os.statvfs(folder)
    return state.f_bavail * state.f_frsize


def delete_garbage(archive: Archive) -> None:
    """Unlink what was decided to be deleted, make that durable, and forget it."""
    paths = archive.journal.garbage()
    folders = set()
    for path in paths:
        full = archive.folder / path
        full.unlink(missing_ok=True)
        if full.parent.is_dir():
            folders.add(full.parent)
    for folder in folders:
        sync_folder(folder)
    if paths:
        archive.journal.drop_garbage(paths)
