"""Does the archive hold what its journal says? Reads only; repairing is what the recorder does when it starts."""

import hashlib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import av
import av.error
from sqlalchemy import inspect

from sereno.recording.archive import is_camera_folder
from sereno.recording.chain import first_break
from sereno.recording.journal import Journal, journal_path
from sereno.recording.model import Segment
from sereno.runtime.database import Database


class CheckLevel(StrEnum):
    """Each includes the ones before."""

    ROWS = "rows"
    """Every row has its file, of the right size, and every file its row."""
    HASHES = "hashes"
    """Every file has its hash, and every camera's chain follows."""
    DECODE = "decode"
    """Every picture decodes."""


def check_recordings(archive_folder: Path, level: CheckLevel) -> list[str]:
    """The faults found, one sentence each; empty when there are none.

    While a recorder runs, its open segments are no fault.
    """
    path = journal_path(archive_folder)
    if not path.exists():
        return [f"There is no journal in {archive_folder}."] if archive_folder.exists() else []
    database = Database(path, read_only=True)
    try:
        if not inspect(database.engine).has_table("segments"):
            return [f"The journal in {archive_folder} holds no tables."]
        return list(_faults(archive_folder, Journal(database), level))
    finally:
        database.close()


def _faults(folder: Path, journal: Journal, level: CheckLevel) -> Iterator[str]:
    garbage = set(journal.garbage())
    for camera_id in sorted(journal.camera_ids()):
        every = journal.segments_of(camera_id, with_shed=True)
        kept = journal.segments_of(camera_id, with_shed=False)
        if level is not CheckLevel.ROWS and (broken := first_break(every)) is not None:
            yield f"{camera_id}: the chain breaks at segment {broken.number}."
        for segment in kept:
            yield from _segment_faults(folder, segment, level)
        yield from _strays(folder / camera_id, every, garbage)
    known = set(journal.camera_ids())
    for camera in sorted(path.name for path in folder.iterdir() if path.is_dir() and path.name not in known):
        if not is_camera_folder(camera):
            yield f"{camera}: this folder was not made by the recorder."
        yield from _strays(folder / camera, [], garbage)


def _segment_faults(folder: Path, segment: Segment, level: CheckLevel) -> Iterator[str]:
    path = folder / segment.path
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        yield f"{segment.path}: the file is missing."
        return
    if size != segment.size:
        yield f"{segment.path}: the file has {size} bytes, the journal says {segment.size}."
    elif level is not CheckLevel.ROWS:
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != segment.sha256:
                yield f"{segment.path}: the file was changed, its SHA-256 is another one."
    if level is CheckLevel.DECODE:
        yield from _decode_faults(path, segment)


def _decode_faults(path: Path, segment: Segment) -> Iterator[str]:
    try:
        with av.open(str(path)) as container:
            frames = sum(1 for _ in container.decode(video=0))
    except (av.error.FFmpegError, IndexError) as error:
        yield f"{segment.path}: it does not decode ({type(error).__name__})."
        return
    if frames != segment.frames:
        yield f"{segment.path}: {frames} pictures decode, the journal says {segment.frames}."


def _strays(folder: Path, listed: list[Segment], garbage: set[str]) -> Iterator[str]:
    """Files that are no row, not garbage, and not the one or two that a running recorder has open."""
    names = {Path(segment.path).name for segment in listed}
    last = max((segment.number for segment in listed), default=0)
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        relative = f"{folder.name}/{path.name}"
        if path.name in names or relative in garbage:
            continue
        number = int(path.stem) if path.suffix == ".mp4" and path.stem.isdecimal() else 0
        if number not in (last + 1, last + 2):
            yield f"{relative}: the journal does not know this file."
