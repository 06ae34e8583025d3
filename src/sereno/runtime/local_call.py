"""Typed calls from control to another process of the same centre, over a Unix socket in ``home/run``.

One connection a call. First the caller proves that it holds the socket's key (``call_proof``). The question is one
line of JSON, ``{"call": NAME, "question": …}``; the answer is one line,
``{"size": N, "error": null}`` or ``{"size": 0, "error": {"kind", "code", "message", "advice"}}``, and then ``size``
bytes: JSON, or as they are for a call that answers ``bytes``.
"""

import asyncio
import logging
import os
import socket
import stat
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from sereno.core.clock import Clock, SystemClock
from sereno.core.errors import AppError, ErrorKind, exhausted, invalid, not_found, unavailable
from sereno.runtime.call_proof import LINE_BYTES, CallKey, Doorkeeper

log = logging.getLogger(__name__)

MAX_QUESTION_BYTES = 65_536
MAX_ANSWER_BYTES = 16 << 20
CALLS_AT_ONCE = 64
QUESTION_WITHIN_S = 5.0
_MAX_HEAD_BYTES = 8_192
_CHUNK = 1 << 16

Q = TypeVar("Q")
A = TypeVar("A")


@dataclass(frozen=True, slots=True)
class Call(Generic[Q, A]):
    """What can be asked: its name, and the types of question and answer (frozen dataclasses; an answer also bytes)."""

    name: str
    question: type[Q]
    answer: type[A]

    def answered_by(self, function: Callable[[Q], Awaitable[A]]) -> "Answering":
        return Answering(self, function)


@dataclass(frozen=True, slots=True)
class Answering:
    """A call and the coroutine function that answers it; made by ``Call.answered_by``."""

    call: Call[Any, Any]
    function: Callable[[Any], Awaitable[Any]]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")
    call: str
    question: Any


class _Refusal(BaseModel):
    kind: ErrorKind
    code: str
    message: str
    advice: str


class _Head(BaseModel):
    size: int
    error: _Refusal | None


@dataclass(frozen=True, slots=True)
class LocalCaller:
    """Asks the process that listens at ``path``; ``who`` names it in the error when it is away."""

    path: Path
    who: str
    key: CallKey
    clock: Clock = field(default_factory=SystemClock)

    def ask(self, call: Call[Q, A], question: Q, timeout_s: float = 5.0) -> A:
        """The whole call lasts at most ``timeout_s``; the answer is at most 16 MiB and of the call's type.

        Raises: AppError unavailable when nobody answers in time, denied when that process has another key; whatever
        the other side raised.
        """
        asked = _Asked(call=call.name, question=TypeAdapter(call.question).dump_python(question, mode="json"))
        deadline_s = self.clock.monotonic_s() + timeout_s
        try:
            body = self._exchange(asked.model_dump_json().encode() + b"\n", deadline_s)
        except (OSError, ValidationError) as error:
            raise self._away() from error
        if call.answer is bytes:
            return body  # type: ignore[return-value]  # A is bytes here, which no checker can see
        try:
            return TypeAdapter(call.answer).validate_json(body)
        except ValidationError as error:
            raise self._away() from error

    def _exchange(self, line: bytes, deadline_s: float) -> bytes:
        with socket.socket(socket.AF_UNIX) as connection, short_name(self.path) as name:
            connection.settimeout(self._left(deadline_s))
            connection.connect(name)
            nonce = bytearray()
            while len(nonce) < LINE_BYTES:
                self._receive(connection, nonce, deadline_s)
            if len(nonce) > LINE_BYTES:
                raise ConnectionError("it answers before it is asked")
            connection.sendall(self.key.proof(bytes(nonce)) + line)
            received = bytearray()
            while b"\n" not in received and len(received) <= _MAX_HEAD_BYTES:
                self._receive(connection, received, deadline_s)
            first, _, rest = bytes(received).partition(b"\n")
            head = _Head.model_validate_json(first)
            if head.error is not None:
                raise AppError(head.error.kind, head.error.code, head.error.message, head.error.advice)
            if not 0 <= head.size <= MAX_ANSWER_BYTES:
                raise self._away()
            body = bytearray(rest)
            while len(body) < head.size:
                self._receive(connection, body, deadline_s)
            return bytes(body[: head.size])

    def _receive(self, connection: socket.socket, into: bytearray, deadline_s: float) -> None:
        connection.settimeout(self._left(deadline_s))
        part = connection.recv(_CHUNK)
        if not part:
            raise ConnectionError("ended early")
        into += part

    def _left(self, deadline_s: float) -> float:
        left_s = deadline_s - self.clock.monotonic_s()
        if left_s <= 0:
            raise TimeoutError
        return left_s

    def _away(self) -> AppError:
        return unavailable(
            f"{self.who}_away",
            f"The part of Sereno that answers this ({self.who}) is not there or too slow.",
            "It is started again by itself; try again in some seconds.",
        )


def bind_local(path: Path) -> socket.socket:
    """A listening socket, for its owner alone (0600); before the process gives up its rights to files.

    What a crash left at the path is replaced.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.is_socket():
        path.unlink()
    listener = socket.socket(socket.AF_UNIX)
    try:
        os.fchmod(listener.fileno(), stat.S_IRUSR | stat.S_IWUSR)  # what is bound gets the mode of its descriptor
        with short_name(path) as name:
            listener.bind(name)
        listener.listen(CALLS_AT_ONCE)
    except OSError:
        listener.close()
        raise
    return listener


async def serve_calls(
    listener: socket.socket, doorkeeper: Doorkeeper, answering: Sequence[Answering], stop: Event
) -> None:
    """Answer whom ``doorkeeper`` admits, until ``stop`` is set; each call runs as a task of this loop."""
    named = {each.call.name: each for each in answering}
    turns = asyncio.Semaphore(CALLS_AT_ONCE)

    async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[_Head, bytes]:
        try:
            await doorkeeper.admit(reader, writer)
        except AppError as error:
            return _refused(error)
        return await _answer(reader, named, turns)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head, body = await answered(reader, writer)
            writer.write(head.model_dump_json().encode() + b"\n" + body)
            await writer.drain()
        except OSError:
            return  # who asked is gone, and nobody waits for the answer
        finally:
            writer.close()

    server = await asyncio.start_unix_server(connected, sock=listener, limit=MAX_QUESTION_BYTES)
    async with server:
        await asyncio.to_thread(stop.wait)


def in_thread(function: Callable[[Q], A]) -> Callable[[Q], Awaitable[A]]:
    """For a function that blocks: it runs in a thread of the loop's pool."""

    async def run(question: Q) -> A:
        return await asyncio.to_thread(function, question)

    return run


async def _answer(
    reader: asyncio.StreamReader, named: dict[str, Answering], turns: asyncio.Semaphore
) -> tuple[_Head, bytes]:
    if turns.locked():
        return _refused(exhausted("calls_many", "Too much is asked at once.", "Try again in some seconds."))
    async with turns:
        try:
            async with asyncio.timeout(QUESTION_WITHIN_S):
                line = await reader.readline()
            asked = _Asked.model_validate_json(line)
            known = named.get(asked.call)
            if known is None:
                return _refused(not_found("call_unknown", f"There is no call {asked.call[:64]!r}."))
            question = TypeAdapter(known.call.question).validate_python(asked.question)
        except (TimeoutError, ValueError) as error:  # pydantic's and readline's own are ValueErrors
            return _refused(invalid("call_invalid", f"The question cannot be read ({type(error).__name__})."))
        try:
            answer = await known.function(question)
        except AppError as error:
            return _refused(error)
        except Exception as error:
            log.error("call=%s failed", asked.call, exc_info=error)
            return _refused(AppError(ErrorKind.INTERNAL, "internal", "Something failed inside Sereno."))
    body = answer if known.call.answer is bytes else TypeAdapter(known.call.answer).dump_json(answer)
    return _Head(size=len(body), error=None), body


def _refused(error: AppError) -> tuple[_Head, bytes]:
    refusal = _Refusal(kind=error.kind, code=error.code, message=error.message[:2_000], advice=error.advice[:2_000])
    return _Head(size=0, error=refusal), b""


@contextmanager
def short_name(path: Path) -> Iterator[str]:
    """A name for ``path`` that fits the 107 bytes of a socket's address, wherever the centre's folder is."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
