"""The archive folder: its identity, its open files, and where each segment's file lies."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from sereno.core.clock import Clock
from sereno.core.errors import AppError, data_loss
from sereno.core.ids import CameraId, SegmentId, new_id
from sereno.recording.disks import ARCHIVE_FILE, Disk, Disks, adopt, configured, disk_faults_told, free_bytes
from sereno.recording.journal import Journal, KnownDisk, journal_path
from sereno.recording.model import GENESIS, Segment
from sereno.recording.segment_file import SegmentFile, segment_path
from sereno.runtime.atomic_file import replace_file, sync_folder
from sereno.runtime.database import Database
from sereno.runtime.settings import DiskSettings

log = logging.getLogger(__name__)

IDENTITY = ARCHIVE_FILE
WITNESS = "archive-identity.json"
"""The same, in the home folder: there it is not on the archive's disk, and tells when that disk is missing."""


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The last link of a camera's chain."""

    number: int
    chain: str


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
