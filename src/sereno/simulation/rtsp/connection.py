"""One viewer's connection: requests answered in order, packets in between."""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from sereno.core.clock import Clock
from sereno.core.errors import AppError
from sereno.core.media_time import TICKS_PER_S
from sereno.simulation.rtsp.camera import Camera, Viewer
from sereno.simulation.rtsp.description import session_description
from sereno.simulation.rtsp.packetise import INTERLEAVED_HEADER
from sereno.simulation.rtsp.protocol import (
    SOUND_TRACK,
    TRACK,
    Answer,
    Credentials,
    Interleaved,
    MessageReader,
    Request,
    TcpTransport,
    UdpTransport,
    parse_transport,
)
from sereno.simulation.rtsp.sound import Voice

SESSION_TIMEOUT_S = 60
METHODS = "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, GET_PARAMETER, SET_PARAMETER, TEARDOWN"


@dataclass(eq=False, slots=True)
class TcpSink:
    """Packets inside the RTSP connection."""

    transport: asyncio.Transport
    rtp_channel: int
    rtcp_channel: int

    def send(self, wire: bytearray, starts: tuple[int, ...]) -> None:
        self.transport.write(wire)

    def send_report(self, report: bytes) -> None:
        self.transport.write(bytes((0x24, self.rtcp_channel)) + len(report).to_bytes(2, "big") + report)

    def backlog(self) -> int:
        return self.transport.get_write_buffer_size()

    def drop(self) -> None:
        self.transport.abort()


@dataclass(eq=False, slots=True)
class UdpSink:
    """Packets as datagrams from the server's pair of ports."""

    control: asyncio.Transport
    rtp: asyncio.DatagramTransport
    rtcp: asyncio.DatagramTransport
    rtp_address: tuple[str, int]
    rtcp_address: tuple[str, int]
    rtp_channel: int = 0

    def send(self, wire: bytearray, starts: tuple[int, ...]) -> None:
        for start, end in zip(starts, (*starts[1:], len(wire)), strict=True):
            self.rtp.sendto(wire[start + INTERLEAVED_HEADER : end], self.rtp_address)

    def send_report(self, report: bytes) -> None:
        self.rtcp.sendto(report, self.rtcp_address)

    def backlog(self) -> int:
        return 0  # a datagram that does not fit the socket is lost, as on any network

    def drop(self) -> None:
        self.control.abort()


@dataclass(frozen=True, slots=True)
class Mounted:
    """A camera and who may look at it; None means everybody."""

    camera: Camera
    credentials: Credentials | None


@dataclass(frozen=True, slots=True)
class DatagramPair:
    """The server's two UDP ports; ``heard`` is when each peer port last sent a receiver report (monotonic seconds)."""

    rtp: asyncio.DatagramTransport
    rtcp: asyncio.DatagramTransport
    ports: tuple[int, int]
    heard: dict[tuple[str, int], float]


@dataclass(frozen=True, slots=True)
class Front:
    """What a connection needs of its server."""

    mounts: Mapping[str, Mounted]
    datagrams: DatagramPair
    connections: set["Connection"]
    clock: Clock


class Connection(asyncio.Protocol):
    def __init__(self, front: Front) -> None:
        self._front = front
        self._reader = MessageReader()
        self._nonce = secrets.token_hex(16)
        self._session = ""
        self._camera: Camera | None = None
        self._viewer: Viewer | None = None
        self._transport_offer: TcpTransport | UdpTransport | None = None
        self._heard_s = front.clock.monotonic_s()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(transport)
        self._transport = transport
        self._front.connections.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._front.connections.discard(self)
        self._end_play()

    def data_received(self, received: bytes) -> None:
        self._heard_s = self._front.clock.monotonic_s()
        try:
            for message in self._reader.feed(received):
                if not isinstance(message, Interleaved):
                    self._answer(message)
        except AppError:
            self._transport.write(Answer(400).encode("0"))
            self._transport.close()

    def close(self) -> None:
        """As the server stops: say goodbye to a viewer and close."""
        if self._camera is not None and self._viewer is not None:
            self._camera.say_goodbye(self._viewer)
        self._transport.close()

    def end_if_silent(self, now_s: float) -> None:
        """Ends a UDP session whose viewer has said nothing, on either port, for longer than the session lasts."""
        if self._viewer is None or not isinstance(sink := self._viewer.sink, UdpSink):
            return
        heard_s = max(self._heard_s, self._front.datagrams.heard.get(sink.rtcp_address, 0.0))
        if now_s - heard_s > SESSION_TIMEOUT_S * 1.5:
            self._transport.close()

    def _answer(self, request: Request) -> None:
        mounted = self._front.mounts.get(request.path)
        if mounted is not None and self._misbehaves(mounted.camera):
            return
        answer = self._routed(request, mounted)
        if not self._transport.is_closing():
            self._transport.write(answer.encode(request.headers.get("cseq", "0")))
        if answer.status == 200 and request.method == "PLAY" and self._camera and self._viewer:
            if self._viewer not in self._camera.viewers:  # a second PLAY only keeps the session alive
                self._camera.join(self._viewer)
        elif answer.status == 200 and request.method == "TEARDOWN":
            self._end_play()
            self._session = ""

    def _misbehaves(self, camera: Camera) -> bool:
        """Whether a fault took the answer's place."""
        faults = camera.faults
        if faults.cut:
            self._transport.abort()
        elif faults.garbage_answers:
            self._transport.write(secrets.token_bytes(400))
        return faults.cut or faults.mute or faults.garbage_answers

    def _routed(self, request: Request, mounted: Mounted | None) -> Answer:
        if request.method == "OPTIONS":
            return Answer(200, [("Public", METHODS)])
        if mounted is None:
            return Answer(404)
        refused = self._refusal(request, mounted)
        if refused is not None:
            return refused
        if request.method == "DESCRIBE":
            return self._describe(request, mounted.camera)
        if request.method == "SETUP":
            return self._set_up(request, mounted.camera)
        return self._in_session(request)

    def _refusal(self, request: Request, mounted: Mounted) -> Answer | None:
        refusal = mounted.camera.faults.refusal
        if refusal == 404:
            return Answer(404)
        credentials = mounted.credentials or Credentials("admin", secrets.token_hex(16))
        demanded = refusal == 401 or mounted.credentials is not None
        if demanded and (refusal == 401 or not credentials.accept(request, self._nonce)):
            return Answer(401, credentials.challenges(self._nonce))
        return None

    def _describe(self, request: Request, camera: Camera) -> Answer:
        host = str(self._transport.get_extra_info("sockname")[0])
        body = session_description(camera.clip, host, sound=camera.sound, unknown_codec=camera.faults.unknown_codec)
        base = request.url.rstrip("/") + "/"
        return Answer(200, [("Content-Base", base), ("Content-Type", "application/sdp")], body)

    def _set_up(self, request: Request, camera: Camera) -> Answer:
        if self._viewer in camera.viewers:
            return Answer(455)
        offer = parse_transport(request.headers.get("transport", ""))
        if offer is None:
            return Answer(461)
        self._session = self._session or secrets.token_hex(8)
        ssrc, sequence, origin = secrets.randbits(32), secrets.randbits(16), secrets.randbits(32)
        if camera.faults.wrapping:
            origin = -(camera.clock.position() + 2 * TICKS_PER_S) & 0xFFFFFFFF
        if request.of_sound:
            if camera.sound is None or self._viewer is None or self._camera is not camera:
                return Answer(455)
            self._viewer.voice = (Voice(ssrc, sequence, origin), self._sink(offer))
        else:
            self._end_play()
            self._camera = camera
            self._viewer = Viewer(self._sink(offer), ssrc, sequence, origin)
        if isinstance(offer, TcpTransport):
            transport = offer.header(ssrc)
        else:
            transport = offer.header(ssrc, self._front.datagrams.ports)
        return Answer(200, [("Transport", transport), ("Session", f"{self._session};timeout={SESSION_TIMEOUT_S}")])

    def _sink(self, offer: TcpTransport | UdpTransport) -> TcpSink | UdpSink:
        if isinstance(offer, TcpTransport):
            return TcpSink(self._transport, offer.rtp_channel, offer.rtcp_channel)
        host = str(self._transport.get_extra_info("peername")[0])
        pair = self._front.datagrams
        return UdpSink(self._transport, pair.rtp, pair.rtcp, (host, offer.rtp_port), (host, offer.rtcp_port))

    def _in_session(self, request: Request) -> Answer:
        if request.method not in METHODS.split(", "):
            return Answer(501, [("Public", METHODS)])
        session = request.headers.get("session", "").partition(";")[0]
        if session != self._session and (session or request.method not in {"GET_PARAMETER", "SET_PARAMETER"}):
            return Answer(454)
        headers = [("Session", self._session)] if self._session else []
        if request.method not in {"PLAY", "PAUSE"}:
            return Answer(200, headers)
        if self._camera is None or self._viewer is None:
            return Answer(455, headers)
        if request.method == "PAUSE":
            self._camera.leave(self._viewer)
            return Answer(200, headers)
        url = f"{request.url.rstrip('/').removesuffix('/' + TRACK).removesuffix('/' + SOUND_TRACK)}/{TRACK}"
        info = f"url={url};seq={self._viewer.sequence};rtptime={self._camera.first_timestamp(self._viewer)}"
        return Answer(200, [*headers, ("Range", "npt=now-"), ("RTP-Info", info)])

    def _end_play(self) -> None:
        if self._camera is not None and self._viewer is not None:
            self._camera.leave(self._viewer)
            if isinstance(self._viewer.sink, UdpSink):
                self._front.datagrams.heard.pop(self._viewer.sink.rtcp_address, None)
        self._camera = self._viewer = None
