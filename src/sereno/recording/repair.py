"""What the recorder does before it records: finish what a crash left open. Footage is never deleted here."""

import hashlib
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from sereno.core.clock import Clock
from sereno.core.ids import CameraId, FactId, SegmentId, is_id, new_id
from sereno.core.media_time import MediaTicks, WallTicks, wall_instant
from sereno.recording.archive import Archive
from sereno.recording.backfill.delivery import ARRIVING
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
from sereno.recording.disks import Disk
from sereno.recording.events import SegmentClosed
from sereno.recording.journal import garbage_name
from sereno.recording.model import EndReason, KeyFrame, Segment
from sereno.recording.segment_file import is_camera_folder, segment_path
from sereno.recording.space import delete_garbage
from sereno.runtime.atomic_file import sync_folder

log = logging.getLogger(__name__)


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


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file of a camera's folder, by its own name; ``number`` is 0 for a name that the recorder does not give."""

    disk: Disk
    camera_id: CameraId
    number: int
    path: Path

    @property
    def relative(self) -> str:
        return f"{self.camera_id}/{self.path.name}"


def repair(archive: Archive, clock: Clock) -> Repairs:
    """Finish deletions, and close segments that a crash left open at their last whole chunk."""
    repairs = Repairs()
    found: dict[CameraId, list[FoundFile]] = {}
    for disk in archive.disks.every:
        if disk.pause is None:
            delete_garbage(archive, disk)
            for path in disk.folder.glob(f"*/*{ARRIVING}"):
                path.unlink()  # a copy: its delivery is still in the spool
            for file in find_files(disk):
                found.setdefault(file.camera_id, []).append(file)
    for camera_id, files in sorted(found.items()):
        known = archive.head(camera_id).number
        for file in sorted((each for each in files if each.number > known), key=lambda each: each.number):
            _close_open(archive, clock, file, repairs)
    return repairs


def find_files(disk: Disk) -> Iterator[FoundFile]:
    """The files in cameras' folders of a disk, by name; without copies of deliveries that are only arriving."""
    for folder in sorted(path for path in disk.folder.iterdir() if path.is_dir() and is_camera_folder(path.name)):
        for path in sorted(each for each in folder.iterdir() if each.suffix != ARRIVING):
            named = path.suffix == ".mp4" and path.stem.isdecimal()
            yield FoundFile(disk, CameraId(folder.name), int(path.stem) if named else 0, path)


def read_whole(path: Path) -> Salvage | None:
    """The whole chunks at the start of a file; None when there is no picture among them.

    The last reference in the file is the best: while a stream's first pictures come in a burst, they look younger.
    """
    with path.open("rb") as file:
        head = file.read(MAX_HEAD_BYTES)
        at = init_size(head)
        init = head[:at]
        end = os.fstat(file.fileno()).st_size
        pictures: list[Chunk] = []
        whole = 0
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
            whole = at
    if not pictures or offset is None:
        return None
    return Salvage(whole, init, WallTicks(pictures[0].decode_time + offset), tuple(pictures))


def _close_open(archive: Archive, clock: Clock, file: FoundFile, repairs: Repairs) -> None:
    whole = read_whole(file.path)
    if whole is None:
        archive.journal.add_garbage(garbage_name(file.disk.id, file.relative))
        delete_garbage(archive, file.disk)
        repairs.emptied.append(file.relative)
        log.warning("camera=%s file=%s held no whole picture: deleted", file.camera_id, file.path.name)
        return
    lost = file.path.stat().st_size - whole.size
    last = archive.journal.last_live(file.camera_id)
    goes_on = last is None or whole.pictures[0].decode_time >= last.ended_media
    # else it was recorded elsewhere or long ago, and its taking in was cut off
    segment = take_in(archive, clock, file, whole, EndReason.SALVAGED if goes_on else EndReason.ADOPTED)
    repairs.salvaged.append(segment)
    log.warning(
        "camera=%s segment=%d salvaged frames=%d bytes=%d cut=%d",
        *(segment.camera_id, segment.number, segment.frames, segment.size, lost),
    )


def take_in(archive: Archive, clock: Clock, file: FoundFile, whole: Salvage, reason: EndReason) -> Segment:
    """Makes a file the next link of its camera's chain: renamed, cut to what is whole, durable, then its row.

    A file that is named by its segment's id keeps that: its delivery, if it is still there, is known as taken in.
    """
    head = archive.head(file.camera_id)
    number = head.number + 1
    kept = file.disk.folder / segment_path(file.camera_id, number)
    if kept != file.path:
        file.path.rename(kept)
    segment, keys = describe(FoundFile(file.disk, file.camera_id, number, kept), whole, reason)
    if is_id(file.path.stem) and not archive.journal.knows(SegmentId(file.path.stem)):
        segment = replace(segment, id=SegmentId(file.path.stem))
    segment = chained(segment, head.chain)
    at = clock.now()
    archive.journal.close_segment(segment, keys, SegmentClosed(id=FactId(new_id(at)), at=at, segment=segment))
    archive.follow(segment)
    return segment


def describe(file: FoundFile, whole: Salvage, reason: EndReason) -> tuple[Segment, list[KeyFrame]]:
    """Cuts the file to what is whole, makes that durable, and says what it is; not yet chained."""
    descriptor = os.open(file.path, os.O_RDWR | os.O_CLOEXEC)
    try:
        os.ftruncate(descriptor, whole.size)
        os.fsync(descriptor)
        with open(descriptor, "rb", closefd=False) as content:
            sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    finally:
        os.close(descriptor)
    sync_folder(file.path.parent)
    first = whole.pictures[0]
    segment = Segment(
        id=SegmentId(new_id(wall_instant(whole.wall))),
        camera_id=file.camera_id,
        number=file.number,
        path=segment_path(file.camera_id, file.number),
        started_wall=whole.wall,
        started_media=MediaTicks(first.decode_time),
        duration=whole.duration,
        frames=len(whole.pictures),
        size=whole.size,
        sha256=sha256,
        previous_chain="",
        chain="",
        codec=read_codec_string(whole.init),
        end_reason=reason.value,
        disk=file.disk.id,
    )
    keys = [KeyFrame(chunk.offset, MediaTicks(chunk.decode_time)) for chunk in whole.pictures if chunk.key]
    return segment, keys
