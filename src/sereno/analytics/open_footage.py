"""What the recorder writes, read as it grows, at most half a second behind: for cameras that serve one viewer."""

import struct
from collections.abc import Sequence
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import Self

_EVERY_S = 0.1
_SILENCE_S = 10.0
_HEAD = struct.Struct(">I4s")


class OpenFootage:
    """A file for PyAV to read from start to end: the newest segment's head, then its last key frame and what follows.

    It ends when the recorder has begun the next segment, or has written nothing for ten seconds.
    """

    def __init__(self, folders: Sequence[Path], stop: Event) -> None:
        """``folders`` hold the camera's segments. Raises: OSError when there is none."""
        self._folders = folders
        self._stop = stop
        path = self._newest()
        if path is None:
            raise FileNotFoundError
        self._path = path
        self._file = path.open("rb")
        self._first = self._init()
        self._file.seek(self._last_key_frame(len(self._first)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def read(self, size: int) -> bytes:
        """Waits for more; nothing at the end."""
        if self._first:
            first, self._first = self._first[:size], self._first[size:]
            return first
        waited_s = 0.0
        while not self._stop.is_set():
            content = self._file.read(size)
            if content:
                return content
            if waited_s >= _SILENCE_S or self._newest() != self._path:
                return self._file.read(size)
            self._stop.wait(_EVERY_S)
            waited_s += _EVERY_S
        return b""

    def _newest(self) -> Path | None:
        found = [path for folder in self._folders for path in folder.glob("[0-9]*.mp4") if path.stem.isdecimal()]
        return max(found, key=lambda path: path.stem, default=None)

    def _init(self) -> bytes:
        """``ftyp`` and ``moov``."""
        end = 0
        for _ in range(2):
            self._file.seek(end)
            head = self._file.read(_HEAD.size)
            end += _HEAD.unpack(head)[0] if len(head) == _HEAD.size else 0
        self._file.seek(0)
        return self._file.read(end)

    def _last_key_frame(self, at: int) -> int:
        """The recorder puts a time reference before each key frame."""
        last = at
        while True:
            self._file.seek(at)
            head = self._file.read(_HEAD.size)
            if len(head) < _HEAD.size:
                return last
            size, kind = _HEAD.unpack(head)
            if size < _HEAD.size:
                return last
            if kind == b"prft":
                last = at
            at += size
