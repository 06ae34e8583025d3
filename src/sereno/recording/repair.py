"""What the recorder does before it records: finish what a crash left open. Footage is never deleted here."""

import hashlib
import logging
import os
from dataclasses import dataclass, field
from pathlib import Path

from sereno.core.clock import Clock
from sereno.core.ids import CameraId, FactId, SegmentId, new_id
from sereno.core.media_time import MediaTicks, WallTicks, wall_instant
from sereno.recording.archive import Archive, segment_path, sync_folder
from sereno.recording.chain import chained
from sereno.recording.chunks import (
    MAX_HEADER_SIZE,
    REFERENCE_SIZE,
    Chunk,
    init_size,
    read_chunk,
    read_codec_string,
    read_reference,
)
from sereno.recording.clip import MAX_HEAD_BYTES
from sereno.recording.events import SegmentClosed
from sereno.recording.model import EndReason, KeyFrame, Segment
from sereno.recording.space import delete_garbage

log = logging.getLogger(__name__)

LOOK_AHEAD = 64
"""How many numbers beyond the last listed segment are looked for."""


@dataclass(slots=True)
class Repairs:
    """What was found."""

    salvaged: list[Segment] = field(default_factory=list)
    emptied: list[str] = field(default_factory=list)
    """Files without one whole picture, deleted."""


@dataclass(frozen=True, slots=True)
class Salvage:
    """What is whole in a file that was being written."""

    size: int
    init: bytes
    wall: WallTicks
    pictures: tuple[Chunk, ...]

    @property
    def duration(self) -> MediaTicks:
        last = self.pictures[-1]
        return MediaTicks(last.decode_time + last.duration - self.pictures[0].decode_time)


def repair(archive: Archive, clock: Clock) -> Repairs:
    """Finish deletions, and close segments that a crash left open at their last whole chunk."""
    delete_garbage(archive)
    repairs = Repairs()
    for folder in sorted(path for path in archive.folder.iterdir() if path.is_dir()):
        camera_id = CameraId(folder.name)
        number = archive.head(camera_id).number + 1
        for candidate in range(number, number + LOOK_AHEAD):
            path = archive.folder / segment_path(camera_id, candidate)
            if path.exists():
                _close_open(archive, clock, camera_id, path, repairs)
    return repairs


def read_whole(path: Path) -> Salvage | None:
    """The whole chunks at the start of a file; None when there is not one.

    The last reference in the file is the best: while a stream's first pictures come in a burst, they look younger.
    """
    with path.open("rb") as file:
        head = file.read(MAX_HEAD_BYTES)
        at = init_size(head)
        init = head[:at]
        end = os.fstat(file.fileno()).st_size
        pictures: list[Chunk] = []
        size = 0
        offset: int | None = None
        while at and at < end:
            file.seek(at)
            header = file.read(MAX_HEADER_SIZE)
            reference = read_reference(header[:REFERENCE_SIZE])
            if reference is not None:
                offset = reference[0] - reference[1]
                at += REFERENCE_SIZE
                continue
            chunk = read_chunk(header, at)
            if chunk is None or at + chunk.size > end:
                break
            if not chunk.sound:
                pictures.append(chunk)
            at += chunk.size
            size = at
    if not pictures or offset is None:
        return None
    return Salvage(size, init, WallTicks(pictures[0].decode_time + offset), tuple(pictures))


def _close_open(archive: Archive, clock: Clock, camera_id: CameraId, path: Path, repairs: Repairs) -> None:
    relative = str(path.relative_to(archive.folder))
    whole = read_whole(path)
    if whole is None:
        archive.journal.add_garbage(relative)
        delete_garbage(archive)
        repairs.emptied.append(relative)
        log.warning("camera=%s file=%s held no whole picture: deleted", camera_id, path.name)
        return
    lost = path.stat().st_size - whole.size
    head = archive.head(camera_id)
    kept = archive.folder / segment_path(camera_id, head.number + 1)
    if kept != path:
        path.rename(kept)
    segment, keys = _describe(camera_id, kept, whole, head.number + 1)
    segment = chained(segment, head.chain)
    at = clock.now()
    archive.journal.close_segment(segment, keys, SegmentClosed(id=FactId(new_id(at)), at=at, segment=segment))
    archive.follow(segment)
    repairs.salvaged.append(segment)
    log.warning(
        "camera=%s segment=%d salvaged frames=%d bytes=%d cut=%d",
        *(camera_id, segment.number, segment.frames, segment.size, lost),
    )


def _describe(camera_id: CameraId, path: Path, whole: Salvage, number: int) -> tuple[Segment, list[KeyFrame]]:
    """Cuts the file to what is whole, makes that durable, and says what it is."""
    with path.open("r+b") as file:
        file.truncate(whole.size)
        os.fsync(file.fileno())
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    sync_folder(path.parent)
    first = whole.pictures[0]
    segment = Segment(
        id=SegmentId(new_id(wall_instant(whole.wall))),
        camera_id=camera_id,
        number=number,
        path=segment_path(camera_id, number),
        started_wall=whole.wall,
        started_media=MediaTicks(first.decode_time),
        duration=whole.duration,
        frames=len(whole.pictures),
        size=whole.size,
        sha256=sha256,
        previous_chain="",
        chain="",
        codec=read_codec_string(whole.init),
        end_reason=EndReason.SALVAGED.value,
    )
    keys = [KeyFrame(chunk.offset, MediaTicks(chunk.decode_time)) for chunk in whole.pictures if chunk.key]
    return segment, keys
