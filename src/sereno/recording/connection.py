"""One try at one camera: name, connection, dialogue, packets, until it ends with a fault."""

import errno
import hashlib
import hmac
import secrets
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from sereno.cameras.faults import StreamFault, stream_fault
from sereno.cameras.model import Transport
from sereno.cameras.rtsp.dialogue import Wish
from sereno.cameras.rtsp.media import Described, Event, Failed, Playing, Sample
from sereno.cameras.rtsp.session import RtspSession
from sereno.core.clock import Clock
from sereno.core.errors import AppError
from sereno.recording.datagrams import Datagrams
from sereno.recording.reactor import Address, Owner, Reactor, Timer

OPEN_TIMEOUT_S = 8.0
SILENCE_S = 8.0
UDP_SILENCE_S = 4.0
READ_EVERY_S = 0.25
TAPPED_EVERY_S = 0.1
"""While an analyst takes its pictures: it looks at a few a second, and not at four at once."""
"""A camera that nobody watches is read so often, all that has come at once."""
_LOOK_EVERY_S = 0.5
_REPORT_EVERY_S = 10.0
_MAX_READS = 16
_MAX_UNSENT_BYTES = 262_144
_DIALOGUE = frozenset[type[Event]]({Described, Playing, Failed})
_IN_PROGRESS = frozenset({0, errno.EINPROGRESS, errno.EWOULDBLOCK})
_WAIT = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is opened, and how."""

    url: str = field(repr=False)
    transport: Transport = Transport.TCP
    sound: bool = False
    tls_fingerprint: str = ""
    """SHA-256 of the certificate that is trusted, in hex; empty: one that the system's authorities vouch for."""


class Listener(Owner, Protocol):
    @property
    def watched(self) -> bool:
        """Whether somebody looks now, so that every packet is fetched when it comes."""
        ...

    @property
    def tapped(self) -> bool:
        """Whether its pictures are analysed now."""
        ...

    def heard(self, events: Sequence[Event]) -> None:
        """What a read brought; no fault and no description is among them."""
        ...

    def described(self, described: Described) -> None: ...

    def lost(self, fault: AppError) -> None:
        """The end; nothing comes after it."""
        ...


class Connection:
    """Belongs to the reactor's thread."""

    def __init__(self, target: Target, reactor: Reactor, listener: Listener, clock: Clock) -> None:
        self.silent_udp = False
        """It ended because nothing came by UDP."""
        self._target = target
        self._reactor = reactor
        self._listener = listener
        self._clock = clock
        self._session = RtspSession(target.url, Wish(lambda: secrets.token_hex(8), sound=target.sound))
        self._socket: socket.socket | None = None
        self._addresses: list[Address] = []
        self._unsent = b""
        self._attended: tuple[bool, bool] | None = None
        self._open = False
        self._secured = False
        self._over = False
        self._datagrams: Datagrams | None = None
        self._timers: dict[str, Timer] = {}
        self._began_s = clock.monotonic_s()
        self._picture_s = self._began_s
        self._seen = False
        self._alive_s = self._report_s = self._began_s
        self._keep_alive_s = 30.0

    def begin(self) -> None:
        parts = urlsplit(self._target.url)
        port = parts.port or (322 if parts.scheme == "rtsps" else 554)
        self._look()
        self._reactor.resolve(self._listener, parts.hostname or "", port, self._resolved)

    def read(self) -> None:
        """Take what has come."""
        sock, buffer = self._socket, self._reactor.buffer
        for _ in range(_MAX_READS):
            if sock is None or self._over:
                return
            try:
                size = sock.recv_into(buffer)
            except _WAIT:
                return
            except OSError:
                size = 0
            if not size:
                self._lose(stream_fault(StreamFault.ENDED if self._session.playing else StreamFault.REFUSED))
                return
            self._take(self._session.receive(buffer[:size]))
            if self._session.has_to_send:
                self._flush()
            if size < len(buffer) and not self._secured:
                return

    def leave(self) -> None:
        """Say goodbye and close; no ``lost`` follows."""
        if self._over:
            return
        self._session.leave()
        self._flush()
        self._close()

    def _resolved(self, addresses: list[Address]) -> None:
        self._addresses = addresses
        self._connect()

    def _connect(self, why: int = errno.EHOSTUNREACH) -> None:
        if self._over:
            return
        if not self._addresses:
            fault = StreamFault.TIMEOUT if why == errno.ETIMEDOUT else StreamFault.UNREACHABLE
            self._lose(stream_fault(fault))
            return
        family, address = self._addresses.pop(0)
        sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        self._socket = sock
        code = sock.connect_ex(address)
        if code in _IN_PROGRESS:
            self._reactor.watch(self._listener, sock, self._connected, write=True, read=False)
        else:
            self._drop_socket()
            self._connect(code)

    def _connected(self) -> None:
        sock = self._socket
        if sock is None:
            return
        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            self._drop_socket()
            self._connect(code)
            return
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if urlsplit(self._target.url).scheme == "rtsps":
            self._reactor.unwatch(sock)
            context = _tls(self._target.tls_fingerprint)
            host = urlsplit(self._target.url).hostname
            self._socket = context.wrap_socket(sock, do_handshake_on_connect=False, server_hostname=host)
            self._secured = True
            self._shake_hands()
        else:
            self._talk()

    def _shake_hands(self) -> None:
        sock = self._socket
        if not isinstance(sock, ssl.SSLSocket):
            return
        try:
            sock.do_handshake()
        except ssl.SSLWantReadError:
            self._reactor.watch(self._listener, sock, self._shake_hands)
        except ssl.SSLWantWriteError:
            self._reactor.watch(self._listener, sock, self._shake_hands, write=True, read=False)
        except ssl.SSLCertVerificationError:
            self._lose(stream_fault(StreamFault.UNTRUSTED))
        except ssl.SSLError:
            self._lose(stream_fault(StreamFault.NOT_RTSP))
        except OSError:
            self._lose(stream_fault(StreamFault.REFUSED))
        else:
            wanted = self._target.tls_fingerprint
            shown = hashlib.sha256(sock.getpeercert(binary_form=True) or b"").hexdigest()
            if wanted and not hmac.compare_digest(_plain(wanted).encode(), shown.encode()):
                self._lose(stream_fault(StreamFault.UNTRUSTED))
            else:
                self._talk()

    def _talk(self) -> None:
        self._open = True
        self._flush()

    def _take(self, events: list[Event]) -> None:
        """Hand over what a read brought: pictures together, what changes the dialogue where it stands."""
        if not events:
            return
        plain: list[Event] = []
        kinds = set(map(type, events))
        if Sample in kinds:
            self._seen, self._picture_s = True, self._clock.monotonic_s()
        if _DIALOGUE.isdisjoint(kinds):
            self._listener.heard(events)
            return
        for event in events:
            if isinstance(event, Described):
                self._listener.described(event)
                self._set_up(event)
            elif isinstance(event, Playing):
                self._play(event)
            elif isinstance(event, Failed):
                if plain:
                    self._listener.heard(plain)
                self._lose(event.fault)
                return
            else:
                plain.append(event)
        if plain:
            self._listener.heard(plain)

    def _set_up(self, described: Described) -> None:
        ports = None
        if self._target.transport is Transport.UDP:
            self._datagrams = Datagrams.bind(described.tracks, self._peer())
            ports = self._datagrams.ports
        self._session.set_up(ports)

    def _play(self, playing: Playing) -> None:
        self._keep_alive_s = playing.keep_alive_s
        self._picture_s = self._alive_s = self._clock.monotonic_s()
        if self._datagrams is not None and not self._session.server_ports:
            self._datagrams.close()  # the camera wanted none
            self._datagrams = None
        if self._datagrams is not None:
            self._datagrams.greet(self._session.server_ports)
        self._timers["pace"] = self._reactor.later(self._listener, 0.0, self._pace)

    def _pace(self) -> None:
        """Reads some times a second, or whenever there is something while somebody watches."""
        if self._over or self._socket is None:
            return
        self._attend()
        every_s = TAPPED_EVERY_S if self._listener.tapped else READ_EVERY_S
        if self._datagrams is not None:
            every_s = Datagrams.READ_EVERY_S
        self._timers["pace"] = self._reactor.later(self._listener, every_s, self._pace)
        self.read()
        if self._datagrams is not None:
            for track, packet, is_report in self._datagrams.read(self._clock.monotonic_s()):
                self._take(self._session.datagram(track, packet, report=is_report))

    def _attend(self) -> None:
        """Which readiness of the connection is waited for."""
        sock = self._socket
        wanted = (not self._session.playing or self._listener.watched, bool(self._unsent))
        if sock is None or wanted == self._attended:
            return
        self._attended = wanted
        if any(wanted):
            self._reactor.watch(self._listener, sock, self._ready, read=wanted[0], write=wanted[1])
        else:
            self._reactor.unwatch(sock)

    def _ready(self) -> None:
        if self._unsent:
            self._flush()
        self.read()

    def _flush(self) -> None:
        sock = self._socket
        if sock is None or not self._open or self._over:
            return
        self._unsent += self._session.to_send()
        try:
            while self._unsent:
                self._unsent = self._unsent[sock.send(self._unsent) :]
        except _WAIT:
            pass
        except OSError:
            self._unsent = b""  # the next read tells
        if len(self._unsent) > _MAX_UNSENT_BYTES:
            self._lose(stream_fault(StreamFault.STALLED))
        else:
            self._attend()

    def _look(self) -> None:
        """Time limits, keep-alive, reports."""
        if self._over:
            return
        self._timers["look"] = self._reactor.later(self._listener, _LOOK_EVERY_S, self._look)
        now_s = self._clock.monotonic_s()
        if not self._session.playing:
            if now_s - self._began_s > OPEN_TIMEOUT_S:
                self._lose(stream_fault(StreamFault.TIMEOUT))
            return
        if self._datagrams is not None and not self._seen and now_s - self._picture_s > UDP_SILENCE_S:
            self.silent_udp = True
            self._lose(stream_fault(StreamFault.STALLED))
        elif now_s - self._picture_s > SILENCE_S:
            self._lose(stream_fault(StreamFault.STALLED))
        else:
            self._stay(now_s)

    def _stay(self, now_s: float) -> None:
        if now_s - self._alive_s > self._keep_alive_s:
            self._alive_s = now_s
            self._session.keep_alive()
            self._flush()
        if now_s - self._report_s > _REPORT_EVERY_S:
            self._report_s = now_s
            reports = self._session.report()
            if self._datagrams is not None:
                self._datagrams.report(reports)
            self._flush()

    def _peer(self) -> str:
        return "" if self._socket is None else str(self._socket.getpeername()[0])

    def _lose(self, fault: AppError) -> None:
        if self._over:
            return
        if self._session.playing:
            self._session.leave()
            self._flush()
        self._close()
        self._listener.lost(fault)

    def _close(self) -> None:
        self._over = True
        for timer in self._timers.values():
            timer.cancel()
        self._drop_socket()
        if self._datagrams is not None:
            self._datagrams.close()

    def _drop_socket(self) -> None:
        if self._socket is not None:
            self._reactor.unwatch(self._socket)
            self._socket.close()
            self._socket = None


def _tls(fingerprint: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if fingerprint:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # the fingerprint is compared instead
    return context


def _plain(fingerprint: str) -> str:
    return fingerprint.replace(":", "").replace(" ", "").lower()
