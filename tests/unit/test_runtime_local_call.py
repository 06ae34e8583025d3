"""Calls between the processes of a centre, over real Unix sockets."""

import asyncio
import socket
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

import pytest

from sereno.core.errors import AppError, ErrorKind, conflict
from sereno.runtime.call_proof import LINE_BYTES, CallKey, Doorkeeper
from sereno.runtime.local_call import Answering, Call, LocalCaller, bind_local, in_thread, serve_calls


@dataclass(frozen=True, slots=True)
class Sum:
    a: int
    b: int


@dataclass(frozen=True, slots=True)
class Total:
    value: int


ADD = Call("add", Sum, Total)
PICTURE = Call("picture", Sum, bytes)
FAIL = Call("fail", Sum, Total)
WAIT = Call("wait", Sum, Total)


async def add(question: Sum) -> Total:
    return Total(question.a + question.b)


def paint(question: Sum) -> bytes:
    return bytes([question.a]) * question.b


async def fail(question: Sum) -> Total:
    if question.a:
        raise conflict("camera_locked", "Somebody steers it.", "Wait.")
    raise KeyError("a secret")


async def wait(_question: Sum) -> Total:
    await asyncio.sleep(60)
    return Total(0)


ANSWERING = (
    ADD.answered_by(add),
    PICTURE.answered_by(in_thread(paint)),
    FAIL.answered_by(fail),
    WAIT.answered_by(wait),
)


KEY = CallKey(bytes(range(32)))


@contextmanager
def serving(
    path: Path, answering: Sequence[Answering] = ANSWERING, doorkeeper: Doorkeeper | None = None
) -> Iterator[LocalCaller]:
    stop = Event()
    listener = bind_local(path)
    keeper = doorkeeper or Doorkeeper(KEY)
    thread = Thread(target=lambda: asyncio.run(serve_calls(listener, keeper, answering, stop)))
    thread.start()
    try:
        yield LocalCaller(path, "adder", KEY)
    finally:
        stop.set()
        thread.join(5.0)
        assert not thread.is_alive()


@pytest.fixture
def caller(tmp_path: Path) -> Iterator[LocalCaller]:
    with serving(tmp_path / ("long" * 40) / "run" / "adder.sock") as caller:
        yield caller


def test_a_value_comes_back_typed(caller: LocalCaller) -> None:
    assert caller.ask(ADD, Sum(2, 3)) == Total(5)
    assert stat.S_IMODE(caller.path.stat().st_mode) == 0o600


def test_bytes_come_back_as_they_are(caller: LocalCaller) -> None:
    assert caller.ask(PICTURE, Sum(255, 3_000_000)) == b"\xff" * 3_000_000


def test_an_error_crosses_whole_and_an_unforeseen_one_tells_nothing(caller: LocalCaller) -> None:
    with pytest.raises(AppError) as raised:
        caller.ask(FAIL, Sum(1, 0))
    error = raised.value
    assert (error.kind, error.code, error.advice) == (ErrorKind.CONFLICT, "camera_locked", "Wait.")
    with pytest.raises(AppError) as raised:
        caller.ask(FAIL, Sum(0, 0))
    assert (raised.value.kind, "secret" in str(raised.value)) == (ErrorKind.INTERNAL, False)


def test_who_is_away_or_slow_is_unavailable(tmp_path: Path, caller: LocalCaller) -> None:
    nowhere = (LocalCaller(tmp_path / name, "adder", KEY) for name in ("none/x.sock", "x.sock"))
    for away in (*nowhere, caller):
        with pytest.raises(AppError) as raised:
            away.ask(WAIT, Sum(0, 0), timeout_s=0.1)
        assert (raised.value.kind, raised.value.code) == (ErrorKind.UNAVAILABLE, "adder_away")


@pytest.mark.parametrize(
    "line", [b"", b"\n", b"{}\n", b'{"call":"add","question":{"a":"x"}}\n', b"x" * 200_000 + b"\n"]
)
def test_what_is_no_question_is_refused(tmp_path: Path, line: bytes) -> None:
    with serving(tmp_path / "a.sock"), socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5.0)
        connection.connect(str(tmp_path / "a.sock"))
        connection.sendall(KEY.proof(connection.recv(LINE_BYTES)) + line)
        connection.shutdown(socket.SHUT_WR)
        assert b"call_invalid" in connection.recv(4096)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"{}\n",
        b'{"size": 99999999, "error": null}\n',
        b'{"size": 5, "error": null}\nab',
        b"[" * 20_000,
    ],
)
def test_a_process_that_was_taken_over_cannot_mislead_the_caller(tmp_path: Path, said: bytes) -> None:
    listener = bind_local(tmp_path / "evil.sock")

    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"0" * (LINE_BYTES - 1) + b"\n")
            connection.recv(65_536)
            connection.sendall(said)

    thread = Thread(target=answer)
    thread.start()
    with pytest.raises(AppError) as raised:
        LocalCaller(tmp_path / "evil.sock", "adder", KEY).ask(ADD, Sum(1, 1), timeout_s=2.0)
    assert raised.value.kind is ErrorKind.UNAVAILABLE
    thread.join()
    listener.close()


def test_who_answers_before_it_is_asked_is_not_asked(tmp_path: Path) -> None:
    listener = bind_local(tmp_path / "evil.sock")
    heard: list[bytes] = []

    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"0" * LINE_BYTES + b"1")
            heard.append(connection.recv(65_536))

    thread = Thread(target=answer)
    thread.start()
    with pytest.raises(AppError) as raised:
        LocalCaller(tmp_path / "evil.sock", "adder", KEY).ask(ADD, Sum(1, 1), timeout_s=2.0)
    thread.join()
    listener.close()
    assert (raised.value.kind, heard) == (ErrorKind.UNAVAILABLE, [b""])


def test_a_socket_that_a_crash_left_is_replaced(tmp_path: Path) -> None:
    bind_local(tmp_path / "a.sock").close()
    with serving(tmp_path / "a.sock") as caller:
        assert caller.ask(ADD, Sum(1, 1)) == Total(2)
