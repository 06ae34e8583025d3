"""The disks that footage lies on: who each is, whether it may be written, which one takes a camera's next segment."""

import errno
import json
import logging
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from sereno.core.errors import AppError, data_loss, exhausted, invalid, unavailable
from sereno.core.ids import CameraId
from sereno.runtime.atomic_file import replace_file
from sereno.runtime.settings import DiskRole, DiskSettings

log = logging.getLogger(__name__)

HOME = ""
"""Id of the archive's own folder, where the journal is."""
COLD = "cold"
"""Id of footage that lies in the cold store: it has no folder here."""
DISK_FILE = "sereno-disk.json"
ARCHIVE_FILE = "identity.json"
_DISK_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,25}")
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
FreeBytes = Callable[[Path], int]


@dataclass(slots=True, eq=False)
class Disk:
    """``pause`` says why it is not written now; ``expected`` is what its identity file must say."""

    id: str
    folder: Path
    role: DiskRole = DiskRole.FAST
    cameras: frozenset[str] = frozenset()
    expected: str = ""
    pause: AppError | None = None

    def locate(self, path: str) -> Path:
        return self.folder / path

    @property
    def identity_file(self) -> Path:
        return self.folder / (ARCHIVE_FILE if self.id == HOME else DISK_FILE)


@dataclass(frozen=True, slots=True)
class Offer:
    """What choosing needs to know of a disk that can be written."""

    disk: Disk
    free_bytes: int


class Disks:
    """The archive's folder first, then those of the settings."""

    def __init__(self, home: Path, others: Sequence[Disk] = ()) -> None:
        self.home = Disk(HOME, home)
        self.every = (self.home, *others)
        self._fast = tuple(disk for disk in self.every if disk.role is DiskRole.FAST)
        self._by_id = {disk.id: disk for disk in self.every}

    def find(self, disk_id: str) -> Disk | None:
        return self._by_id.get(disk_id)

    def recording(self) -> tuple[Disk, ...]:
        """Those that cameras are recorded onto."""
        return self._fast

    @property
    def pause(self) -> AppError | None:
        """Why no camera can be recorded at all; None when one disk at least takes footage."""
        for disk in self._fast:  # asked with every read of every camera
            if disk.pause is None:
                return None
        return self._fast[-1].pause

    def choose(self, camera_id: CameraId, number: int, free: FreeBytes) -> Disk:
        """Raises: AppError when no disk can be written."""
        offers = [Offer(disk, _free_or_none(disk, free)) for disk in self.recording() if disk.pause is None]
        chosen = choose_disk(offers, camera_id, number)
        if chosen is None:
            raise self.pause or unavailable("disk_missing", "There is no disk to record onto.")
        return chosen


def _free_or_none(disk: Disk, free: FreeBytes) -> int:
    try:
        return free(disk.folder)
    except OSError:
        return 0  # it is found out when it is written


def choose_disk(offers: Sequence[Offer], camera_id: CameraId, number: int) -> Disk | None:
    """The disk a camera is pinned to; else one by lot, weighed by free space; the home only when it is alone.

    The lot depends on camera and number only, so that the same choice is made again.
    """
    for offer in offers:
        if camera_id in offer.disk.cameras:
            return offer.disk
    others = [offer for offer in offers if offer.disk.id != HOME and not offer.disk.cameras]
    others = others or [offer for offer in offers if offer.disk.id != HOME] or list(offers)
    if not others:
        return None
    total = sum(offer.free_bytes for offer in others)
    at = crc32(f"{camera_id}/{number}".encode()) / 2**32 * total
    for offer in others:
        at -= offer.free_bytes
        if at < 0:
            return offer.disk
    return others[-1].disk


def configured(settings: Iterable[DiskSettings]) -> list[Disk]:
    """Raises: AppError invalid for names or folders that cannot be told apart, or a camera that is pinned twice."""
    disks = [Disk(each.id, each.folder, each.role, frozenset(each.cameras)) for each in settings]
    pinned = [camera for disk in disks for camera in disk.cameras]
    names = [disk.id for disk in disks]
    folders = [disk.folder.resolve() for disk in disks]
    for name in names:
        if not _DISK_ID.fullmatch(name) or name == COLD:
            raise invalid(
                "disk_name", f"recording.disks.id = {name!r} is no name for a disk.", "Use a-z, 0-9, _ and -."
            )
    for what in (pinned, names, folders):
        if len(set(what)) != len(what):
            raise invalid("disk_twice", "recording.disks names a disk, folder or camera twice.")
    return disks


def look(disk: Disk) -> AppError | None:
    """What is wrong with a disk's identity now: its mount is gone, or another disk is in its place."""
    try:
        found = _identity(disk)
    except OSError as error:
        return _missing(disk, os.strerror(error.errno or 0))
    if found is None:
        return _missing(disk, f"there is no {disk.identity_file.name} in it")
    if found != disk.expected:
        return data_loss(
            "disk_swapped",
            f"The disk at {disk.folder} is not the disk {disk.id!r} of this centre.",
            "Mount the right one. A new disk needs an id of its own in recording.disks.",
        )
    return None


def adopt(disk: Disk, expected: str | None, fresh: str) -> str:
    """The identity of a disk: what the journal expects, or for one that it does not know, a new one written onto it.

    Nothing is written onto a disk that the journal knows already. What is wrong becomes ``disk.pause``.
    """
    if expected is None:
        try:
            if disk.folder.is_dir() and _identity(disk) is None:
                replace_file(disk.identity_file, json.dumps({"disk": fresh, "id": disk.id}).encode())
        except OSError as error:
            log.error("disk=%s cannot be taken into use: %s", disk.id, error.strerror)
    disk.expected = expected or fresh
    disk.pause = look(disk)
    return disk.expected


def free_bytes(folder: Path) -> int:
    """What a program without privileges may still write."""
    state = os.statvfs(folder)
    return state.f_bavail * state.f_frsize


def _identity(disk: Disk) -> str | None:
    try:
        return str(json.loads(disk.identity_file.read_bytes())["archive_id" if disk.id == HOME else "disk"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        return "unreadable"


def _missing(disk: Disk, why: str) -> AppError:
    return unavailable(
        "disk_missing",
        f"The disk {disk.id!r} is not at {disk.folder}: {why}.",
        "Mount it. Its cameras are recorded onto the other disks meanwhile; it is used again by itself.",
    )


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
