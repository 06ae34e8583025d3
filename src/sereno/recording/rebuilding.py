"""A journal made anew from the files alone, for an archive whose journal is gone: names tell camera and number, the
``prft`` boxes wall and media time. The chain begins anew, and what was shed before is forgotten: the last resort."""

import logging
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import insert
from sqlalchemy.exc import DatabaseError

from sereno.core.clock import Clock
from sereno.core.errors import conflict, data_loss
from sereno.core.ids import CameraId
from sereno.recording.archive import IDENTITY, WITNESS, Archive, read_identity
from sereno.recording.chain import chained
from sereno.recording.disks import Disk, Disks
from sereno.recording.journal import Journal, journal_metadata, journal_path
from sereno.recording.mending import keep_tail, set_aside
from sereno.recording.model import GENESIS, EndReason
from sereno.recording.repair import FoundFile, describe, find_files, read_whole
from sereno.runtime.atomic_file import sync_folder
from sereno.runtime.database import Database

log = logging.getLogger(__name__)

Tell = Callable[[FoundFile, str], None]
"""Called with each file, and what became of it."""


def require_no_journal(folder: Path) -> None:
    """Raises: AppError conflict when there is one that can be read: its chain is worth more than any made anew."""
    path = journal_path(folder)
    if not path.exists():
        return
    with suppress(DatabaseError), closing(Database(path, read_only=True)) as database:
        with database.read() as connection:
            state = connection.exec_driver_sql("PRAGMA quick_check").scalar_one()
            rows = connection.exec_driver_sql("SELECT count(*) FROM segments").scalar_one()
        if state == "ok":
            raise conflict(
                "journal_whole",
                f"The journal can be read and lists {rows} segments: it is not made anew.",
                "Run sereno recordings repair without --rebuild-journal.",
            )


def rebuild_journal(home: Path, others: Sequence[Disk], clock: Clock, tell: Tell) -> int:
    """How many segments were listed. Until the last moment there is no journal: cut off, it is begun again.

    Raises: AppError data_loss when nothing says which archive this is, conflict when there is a journal.
    """
    folder = home / "archive"
    require_no_journal(folder)
    identity = read_identity(folder / IDENTITY) or read_identity(home / WITNESS)
    if identity is None:
        raise data_loss("archive_missing", f"There is no {IDENTITY} in {folder}.", "Mount the archive's disk.")
    disks = Disks(folder, others)
    part = folder / "journal.db.part"
    for suffix in ("", "-wal", "-shm"):
        part.with_name(part.name + suffix).unlink(missing_ok=True)
    with closing(Database(part)) as database:
        journal = Journal(database)
        journal.prepare(identity)
        _continue_facts(journal, clock)
        listed = _list_all(Archive(folder, journal, disks), tell)
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    for suffix in ("-wal", "-shm", ""):
        broken = journal_path(folder).with_name(journal_path(folder).name + suffix)
        if broken.exists():
            set_aside(disks.home, broken, broken.name)
    part.rename(journal_path(folder))
    sync_folder(folder)
    return listed


def _continue_facts(journal: Journal, clock: Clock) -> None:
    """Readers keep a cursor into the facts of the journal that is gone: seconds since 1970 are beyond any of them."""
    facts = journal_metadata.tables["facts"]
    with journal.database.write() as connection:
        row = {"seq": int(clock.now().timestamp()), "id": "", "kind": "", "at": "", "body": ""}
        connection.execute(insert(facts), row)
        connection.execute(facts.delete())


def _list_all(archive: Archive, tell: Tell) -> int:
    files: dict[CameraId, list[FoundFile]] = {}
    for disk in archive.disks.every:
        for file in find_files(disk):
            files.setdefault(file.camera_id, []).append(file)
    listed = 0
    for camera_id, found in sorted(files.items()):
        previous = GENESIS
        for file in sorted(found, key=lambda each: (each.number, each.path.name)):
            whole = read_whole(file.path) if file.number and file.path.is_file() else None
            if whole is None:
                tell(file, "left where it is: it is no segment, or holds no picture")
                continue
            keep_tail(file, whole.size)
            segment, keys = describe(file, whole, EndReason.SALVAGED)
            segment = chained(segment, previous)
            archive.journal.close_segment(segment, keys, None)
            previous = segment.chain
            listed += 1
            tell(file, "listed")
        log.info("camera=%s rebuilt", camera_id)
    return listed
