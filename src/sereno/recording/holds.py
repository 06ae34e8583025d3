"""``holds.json``: what control forbids the recorder to delete; replaced whole, like the roster.

A lock stands between the two: control holds it from before a hold is written until its footage is linked, the recorder
while it decides and deletes. So a second that somebody asked for is either gone before the asking, or kept.
"""

import fcntl
import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock

from pydantic import TypeAdapter

from sereno.core.ids import CameraId
from sereno.runtime.atomic_file import replace_file

log = logging.getLogger(__name__)

FILE = "holds.json"
LOCK = "holds.lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldSpan:
    camera_id: CameraId
    began: datetime
    ended: datetime


HeldByCamera = Mapping[CameraId, tuple[HeldSpan, ...]]
_SPANS = TypeAdapter(tuple[HeldSpan, ...])


class HoldsFile:
    """In a centre's folder."""

    def __init__(self, home: Path) -> None:
        self._path = home / FILE
        self._lock = home / LOCK
        self._mine = Lock()
        self._stamp: tuple[int, int, int] | None = None
        self._read: HeldByCamera = {}
        self._complained = False

    def write(self, spans: Iterable[HeldSpan]) -> None:
        replace_file(self._path, _SPANS.dump_json(tuple(spans)))

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Nothing is deleted meanwhile."""
        with self._mine, self._locked(fcntl.LOCK_EX):
            yield

    @contextmanager
    def deciding(self) -> Iterator[HeldByCamera | None]:
        """What is held. None when that cannot be told, or is being changed: then nothing may be deleted."""
        with self._locked(fcntl.LOCK_SH | fcntl.LOCK_NB) as mine:
            yield self._current() if mine else None

    def _current(self) -> HeldByCamera | None:
        try:
            state = self._path.stat()
            stamp = (state.st_mtime_ns, state.st_ino, state.st_size)
            if stamp != self._stamp:
                self._read = _by_camera(_SPANS.validate_json(self._path.read_bytes()))
                self._stamp = stamp
        except (OSError, ValueError) as error:
            if not self._complained:
                awaited = self._stamp is None and isinstance(error, FileNotFoundError)  # control's first start
                level = logging.INFO if awaited else logging.ERROR
                log.log(
                    level, "%s cannot be read (%s): nothing is deleted until it can", self._path, type(error).__name__
                )
            self._complained = True
            return None
        self._complained = False
        return self._read

    @contextmanager
    def _locked(self, how: int) -> Iterator[bool]:
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            yield _taken(descriptor, how)
        finally:
            os.close(descriptor)


def _taken(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how)
    except BlockingIOError:
        return False
    return True


def _by_camera(spans: Iterable[HeldSpan]) -> HeldByCamera:
    found: dict[CameraId, tuple[HeldSpan, ...]] = {}
    for span in spans:
        found[span.camera_id] = (*found.get(span.camera_id, ()), span)
    return found
