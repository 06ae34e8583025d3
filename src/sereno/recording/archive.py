"""The archive folder: its identity, its open files, and where each segment's file lies."""

import errno
import hashlib
import json
import logging
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from sereno.core.clock import Clock
from sereno.core.errors import AppError, data_loss, exhausted, invalid, unavailable
from sereno.core.ids import CameraId, SegmentId, new_id
from sereno.core.media_time import TICKS_PER_S, MediaTicks, WallTicks
from sereno.recording.chunks import make_reference
from sereno.recording.disks import ARCHIVE_FILE, Disk, Disks, adopt, configured, free_bytes
from sereno.recording.journal import Journal, KnownDisk, journal_path
from sereno.recording.live import LiveChunk
from sereno.recording.model import GENESIS, KeyFrame, Origin, Segment
from sereno.runtime.atomic_file import replace_file
from sereno.runtime.database import Database
from sereno.runtime.settings import DiskSettings

log = logging.getLogger(__name__)

IDENTITY = ARCHIVE_FILE
WITNESS = "archive-identity.json"
"""The same, in the home folder: there it is not on the archive's disk, and tells when that disk is missing."""
FLUSH_BYTES = 131_072
FLUSH_TICKS = TICKS_PER_S // 2
"""Half a second: what a crash of the recorder itself may cost, besides the picture being received."""
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_CAMERA_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def is_camera_folder(camera_id: str) -> bool:
    return _CAMERA_ID.fullmatch(camera_id) is not None


def segment_path(camera_id: CameraId, number: int) -> str:
    """Relative to the folder of its disk. Raises: AppError invalid for an id that is no plain folder name."""
    if not is_camera_folder(camera_id):
        raise invalid("camera_id_invalid", f"The camera id {camera_id!r} cannot name a folder.")
    return f"{camera_id}/{number:08d}.mp4"


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The last link of a camera's chain."""

    number: int
    chain: str


class SegmentFile:
    """A segment being written. The camera's thread appends; the keeper's thread makes it durable and closes it."""

    def __init__(self, disk: Disk, camera_id: CameraId, number: int, segment_id: SegmentId, name: str = "") -> None:
        self.id = segment_id
        self.disk = disk
        self.camera_id = camera_id
        self.number = number
        self.path = name or segment_path(camera_id, number)
        self.full_path = disk.folder / self.path
        self.size = 0
        """Bytes of whole chunks; what a reader may read."""
        self.frames = 0
        self.key_frames: list[KeyFrame] = []
        self.started_media = MediaTicks(0)
        self.started_wall = WallTicks(0)
        """The estimate at the beginning; the row may differ by the burst of a stream's first pictures."""
        self.closed_wall: WallTicks | None = None
        self.codec = ""
        self.origin = Origin.LIVE
        self.camera_offset: int | None = None
        """The camera's clock minus ours, in ticks; whoever learns it from the camera sets it before the end."""
        self.synced = 0
        self.lost_from: MediaTicks | None = None
        """Media time of the first chunk that the disk did not take."""
        self._waiting: list[bytes] = []
        self._waiting_bytes = self._waiting_frames = 0
        self._waiting_keys: list[KeyFrame] = []
        self._waiting_from = MediaTicks(0)
        self._syncing = Lock()
        self._spoiled = False
        """The disk once refused to make something durable: the system forgets that, so its later word is no proof."""
        self._hash = hashlib.sha256()
        with disk_faults_told(disk):
            self._descriptor = os.open(self.full_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)

    def begin(self, init: bytes, codec: str, media: MediaTicks, wall: WallTicks) -> None:
        """Write the init segment. Raises: AppError exhausted ``disk_full``; the file is gone then."""
        self.codec = codec
        self.started_media = media
        self.started_wall = wall
        try:
            self._write(init)
        except AppError:
            os.close(self._descriptor)
            self.full_path.unlink()
            raise

    def append(self, chunk: bytes, media: MediaTicks, key_wall: WallTicks | None, *, picture: bool = True) -> None:
        """``key_wall`` is the wall time of a key frame: a reference before it tells it to who finds the file alone.

        Chunks are written some at a time: a write and a hash for each would cost more than all the rest.
        Raises: AppError exhausted ``disk_full``; the file ends with its last whole chunk then.
        """
        self.extend([LiveChunk(chunk, key_wall is not None, media, key_wall or WallTicks(0))], frames=int(picture))

    def extend(self, chunks: Sequence[LiveChunk], *, frames: int) -> None:
        """``append`` for what one read brought, ``frames`` of it pictures; a key frame only in front."""
        first, contents = chunks[0], [each.content for each in chunks]
        if not self._waiting:
            self._waiting_from = first.media
        if first.key:
            self._waiting_keys.append(KeyFrame(self.size + self._waiting_bytes, first.media))
            contents[0] = make_reference(first.wall, first.media) + contents[0]
        self._waiting += contents
        self._waiting_bytes += sum([len(content) for content in contents])
        self._waiting_frames += frames
        if self._waiting_bytes >= FLUSH_BYTES or chunks[-1].media - self._waiting_from >= FLUSH_TICKS:
            self.flush()

    def flush(self) -> None:
        """Write what waits. Raises: AppError as ``append`` does; ``lost_from`` says what did not get in."""
        if not self._waiting:
            return
        content, keys, frames = b"".join(self._waiting), self._waiting_keys, self._waiting_frames
        self._waiting, self._waiting_keys = [], []
        self._waiting_bytes = self._waiting_frames = 0
        try:
            self._write(content)
        except AppError:
            self.lost_from = self._waiting_from
            raise
        self.frames += frames
        self.key_frames += keys

    def sync(self) -> None:
        """Make what was written so far durable, and with the first of it the file's name."""
        size = self.size
        with self._syncing:
            if size != self.synced and self._descriptor >= 0:
                self._spoiled = True
                os.fdatasync(self._descriptor)
                if not self.synced:
                    sync_folder(self.full_path.parent)
                self._spoiled = False
                self.synced = size

    def discard(self) -> None:
        """Delete a file that took no picture."""
        with self._syncing:
            os.close(self._descriptor)
            self._descriptor = -1
        with suppress(OSError):  # a disk that failed; the name is put aside when it comes back
            self.full_path.unlink(missing_ok=True)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def close(self) -> str:
        """Make the file and its name durable; gives its SHA-256. May be called again after it failed.

        Raises: OSError; after one that concerned content, the file is read back from the disk to be believed.
        """
        with self._syncing:
            if self._descriptor >= 0:
                before, self._spoiled = self._spoiled, True
                os.fsync(self._descriptor)
                if before:
                    self._read_back()
                self._spoiled = False
                os.close(self._descriptor)
                self._descriptor = -1
        sync_folder(self.full_path.parent)
        return self.sha256

    def _read_back(self) -> None:
        os.posix_fadvise(self._descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        with self.full_path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != self.sha256:
                raise OSError(errno.EIO, os.strerror(errno.EIO))

    def _write(self, content: bytes) -> None:
        written = 0
        view = memoryview(content)
        try:
            while written < len(content):
                written += os.write(self._descriptor, view[written:])
        except OSError as error:
            with disk_faults_told(self.disk):
                os.ftruncate(self._descriptor, self.size)
                os.lseek(self._descriptor, self.size, os.SEEK_SET)
                raise error
        self._hash.update(content)
        self.size += written


class Archive:
    """The journal, the head of every camera's chain, and the files that have no row yet."""

    def __init__(self, folder: Path, journal: Journal, disks: Disks | None = None) -> None:
        self.folder = folder
        self.journal = journal
        self.disks = disks or Disks(folder)
        self._numbers: dict[CameraId, int] = {}
        self._heads: dict[CameraId, ChainHead] = {}
        self._unlisted: dict[CameraId, list[SegmentFile]] = {}
        self._lock = Lock()

    @property
    def pause(self) -> AppError | None:
        """Why nothing is written now: every disk is full or broken."""
        return self.disks.pause

    def create(self, camera_id: CameraId, segment_id: SegmentId) -> SegmentFile:
        """The file of a camera's next segment, on the first disk that takes it.

        Raises: AppError ``disk_full`` or what else is wrong with the last disk.
        """
        number = self.next_number(camera_id)
        while True:
            disk = self.disks.choose(camera_id, number, free_bytes)
            try:
                return self._create_on(disk, camera_id, number, segment_id)
            except AppError as failure:
                if disk.pause is None:
                    raise
                log.error("disk=%r takes no file of camera=%s: %s", disk.id, camera_id, failure)

    def next_number(self, camera_id: CameraId) -> int:
        """For the camera's own thread, while it has no segment open."""
        self.head(camera_id)
        return self._numbers[camera_id] + 1

    def _create_on(self, disk: Disk, camera_id: CameraId, number: int, segment_id: SegmentId) -> SegmentFile:
        path = disk.folder / segment_path(camera_id, number)
        with disk_faults_told(disk):
            if not path.parent.is_dir():
                path.parent.mkdir(exist_ok=True)
                sync_folder(disk.folder)
            if path.exists():
                path.rename(path.with_name(f"{path.stem}.stray-{segment_id}.mp4"))
                sync_folder(path.parent)  # or the new file could take the only name that the other one has
                log.error("camera=%s number=%d: a file of unknown origin was put aside", camera_id, number)
        return SegmentFile(disk, camera_id, number, segment_id)

    def path(self, segment: Segment) -> Path | None:
        """Where its file lies; None when it is in the cold store, or on a disk that the settings no longer name."""
        disk = self.disks.find(segment.disk)
        return None if disk is None else disk.folder / segment.path

    def enlist(self, file: SegmentFile) -> None:
        """From now on the file is found by readers, and its number is taken."""
        with self._lock:
            self._numbers[file.camera_id] = file.number
            self._unlisted.setdefault(file.camera_id, []).append(file)

    def unlisted(self, camera_id: CameraId | None = None) -> list[SegmentFile]:
        """Open files and closed ones that have no row yet, in order; of one camera or of all."""
        with self._lock:
            if camera_id is not None:
                return list(self._unlisted.get(camera_id, ()))
            return [file for files in self._unlisted.values() for file in files]

    def head(self, camera_id: CameraId) -> ChainHead:
        with self._lock:
            known = self._heads.get(camera_id)
        if known is not None:
            return known
        last = self.journal.last_segment(camera_id)
        head = ChainHead(0, GENESIS) if last is None else ChainHead(last.number, last.chain)
        with self._lock:
            self._numbers.setdefault(camera_id, head.number)
            return self._heads.setdefault(camera_id, head)

    def heads(self) -> dict[CameraId, ChainHead]:
        """Of every camera that was asked for since the start and has a segment."""
        with self._lock:
            return {camera_id: head for camera_id, head in self._heads.items() if head.number}

    def follow(self, segment: Segment) -> None:
        """The segment has its row: it is the head of its camera's chain."""
        with self._lock:
            self._heads[segment.camera_id] = ChainHead(segment.number, segment.chain)
            self._numbers[segment.camera_id] = max(segment.number, self._numbers.get(segment.camera_id, 0))

    def list_closed(self, file: SegmentFile) -> None:
        """Readers find it by its row from now on."""
        with self._lock:
            self._unlisted[file.camera_id].remove(file)

    def discard(self, file: SegmentFile) -> None:
        """A file that took no picture, because the disk was full at once: its number is free again."""
        with self._lock:
            self._unlisted[file.camera_id].remove(file)
            self._numbers[file.camera_id] = file.number - 1
        file.discard()


def open_archive(home: Path, clock: Clock, disks: Sequence[DiskSettings] = ()) -> Archive:
    """The archive under ``home``, made at first start, with the other disks that are there.

    Raises: AppError data_loss ``archive_missing`` or ``archive_swapped`` when the folder is not the one this centre
    has recorded into; nothing is written then.
    """
    folder = home / "archive"
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        sync_folder(home)  # before the witness beside it says that it is there
    identity, witness = read_identity(folder / IDENTITY), read_identity(home / WITNESS)
    if identity is None:
        if witness is not None or journal_path(folder).exists():
            raise data_loss(
                "archive_missing",
                f"The archive's disk is not at {folder}: there is no {IDENTITY} in it.",
                f"Mount the disk. If the recordings are lost for good, delete {home / WITNESS} to begin a new archive.",
            )
        identity = new_id(clock.now())
        replace_file(folder / IDENTITY, json.dumps({"archive_id": identity}).encode())
    if witness is None:
        replace_file(home / WITNESS, json.dumps({"archive_id": identity}).encode())
    elif witness != identity:
        raise data_loss(
            "archive_swapped",
            f"The disk at {folder} holds another centre's archive.",
            f"Mount the right disk. To adopt this one for good, delete {home / WITNESS}.",
        )
    journal = Journal(Database(journal_path(folder)))
    journal.prepare(identity)
    return Archive(folder, journal, _disks(folder, identity, journal, clock, configured(disks)))


def _disks(folder: Path, identity: str, journal: Journal, clock: Clock, others: list[Disk]) -> Disks:
    known = journal.disks()
    for disk in others:
        expected = known[disk.id].identity if disk.id in known else None
        found = adopt(disk, expected, new_id(clock.now()))
        if disk.pause is not None:
            log.error("%s (%s)", disk.pause, disk.pause.code)
        if expected is not None or disk.pause is None:
            journal.put_disk(KnownDisk(disk.id, found, disk.folder))
    disks = Disks(folder, others)
    disks.home.expected = identity
    return disks


def sync_folder(folder: Path) -> None:
    """Make new and removed names durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_identity(path: Path) -> str | None:
    """Which archive a disk belongs to; None when nothing says it. Raises: AppError data_loss when it is garbled."""
    try:
        return str(json.loads(path.read_bytes())["archive_id"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        raise data_loss(
            "archive_identity_unreadable", f"{path} cannot be read.", "Restore the file from a backup."
        ) from None


def disk_full() -> AppError:
    return exhausted(
        "disk_full",
        "The disk is full: this camera is not being recorded.",
        "Free space on the archive's disk; recording resumes by itself.",
    )


@contextmanager
def disk_faults_told(disk: Disk) -> Iterator[None]:
    """Turns the system's word for a disk that takes no more into ours; the disk is not written any more."""
    try:
        yield
    except OSError as error:
        failure = disk_full() if error.errno in _FULL else disk_unwritable(disk, error)
        disk.pause = disk.pause or failure
        raise failure from error


def disk_unwritable(disk: Disk, error: OSError) -> AppError:
    return unavailable(
        "archive_unwritable",
        f"The disk at {disk.folder} cannot be written ({error.strerror}): nothing is recorded onto it.",
        "Check the disk and its mount; it is used again by itself.",
    )
