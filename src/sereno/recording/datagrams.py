"""A camera's packets by UDP: a pair of ports for each track, and their order put right."""

import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Self

from sereno.cameras.faults import StreamFault, stream_fault
from sereno.cameras.rtsp.reorder import Reorder

_TRIES = 50
_MAX_BYTES = 65_536
_BUFFER_BYTES = 4 << 20
_MAX_READS = 2_000
_OPENER = bytes((0x80, 0)) + bytes(10)
"""An empty RTP packet, so that address translators on the way let the camera's through."""


@dataclass(slots=True)
class _Pair:
    rtp: socket.socket
    rtcp: socket.socket
    reorder: Reorder = field(default_factory=Reorder)
    rtcp_target: tuple[str, int] | None = None


@dataclass(slots=True)
class Datagrams:
    READ_EVERY_S: ClassVar[float] = 0.02
    """The system's buffers for datagrams are small, and what does not fit is lost."""

    peer: str
    """What comes from another address is not the camera's."""
    _pairs: dict[int, _Pair]

    @classmethod
    def bind(cls, tracks: Sequence[int], peer: str) -> Self:
        """Raises: AppError unavailable ``camera_refused`` when no pair of ports is free."""
        return cls(peer, {track: _pair(socket.AF_INET6 if ":" in peer else socket.AF_INET) for track in tracks})

    @property
    def ports(self) -> dict[int, int]:
        return {track: int(pair.rtp.getsockname()[1]) for track, pair in self._pairs.items()}

    def greet(self, server_ports: Mapping[int, tuple[int, int]]) -> None:
        """Open the way from where the camera sends."""
        for track, pair in self._pairs.items():
            rtp, rtcp = server_ports.get(track, (0, 0))
            if rtp:
                _send(pair.rtp, _OPENER, (self.peer, rtp))
            pair.rtcp_target = (self.peer, rtcp) if rtcp else None

    def read(self, now_s: float) -> Iterator[tuple[int, bytes, bool]]:
        """Track, packet, whether it is a report; in order as far as waiting makes sense."""
        for track, pair in self._pairs.items():
            for packet in self._waiting(pair.rtp):
                for ordered in pair.reorder.take(packet, now_s):
                    yield track, ordered, False
            for ordered in pair.reorder.due(now_s):
                yield track, ordered, False
            for packet in self._waiting(pair.rtcp):
                yield track, packet, True

    def report(self, reports: Mapping[int, bytes]) -> None:
        for track, packet in reports.items():
            pair = self._pairs[track]
            if pair.rtcp_target is not None:
                _send(pair.rtcp, packet, pair.rtcp_target)

    def close(self) -> None:
        for pair in self._pairs.values():
            pair.rtp.close()
            pair.rtcp.close()

    def _waiting(self, sock: socket.socket) -> Iterator[bytes]:
        for _ in range(_MAX_READS):
            try:
                packet, address = sock.recvfrom(_MAX_BYTES)
            except OSError:
                return
            if address[0] == self.peer:
                yield packet


def _pair(family: socket.AddressFamily) -> _Pair:
    """An even port and the one above it, as RTP wants them."""
    for _ in range(_TRIES):
        rtp, rtcp = _datagram_socket(family), _datagram_socket(family)
        try:
            rtp.bind(("", 0))
            port = int(rtp.getsockname()[1])
            if port % 2 == 0:
                rtcp.bind(("", port + 1))
                return _Pair(rtp, rtcp)
        except OSError:
            pass
        rtp.close()
        rtcp.close()
    raise stream_fault(StreamFault.REFUSED, "no pair of UDP ports is free here")


def _datagram_socket(family: socket.AddressFamily) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
    return sock


def _send(sock: socket.socket, packet: bytes, target: tuple[str, int]) -> None:
    try:
        sock.sendto(packet, target)
    except OSError:
        return  # the camera's silence will tell
