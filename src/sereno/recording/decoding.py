"""Decoding whole segments in a confined process: the side that asks."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import TypeAdapter, ValidationError

DECODE_LIMIT_S = 60.0
"""For one segment."""


@dataclass(frozen=True, slots=True)
class DecodeOrder:
    """Each group of pictures begins at one of ``offsets`` (bytes); the init segment lies before the first."""

    path: str
    offsets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Decoded:
    pictures: int
    broken: tuple[int, ...]
    """Groups, counted from 1, in which no picture decodes."""


_DECODED = TypeAdapter(Decoded)


class Decoder:
    """One confined process that decodes, started when first wanted and again when a file ends it."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def decode(self, order: DecodeOrder) -> Decoded | None:
        """None when the process ended, hung or spoke nonsense over this file."""
        process = self._process or self._start()
        with suppress(OSError, ValidationError):
            if process.stdin is not None and process.stdout is not None:
                os.write(process.stdin.fileno(), json.dumps(asdict(order)).encode() + b"\n")
                if select.select([process.stdout], [], [], DECODE_LIMIT_S)[0]:
                    return _DECODED.validate_json(process.stdout.readline())
        self._end()
        return None

    def _start(self) -> subprocess.Popen[bytes]:
        argv = (sys.executable, "-BP", "-m", "sereno.recording.decode_process", *(str(each) for each in self._folders))
        self._process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
