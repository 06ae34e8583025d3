"""A plain RTSP client for tests: raw packets, with the wall instant that the camera gives them."""

import re
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

_NTP_UNIX_OFFSET_S = 2_208_988_800


@dataclass(frozen=True, slots=True)
class RtpPacket:
    sequence: int
    timestamp: int
    marker: bool
    payload: bytes


@dataclass(frozen=True, slots=True)
class SenderReport:
    wall: int
    """Ticks of 1/90,000 s since 1970."""
    timestamp: int


class RtspReader:
    """Plays one camera over TCP."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._url = url
        self._socket = socket.create_connection((address.hostname or "", address.port or 554), timeout=20)
        self._stream = self._socket.makefile("rb")
        self._cseq = 0

    def __enter__(self) -> Self:
        self.ask("DESCRIBE")
        setup = self.ask("SETUP", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1", track="/trackID=0")
        match = re.search(r"Session: (\w+)", setup)
        assert match is not None, setup
        self.session = match[1]
        self.play_answer = self.ask("PLAY", f"Session: {self.session}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()
        self._socket.close()

    def ask(self, method: str, *headers: str, track: str = "") -> str:
        """The answer's head; packets that came before it are dropped."""
        self._cseq += 1
        lines = [f"{method} {self._url}{track} RTSP/1.0", f"CSeq: {self._cseq}", *headers, "", ""]
        self._socket.sendall("\r\n".join(lines).encode())
        while (first := self._stream.read(1)) == b"$":
            self._frame()
        head = first
        while not head.endswith(b"\r\n\r\n"):
            head += self._stream.read(1)
        match = re.search(rb"Content-Length: (\d+)", head)
        if match is not None:
            self._stream.read(int(match[1]))
        return head.decode()

    def packets(self) -> Iterator[RtpPacket | SenderReport]:
        while self._stream.read(1) == b"$":
            channel, content = self._frame()
            if channel == 0:
                _first, second, sequence, timestamp = struct.unpack_from(">BBHI", content)
                yield RtpPacket(sequence, timestamp, bool(second & 0x80), content[12:])
            elif content[1] == 200:
                seconds, fraction, timestamp = struct.unpack_from(">III", content, 8)
                wall = (seconds - _NTP_UNIX_OFFSET_S) * 90_000 + round(fraction * 90_000 / 2**32)
                yield SenderReport(wall, timestamp)

    def _frame(self) -> tuple[int, bytes]:
        channel, length = struct.unpack(">BH", self._stream.read(3))
        return channel, self._stream.read(length)
