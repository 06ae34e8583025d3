"""``sereno recordings repair``: what is wrong becomes a plan, and the plan is carried out; no footage is deleted.

Every step may be cut off anywhere: what is left undone is found and planned again.
"""

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sereno.core.clock import Clock
from sereno.core.media_time import wall_instant
from sereno.recording.archive import Archive
from sereno.recording.check import FaultKind, Found, hash_of
from sereno.recording.disks import Disk
from sereno.recording.model import EndReason, Segment
from sereno.recording.repair import FoundFile, read_whole, take_in
from sereno.recording.retention import Doomed, ShedReason
from sereno.recording.space import shed_fact
from sereno.runtime.atomic_file import sync_folder

log = logging.getLogger(__name__)

ASIDE = "+aside"
"""Folder on each disk for what has no place in the archive; its name can be no camera's."""


class Act(StrEnum):
    ADOPT = "adopt"
    SET_ASIDE = "set_aside"
    MARK_MISSING = "mark_missing"
    MARK_DAMAGED = "mark_damaged"
    CUT_TAIL = "cut_tail"


@dataclass(frozen=True, slots=True)
class Step:
    """``file`` is what is moved or cut, ``segment`` whose row is marked or kept."""

    act: Act
    text: str
    file: FoundFile | None = None
    segment: Segment | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    steps: tuple[Step, ...]
    left: tuple[str, ...]
    """Faults that this does not mend, with what a person may do."""

    @property
    def lost(self) -> tuple[Segment, ...]:
        marks = (Act.MARK_MISSING, Act.MARK_DAMAGED)
        return tuple(step.segment for step in self.steps if step.act in marks and step.segment is not None)


def plan_mending(archive: Archive, faults: Iterable[Found]) -> Plan:
    """Looks into the files that are to be moved; changes nothing. Marks come first, then what takes files in."""
    steps: list[Step] = []
    left: list[str] = []
    for fault in faults:
        planned = list(_planned(archive, fault))
        steps += planned
        if not planned:
            left.append(f"{fault.text} {_ADVICE.get(fault.kind, '')}".rstrip())
    order = [Act.MARK_MISSING, Act.MARK_DAMAGED, Act.CUT_TAIL, Act.SET_ASIDE, Act.ADOPT]
    return Plan(tuple(sorted(steps, key=lambda step: order.index(step.act))), tuple(left))


_ADVICE = {
    FaultKind.JOURNAL_MISSING: "Rebuild it from the files: sereno recordings repair --rebuild-journal.",
    FaultKind.FILE_MISSING: "Its disk is not here: mount it and look again.",
    FaultKind.IDENTITY: "Mount the disk that belongs here.",
    FaultKind.CHAIN: "Nothing can mend a chain: sereno recordings verify tells what it still proves.",
    FaultKind.UNDECODABLE: "The camera sent it so, or the disk is failing; the file stays as it was recorded.",
}


def _planned(archive: Archive, fault: Found) -> Iterator[Step]:
    if fault.kind is FaultKind.STRAY and fault.file is not None:
        yield _take_or_set_aside(fault.file)
        return
    segment = fault.segment
    disk = None if segment is None else archive.disks.find(segment.disk)
    if segment is None or disk is None or disk.pause is not None:
        return
    file = FoundFile(disk, segment.camera_id, segment.number, disk.locate(segment.path))
    if fault.kind is FaultKind.FILE_MISSING:
        yield Step(Act.MARK_MISSING, f"{_named(segment)}: its file is gone; the row is marked as lost", None, segment)
    elif fault.kind is FaultKind.FILE_GREW and hash_of(file.path, segment.size) == segment.sha256:
        surplus = file.path.stat().st_size - segment.size
        text = f"{_named(segment)}: {surplus} bytes behind its end are cut off and kept in {ASIDE}"
        yield Step(Act.CUT_TAIL, text, file, segment)
    elif fault.kind in (FaultKind.FILE_CUT, FaultKind.FILE_GREW, FaultKind.FILE_CHANGED):
        text = f"{_named(segment)}: its file is not what was recorded; the row is marked as lost"
        yield Step(Act.MARK_DAMAGED, text, None, segment)
        yield _take_or_set_aside(file) if fault.kind is FaultKind.FILE_CUT else _set_aside(file)


def _take_or_set_aside(file: FoundFile) -> Step:
    whole = read_whole(file.path) if file.path.is_file() else None
    if whole is None:
        return _set_aside(file)
    cut = file.path.stat().st_size - whole.size
    tail = f", {cut} bytes of a torn end are cut off" if cut else ""
    began, ended = wall_instant(whole.wall), wall_instant(whole.wall + whole.duration)
    text = f"{file.relative}: {len(whole.pictures)} pictures from {began:%Y-%m-%d %H:%M:%S}Z to {ended:%H:%M:%S}Z"
    return Step(Act.ADOPT, f"{text} are taken in as a new segment{tail}", file)


def _set_aside(file: FoundFile) -> Step:
    return Step(Act.SET_ASIDE, f"{file.relative}: moved to {ASIDE}", file)


def _named(segment: Segment) -> str:
    began, ended = wall_instant(segment.started_wall), wall_instant(segment.ended_wall)
    return f"{segment.path} ({began:%Y-%m-%d %H:%M:%S}Z to {ended:%H:%M:%S}Z)"


def carry_out(archive: Archive, clock: Clock, plan: Plan, tell: Callable[[Step], None]) -> None:
    """Raises: OSError, AppError; what was done stays done, and the rest is planned again."""
    _mark(archive, clock, plan)
    for step in plan.steps:
        file, segment = step.file, step.segment
        if step.act is Act.CUT_TAIL and file is not None and segment is not None:
            keep_tail(file, segment.size)
        elif step.act is Act.SET_ASIDE and file is not None:
            set_aside(file.disk, file.path, f"{file.camera_id}-{file.path.name}")
        elif step.act is Act.ADOPT and file is not None:
            whole = read_whole(file.path)
            if whole is not None:
                keep_tail(file, whole.size)
                take_in(archive, clock, file, whole, EndReason.ADOPTED)
        tell(step)


def _mark(archive: Archive, clock: Clock, plan: Plan) -> None:
    """One transaction, with the facts that tell control which spans are lost."""
    reasons = {Act.MARK_MISSING: ShedReason.MISSING, Act.MARK_DAMAGED: ShedReason.DAMAGED}
    doomed = [
        Doomed(step.segment, reasons[step.act])
        for step in plan.steps
        if step.act in reasons and step.segment is not None
    ]
    if doomed:
        at = clock.now()
        facts = [shed_fact(reason, doomed, at) for reason in sorted({each.reason for each in doomed})]
        archive.journal.shed(doomed, at.isoformat(), *facts)
        log.error("footage_lost segments=%d", len(doomed))


def set_aside(disk: Disk, path: Path, name: str) -> Path:
    """Moves a file into the disk's folder for such, under a name that is free; durable. Gives the new path."""
    folder = disk.folder / ASIDE
    folder.mkdir(exist_ok=True)
    sync_folder(disk.folder)
    target, number = folder / name, 1
    while target.exists():
        target, number = folder / f"{name}.{number}", number + 1
    path.rename(target)
    sync_folder(folder)
    sync_folder(path.parent)
    return target


def keep_tail(file: FoundFile, size: int) -> None:
    """Cuts a file to ``size``; what was behind lies in the folder for such before it goes."""
    with file.path.open("rb") as content:
        content.seek(size)
        tail = content.read()
    if not tail:
        return
    part = file.path.with_name(f"{file.path.name}.tail")
    for path, write in ((part, tail), (file.path, None)):
        descriptor = os.open(path, os.O_WRONLY | (os.O_CREAT | os.O_TRUNC if write else 0) | os.O_CLOEXEC, 0o640)
        try:
            if write:
                os.write(descriptor, write)
            else:
                os.ftruncate(descriptor, size)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if write:
            set_aside(file.disk, part, f"{file.camera_id}-{part.name}")
