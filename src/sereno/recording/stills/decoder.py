"""The stills process's side of its decoders: one that hangs or dies is replaced, and its picture is an error."""

import json
import os
import select
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from queue import Empty, Queue
from time import monotonic

from sereno.core.errors import AppError, ErrorKind, data_loss, exhausted
from sereno.core.media_time import WallTicks
from sereno.recording.stills.calls import RawStill

START_LIMIT_S = 30.0
PICTURE_LIMIT_S = 4.0
TURN_WITHIN_S = 4.0
READY = b"R"
"""What a decoder says once it has loaded all that it needs: only then the time for its picture begins."""
_HEAD = struct.Struct(">BQI")
_PICTURE, _REFUSED = 1, 2
_MAX_JPEG_BYTES = 12 << 20


@dataclass(frozen=True, slots=True)
class Order:
    """A picture to decode; without ``offset`` the file's last key frame, at or before ``until`` when given."""

    path: str
    width: int
    offset: int | None = None
    until: int | None = None


def pack_reply(still: RawStill) -> bytes:
    return _HEAD.pack(_PICTURE, still.wall, len(still.jpeg)) + still.jpeg


def pack_refusal(error: AppError) -> bytes:
    told = {"kind": error.kind.value, "code": error.code, "message": error.message, "advice": error.advice}
    body = json.dumps(told).encode()
    return _HEAD.pack(_REFUSED, 0, len(body)) + body


class Decoders:
    """Some processes that decode, started when first wanted; thread-safe."""

    def __init__(self, count: int) -> None:
        self._turns: Queue[_Decoder] = Queue()
        for _ in range(count):
            self._turns.put(_Decoder())

    def warm(self) -> None:
        """Start one now, so that the first picture does not wait for it."""
        with self._turn() as decoder:
            decoder.warm()

    def decode(self, order: Order) -> RawStill:
        """Raises: AppError not_found, data_loss for that picture alone; exhausted when all are busy for long."""
        with self._turn() as decoder:
            return decoder.decode(order)

    def close(self) -> None:
        while not self._turns.empty():
            self._turns.get().end()

    @contextmanager
    def _turn(self) -> Iterator["_Decoder"]:
        try:
            decoder = self._turns.get(timeout=TURN_WITHIN_S)
        except Empty:
            raise exhausted("stills_busy", "Too many pictures are asked for at once.", "Try again soon.") from None
        try:
            yield decoder
        finally:
            self._turns.put(decoder)


class _Decoder:
    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def warm(self) -> None:
        """One that does not start is started again for the next picture."""
        try:
            self._ready()
        except (OSError, ValueError):
            self.end()

    def decode(self, order: Order) -> RawStill:
        try:
            kind, wall, body = self._exchange(order)
        except (OSError, ValueError):
            self.end()
            raise data_loss(
                "still_undecodable",
                "The picture cannot be decoded: the decoder ended or hung over it.",
                "Run sereno recordings check --level decode: the footage there may be damaged.",
            ) from None
        if kind == _REFUSED:
            told = json.loads(body)
            raise AppError(ErrorKind(told["kind"]), told["code"], told["message"], told["advice"])
        return RawStill(WallTicks(wall), body)

    def end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()

    def _exchange(self, order: Order) -> tuple[int, int, bytes]:
        """Raises: OSError, ValueError when the process ended, hung or spoke nonsense."""
        stdin, stdout = self._ready()
        os.write(stdin, json.dumps(asdict(order)).encode() + b"\n")
        deadline_s = monotonic() + PICTURE_LIMIT_S
        kind, wall, size = _HEAD.unpack(_read(stdout, _HEAD.size, deadline_s))
        if kind not in (_PICTURE, _REFUSED) or size > _MAX_JPEG_BYTES:
            raise ValueError
        return kind, wall, _read(stdout, size, deadline_s)

    def _ready(self) -> tuple[int, int]:
        """Where to write orders and read replies. Raises: OSError, ValueError when it does not start."""
        process = self._process or subprocess.Popen(
            (sys.executable, "-B", "-m", "sereno.recording.stills.decoder_process"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            cwd="/",
        )
        if process.stdin is None or process.stdout is None:
            raise ValueError
        pipes = process.stdin.fileno(), process.stdout.fileno()
        if self._process is None:
            self._process = process
            if _read(pipes[1], len(READY), monotonic() + START_LIMIT_S) != READY:
                raise ValueError
        return pipes


def _read(descriptor: int, size: int, deadline_s: float) -> bytes:
    content = bytearray()
    while len(content) < size:
        ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline_s - monotonic()))
        part = os.read(descriptor, size - len(content)) if ready else b""
        if not part:
            raise TimeoutError
        content += part
    return bytes(content)
