"""Does the archive hold what its journal says? Reads only; putting it right is ``mending``."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlalchemy import inspect

from sereno.core.ids import CameraId
from sereno.core.media_time import WallTicks
from sereno.recording.archive import IDENTITY
from sereno.recording.chain import first_break
from sereno.recording.decoding import DecodeOrder, Decoder
from sereno.recording.disks import COLD, Disk, Disks
from sereno.recording.journal import Journal, find_key_frames, garbage_name, journal_path
from sereno.recording.model import Segment
from sereno.recording.repair import FoundFile, find_files
from sereno.runtime.database import Database

_BLOCK_BYTES = 1 << 20


class CheckLevel(StrEnum):
    """Each includes the ones before."""

    ROWS = "rows"
    """Every row has its file, of the right size, and every file its row; it is the archive of this journal."""
    HASHES = "hashes"
    """Every file has its hash, and every camera's chain follows."""
    DECODE = "decode"
    """Every group of pictures decodes, in a process that can do no harm."""


class FaultKind(StrEnum):
    JOURNAL_MISSING = "journal_missing"
    IDENTITY = "identity"
    FILE_MISSING = "file_missing"
    FILE_CUT = "file_cut"
    FILE_GREW = "file_grew"
    FILE_CHANGED = "file_changed"
    STRAY = "stray"
    CHAIN = "chain"
    UNDECODABLE = "undecodable"


@dataclass(frozen=True, slots=True)
class Found:
    """One fault; ``segment`` or ``file`` say what it is about, if it is about one."""

    kind: FaultKind
    text: str
    segment: Segment | None = None
    file: FoundFile | None = None

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Scope:
    """What is looked at; the whole archive when nothing is said. Strays are looked for only without a span."""

    camera_id: CameraId | None = None
    began: WallTicks | None = None
    ended: WallTicks | None = None

    def holds(self, segment: Segment) -> bool:
        after = self.began is None or segment.ended_wall > self.began
        return after and (self.ended is None or segment.started_wall < self.ended)

    @property
    def whole(self) -> bool:
        return self.began is None and self.ended is None


Tell = Callable[[int, int], None]
"""Called with the bytes that were read so far, and all that will be."""


def check_recordings(
    archive_folder: Path, level: CheckLevel, scope: Scope | None = None, tell: Tell | None = None
) -> list[Found]:
    """The faults found, one sentence each; empty when there are none.

    While a recorder runs, its open segments are no fault.
    """
    path = journal_path(archive_folder)
    if not path.exists():
        missing = Found(FaultKind.JOURNAL_MISSING, f"There is no journal in {archive_folder}.")
        return [missing] if archive_folder.exists() else []
    database = Database(path, read_only=True)
    try:
        if not inspect(database.engine).has_table("segments"):
            return [Found(FaultKind.JOURNAL_MISSING, f"The journal in {archive_folder} holds no tables.")]
        journal = Journal(database)
        check = Check(journal, known_disks(archive_folder, journal), level, tell or (lambda _done, _all: None))
        return list(check.faults(scope or Scope()))
    finally:
        database.close()


def known_disks(archive_folder: Path, journal: Journal) -> Disks:
    """The disks as the recorder found them last, for who only reads."""
    known = journal.disks().values() if inspect(journal.database.engine).has_table("disks") else ()
    return Disks(archive_folder, [Disk(disk.id, disk.folder) for disk in known if disk.id])


class Check:
    """One look at an archive."""

    def __init__(self, journal: Journal, disks: Disks, level: CheckLevel, tell: Tell) -> None:
        self._journal = journal
        self._disks = disks
        self._level = level
        self._tell = tell
        self._read = 0
        self._total = 0

    def faults(self, scope: Scope) -> Iterator[Found]:
        yield from self._identity_faults()
        cameras = sorted(self._journal.camera_ids()) if scope.camera_id is None else [scope.camera_id]
        kept = {
            camera_id: [s for s in self._journal.segments_of(camera_id, with_shed=False) if scope.holds(s)]
            for camera_id in cameras
        }
        self._total = sum(segment.size for segments in kept.values() for segment in segments)
        with Decoder([disk.folder for disk in self._disks.every]) as decoder:
            for camera_id, segments in kept.items():
                if self._level is not CheckLevel.ROWS:
                    yield from self._chain_faults(camera_id)
                for segment in segments:
                    yield from self._segment_faults(segment, decoder)
                    self._read += segment.size
                    self._tell(self._read, self._total)
        if scope.whole:
            yield from self._strays(scope.camera_id)

    def _identity_faults(self) -> Iterator[Found]:
        path = self._disks.home.folder / IDENTITY
        try:
            identity = str(json.loads(path.read_bytes())["archive_id"])
        except (OSError, ValueError, KeyError, TypeError):
            identity = ""
        if identity != self._journal.archive_id():
            yield Found(FaultKind.IDENTITY, f"{path} does not name the archive that the journal belongs to.")

    def _chain_faults(self, camera_id: CameraId) -> Iterator[Found]:
        broken = first_break(self._journal.segments_of(camera_id, with_shed=True))
        if broken is not None:
            yield Found(FaultKind.CHAIN, f"{camera_id}: the chain breaks at segment {broken.number}.", broken)

    def _segment_faults(self, segment: Segment, decoder: Decoder) -> Iterator[Found]:
        disk = self._disks.find(segment.disk)
        if segment.disk == COLD:
            return
        path = None if disk is None else disk.locate(segment.path)
        try:
            size = os.stat(path).st_size if path is not None else -1
        except FileNotFoundError:
            size = -1
        if path is None or size < 0:
            yield Found(FaultKind.FILE_MISSING, f"{segment.path}: the file is missing.", segment)
        elif size != segment.size:
            kind = FaultKind.FILE_CUT if size < segment.size else FaultKind.FILE_GREW
            yield Found(kind, f"{segment.path}: the file has {size} bytes, the journal says {segment.size}.", segment)
        elif self._level is not CheckLevel.ROWS and hash_of(path) != segment.sha256:
            text = f"{segment.path}: the file was changed, its SHA-256 is another one."
            yield Found(FaultKind.FILE_CHANGED, text, segment)
        if self._level is CheckLevel.DECODE and path is not None and size >= 0:
            yield from self._decode_faults(path, segment, decoder)

    def _decode_faults(self, path: Path, segment: Segment, decoder: Decoder) -> Iterator[Found]:
        with self._journal.database.read() as connection:
            offsets = tuple(key.offset for key in find_key_frames(connection, segment.id))
        decoded = decoder.decode(DecodeOrder(str(path), offsets))
        if decoded is None:
            text = f"{segment.path}: the decoder ended or hung over it."
        elif decoded.broken:
            text = f"{segment.path}: no picture decodes in {len(decoded.broken)} of its {len(offsets)} groups."
        elif decoded.pictures != segment.frames:
            text = f"{segment.path}: {decoded.pictures} pictures decode, the journal says {segment.frames}."
        else:
            return
        yield Found(FaultKind.UNDECODABLE, text, segment)

    def _strays(self, camera_id: CameraId | None) -> Iterator[Found]:
        """Files that are no row, not garbage, and not the one or two that a running recorder has open."""
        garbage = set(self._journal.garbage())
        known: dict[CameraId, list[Segment]] = {
            each: self._journal.segments_of(each, with_shed=True) for each in self._journal.camera_ids()
        }
        listed = {
            (s.disk, s.path)
            for each in self._journal.camera_ids()
            for s in self._journal.segments_of(each, with_shed=False)
        } | {(s.disk, s.path) for disk in self._disks.every for s in self._journal.lost_on(disk.id)}
        for disk in self._disks.every:
            if not disk.folder.is_dir():
                continue
            for file in find_files(disk):
                last = max((s.number for s in known.get(file.camera_id, ())), default=0)
                mine = camera_id in (None, file.camera_id)
                if not mine or (disk.id, file.relative) in listed or garbage_name(disk.id, file.relative) in garbage:
                    continue
                if file.number not in (last + 1, last + 2):
                    yield Found(FaultKind.STRAY, f"{file.relative}: the journal does not know this file.", file=file)


def hash_of(path: Path, size: int | None = None) -> str:
    """SHA-256 of a file, or of its first ``size`` bytes."""
    with path.open("rb") as file:
        if size is None:
            return hashlib.file_digest(file, "sha256").hexdigest()
        digest = hashlib.sha256()
        while size > 0 and (block := file.read(min(size, _BLOCK_BYTES))):
            digest.update(block)
            size -= len(block)
        return digest.hexdigest()
