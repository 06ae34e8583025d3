"""Which cameras are in work at this moment, on disk, so that the next process knows over which one this one died.

A mapped file: to note something is one byte in memory, and the system keeps it whatever ends the process. A note left
behind is a suspicion and no proof: who is killed from outside was at work on something, too.
"""

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path

from sereno.core.errors import AppError
from sereno.core.ids import CameraId

MAX_CAMERAS = 1_024
_RECORD = 128
_SIZE = MAX_CAMERAS * _RECORD
_LENGTH_AT = 3
_ID_AT = 4


class Work(IntEnum):
    """Each has a byte of a camera's record, as each is done by another thread."""

    DECODING = 0
    LOOKING = 1
    LISTENING = 2


class WorkNote:
    """A record of 128 bytes a camera: a byte for each work, the length of its id, its id."""

    def __init__(self, path: Path) -> None:
        """What the file said before is gone; see ``left_at_work``."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(_SIZE))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _SIZE)
        self._path = path
        self._slots: dict[CameraId, int] = {}

    def slot(self, camera_id: CameraId) -> "Slot":
        """A camera keeps its slot for the life of the process; beyond 1,024 cameras nothing is noted."""
        known = self._slots.setdefault(camera_id, len(self._slots))
        at = known * _RECORD
        name = camera_id.encode()[: _RECORD - _ID_AT]
        if known >= MAX_CAMERAS:
            return Slot(bytearray(_RECORD), 0)
        self._map[at + _ID_AT : at + _ID_AT + len(name)] = name
        self._map[at + _LENGTH_AT] = len(name)
        return Slot(self._map, at)

    def close(self) -> None:
        """The process ends in order: nobody is suspected."""
        self._path.unlink(missing_ok=True)


class Slot:
    """One camera's record."""

    def __init__(self, content: mmap.mmap | bytearray, at: int) -> None:
        self._content = content
        self._at = at

    @contextmanager
    def at(self, work: Work) -> Iterator[None]:
        """Also an exception that nobody thought of leaves the note: it may well end the process."""
        self._content[self._at + work] = 1
        try:
            yield
        except AppError:
            self._content[self._at + work] = 0
            raise
        self._content[self._at + work] = 0


def left_at_work(path: Path) -> frozenset[CameraId]:
    """The cameras over which the last process may have died; none after an orderly end."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return frozenset()
    records = (content[at : at + _RECORD] for at in range(0, len(content), _RECORD))
    return frozenset(
        CameraId(record[_ID_AT : _ID_AT + record[_LENGTH_AT]].decode(errors="replace"))
        for record in records
        if any(record[work] for work in Work)
    )
