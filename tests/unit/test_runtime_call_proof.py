"""Who calls a process of the centre has its key, or is told no."""

import logging
import socket
import stat
from pathlib import Path

import pytest

from sereno.core.clock import SystemClock
from sereno.core.errors import AppError, ErrorKind
from sereno.runtime.call_proof import LINE_BYTES, SAY_EVERY_S, CallKey, Doorkeeper, load_call_key
from sereno.runtime.key_file import KEY_BYTES
from sereno.runtime.local_call import LocalCaller
from tests.unit.test_runtime_local_call import ADD, KEY, Sum, Total, serving

QUESTION = b'{"call": "add", "question": {"a": 1, "b": 2}}\n'
OTHER_KEY = CallKey(bytes(KEY_BYTES))


class Stepped(SystemClock):
    def __init__(self) -> None:
        self.now_s = 0.0

    def monotonic_s(self) -> float:
        return self.now_s


def opened(path: Path) -> tuple[socket.socket, bytes]:
    """A connection, and the line with its nonce."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(5.0)
    connection.connect(str(path))
    return connection, connection.recv(LINE_BYTES)


def told(connection: socket.socket) -> bytes:
    """All that comes until the other side hangs up."""
    parts = bytearray()
    with connection:
        while part := connection.recv(4_096):
            parts += part
    return bytes(parts)


def test_who_has_another_key_is_denied(tmp_path: Path) -> None:
    with serving(tmp_path / "a.sock") as caller:
        with pytest.raises(AppError) as raised:
            LocalCaller(tmp_path / "a.sock", "adder", OTHER_KEY).ask(ADD, Sum(1, 2))
        assert (raised.value.kind, raised.value.code) == (ErrorKind.DENIED, "call_unproven")
        assert caller.ask(ADD, Sum(1, 2)) == Total(3)


@pytest.mark.parametrize("proof", [b"", b"0" * (LINE_BYTES - 1) + b"\n", b"\xff" * LINE_BYTES, b"\n"])
def test_what_is_no_proof_is_denied_and_answers_nothing(tmp_path: Path, proof: bytes) -> None:
    with serving(tmp_path / "a.sock"):
        connection, _ = opened(tmp_path / "a.sock")
        connection.sendall(proof + QUESTION)
        connection.shutdown(socket.SHUT_WR)
        answer = told(connection)
    assert b"call_unproven" in answer
    assert b"value" not in answer


def test_a_proof_that_was_heard_once_is_no_proof_again(tmp_path: Path) -> None:
    with serving(tmp_path / "a.sock"):
        first, nonce = opened(tmp_path / "a.sock")
        proof = KEY.proof(nonce)
        first.sendall(proof + QUESTION)
        assert told(first).endswith(b'{"value":3}')
        second, other_nonce = opened(tmp_path / "a.sock")
        assert other_nonce != nonce
        second.sendall(proof + QUESTION)
        assert b"call_unproven" in told(second)


def test_who_says_nothing_in_time_is_denied(tmp_path: Path) -> None:
    with serving(tmp_path / "a.sock", doorkeeper=Doorkeeper(KEY, within_s=0.05)):
        silent, _ = opened(tmp_path / "a.sock")
        assert b"call_unproven" in told(silent)


def test_refusals_are_logged_once_a_minute(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clock = Stepped()
    wrong = LocalCaller(tmp_path / "a.sock", "adder", OTHER_KEY)
    with serving(tmp_path / "a.sock", doorkeeper=Doorkeeper(KEY, clock)), caplog.at_level(logging.WARNING):
        for clock.now_s in (0.0, 1.0, SAY_EVERY_S - 1.0, SAY_EVERY_S + 1.0):
            with pytest.raises(AppError):
                wrong.ask(ADD, Sum(1, 2))
    said = [record.getMessage() for record in caplog.records]
    assert [line.rsplit(" ", 1)[1] for line in said] == ["1", "3"]


def test_each_socket_has_a_key_of_its_own_for_its_owner_alone(tmp_path: Path) -> None:
    stills, devices = load_call_key(tmp_path, "stills"), load_call_key(tmp_path, "devices")
    assert stills == load_call_key(tmp_path, "stills") != devices
    files = list((tmp_path / "keys").iterdir())
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert files[0].read_bytes().hex() not in repr(stills) + repr(devices)
    files[0].write_bytes(b"short")
    with pytest.raises(AppError) as raised:
        load_call_key(tmp_path, files[0].stem.removeprefix("call-"))
    assert raised.value.code == "call_key_unreadable"
