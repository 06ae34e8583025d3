"""The file of a segment while it is being written, and how files and folders of cameras are named."""

import errno
import hashlib
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from threading import Lock

from sereno.core.errors import AppError, invalid
from sereno.core.ids import CameraId, SegmentId
from sereno.core.media_time import TICKS_PER_S, MediaTicks, WallTicks
from sereno.recording.chunks import make_reference
from sereno.recording.disks import Disk, disk_faults_told
from sereno.recording.live import LiveChunk
from sereno.recording.model import KeyFrame, Origin
from sereno.runtime.atomic_file import sync_folder

FLUSH_BYTES = 262_144
FLUSH_TICKS = TICKS_PER_S // 2
"""Half a second: what a crash of the recorder itself may cost, besides the picture being received."""
_CAMERA_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def is_camera_folder(camera_id: str) -> bool:
    return _CAMERA_ID.fullmatch(camera_id) is not None


def segment_path(camera_id: CameraId, number: int) -> str:
    """Relative to the folder of its disk. Raises: AppError invalid for an id that is no plain folder name."""
    if not is_camera_folder(camera_id):
        raise invalid("camera_id_invalid", f"The camera id {camera_id!r} cannot name a folder.")
    return f"{camera_id}/{number:08d}.mp4"


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
