"""A disk that was away is here again: what was left undone on it is finished, and what it kept counts again."""

import hashlib
import logging
import os
from pathlib import Path

from sereno.recording.archive import Archive
from sereno.recording.disks import Disk
from sereno.recording.model import Segment
from sereno.recording.space import delete_garbage

log = logging.getLogger(__name__)


def bring_back(archive: Archive, disk: Disk) -> None:
    """Segments that were given up with the disk and are whole on it after all. Raises: OSError."""
    delete_garbage(archive, disk)
    for segment in archive.journal.lost_on(disk.id):
        path = disk.folder / segment.path
        if _is_whole(path, segment):
            archive.journal.bring_back(segment)
            log.warning("camera=%s segment=%d came back with its disk", segment.camera_id, segment.number)
        elif path.exists():
            log.error("camera=%s segment=%d is broken on the disk that failed", segment.camera_id, segment.number)


def _is_whole(path: Path, segment: Segment) -> bool:
    """The file begins with the segment's bytes; what is behind them is cut off."""
    try:
        with path.open("r+b") as file:
            content = hashlib.sha256()
            left = segment.size
            while left and (block := file.read(min(left, 1 << 20))):
                content.update(block)
                left -= len(block)
            if left or content.hexdigest() != segment.sha256:
                return False
            file.truncate(segment.size)
            os.fsync(file.fileno())
            return True
    except FileNotFoundError:
        return False
