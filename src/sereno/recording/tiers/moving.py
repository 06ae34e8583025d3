"""The recorder's part of a move: a copy that the archivist finished becomes the segment's place."""

import logging
from contextlib import closing
from pathlib import Path

from sereno.recording.archive import Archive
from sereno.recording.disks import COLD
from sereno.recording.tiers.ledger import Ledger, Move, ledger_path
from sereno.runtime.database import Database

log = logging.getLogger(__name__)


class Moving:
    """``step`` is called by the keeper now and then; it never waits for the archivist."""

    def __init__(self, archive: Archive, home: Path) -> None:
        self._archive = archive
        self._path = ledger_path(home)

    def step(self) -> None:
        if not self._path.exists():
            return
        with closing(Database(self._path, read_only=True)) as database:
            ledger = Ledger(database)
            if not ledger.ready:
                return
            moves, cleared = [each for each in ledger.moves() if each.copied], ledger.cleared()
        for move in moves:
            self._apply(move)
        gone = cleared & set(self._archive.journal.garbage()) if cleared else set()
        if gone:
            self._archive.journal.drop_garbage(gone)

    def _apply(self, move: Move) -> None:
        segment = self._archive.journal.segment(move.segment_id)
        if segment is None or segment.disk == move.disk:
            return
        disk = self._archive.disks.find(move.disk)
        if move.disk != COLD and (disk is None or disk.pause is not None):
            return
        if self._archive.journal.move(segment, move.disk, move.path):
            log.info("camera=%s segment=%d moved to %s", segment.camera_id, segment.number, move.disk)
