"""One live viewer's WebSocket, written straight to its transport: a chunk costs a viewer one write and no task.

The library does the opening handshake and reads what comes; frames that go out are made in ``live_wire``, once for all.
"""

import asyncio
import json
import socket
from collections.abc import Callable
from dataclasses import dataclass

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from sereno.core.clock import Clock
from sereno.core.errors import AppError
from sereno.recording.live import Backlog, Hub, LiveCamera, News
from sereno.recording.live_wire import text_frame
from sereno.recording.tickets import TicketKind, accept

TICKET_WAIT_S = 10.0
PING_EVERY_S = 20.0
MAX_VIEWERS = 256
MAX_MESSAGE = 4_096
BUFFERED = 131_072
"""Bytes that wait in our process before a viewer counts as slow."""
SEND_BUFFER = 262_144
"""Bytes that the kernel may hold: old pictures there cannot be taken back."""
REFUSED, TOO_MANY, LEAVING = 4401, 4429, 1001
"""WebSocket close codes: the ticket is not valid; the recorder has no place for another viewer; it ends."""


@dataclass(frozen=True, slots=True)
class LiveDoor:
    """What every viewer's socket works with; ``viewers`` are those that were let in."""

    hub: Hub
    key: bytes
    clock: Clock
    allowed: Callable[[str | None, str | None], bool]
    """Whether a page of this origin, at this host, may look."""
    viewers: set["LiveSocket"]
    connections: set[asyncio.Protocol]


class LiveSocket(asyncio.Protocol):
    """From the HTTP request on, which is replayed to it, until it is closed."""

    def __init__(self, door: LiveDoor) -> None:
        self._door = door
        self._protocol = ServerProtocol(max_size=MAX_MESSAGE)
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._camera: LiveCamera | None = None
        self._backlog = Backlog()
        self._paused = False
        self._answered = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("a viewer comes over a stream")
        self._transport = transport
        self._door.connections.add(self)
        self._timer = asyncio.get_running_loop().call_later(TICKET_WAIT_S, self._refuse, "ticket_invalid")

    def connection_lost(self, exc: Exception | None) -> None:
        self._door.connections.discard(self)
        self._door.viewers.discard(self)
        if self._timer is not None:
            self._timer.cancel()
        self._leave()

    def shutdown(self) -> None:
        """Called by the web server as it ends."""
        self._close(LEAVING, "")

    def data_received(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                self._open(event)
            elif isinstance(event, Frame):
                self._take(event)
        self._flush()

    def eof_received(self) -> None:
        self._protocol.receive_eof()

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self._catch_up()

    def hear(self, news: News) -> None:
        """A picture for this viewer: at once when it keeps up, else behind what already waits."""
        if self._camera is None:
            return
        if self._paused or self._backlog:
            for chunk in news.chunks:
                self._backlog.put(chunk)
            if not self._paused:
                self._catch_up()
        elif self._transport is not None:
            self._transport.write(news.wire)

    def _catch_up(self) -> None:
        """As much as fits: what waits here can still be dropped."""
        while not self._paused and self._transport is not None and self._protocol.state is State.OPEN:
            taken = self._backlog.take()
            if taken is None:
                return
            dropped, chunk = taken
            if dropped:
                self._transport.write(text_frame({"dropped": dropped}))
            self._transport.write(News((chunk,)).wire)

    def _open(self, request: Request) -> None:
        headers = request.headers
        if request.path.partition("?")[0] != "/live":
            answer = self._protocol.reject(404, "There is no such live view.\n")
        elif not self._door.allowed(headers.get("Origin"), headers.get("Host")):
            answer = self._protocol.reject(403, "Another site's page may not look here.\n")
        else:
            answer = self._protocol.accept(request)
        self._protocol.send_response(answer)
        self._flush()

    def _take(self, frame: Frame) -> None:
        if frame.opcode is Opcode.PONG:
            self._answered = True
        elif frame.opcode is Opcode.TEXT and self._camera is None and self._protocol.state is State.OPEN:
            self._let_in(bytes(frame.data))

    def _let_in(self, message: bytes) -> None:
        try:
            text = json.loads(message)["ticket"]
            ticket = accept(str(text), self._door.key, TicketKind.LIVE, self._door.clock.now())
        except (AppError, ValueError, KeyError, TypeError) as error:
            self._refuse(error.code if isinstance(error, AppError) else "ticket_invalid")
            return
        if len(self._door.viewers) >= MAX_VIEWERS:
            self._close(TOO_MANY, "")
            return
        if self._timer is not None:
            self._timer.cancel()
        self._door.viewers.add(self)
        self._limit_buffers()
        self._camera = self._door.hub.camera(ticket.camera_id, ticket.stream)
        self._camera.join(self)
        self._ping()

    def _limit_buffers(self) -> None:
        """What a slow viewer has not read must wait where it can still be dropped."""
        if self._transport is None:
            return
        self._transport.set_write_buffer_limits(high=BUFFERED)
        raw = self._transport.get_extra_info("socket")
        if isinstance(raw, socket.socket) or hasattr(raw, "setsockopt"):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)

    def _ping(self) -> None:
        """A viewer that did not answer the last one is gone."""
        if not self._answered and self._transport is not None:
            self._transport.abort()
            return
        self._answered = False
        if self._protocol.state is State.OPEN:
            self._protocol.send_ping(b"")
            self._flush()
        self._timer = asyncio.get_running_loop().call_later(PING_EVERY_S, self._ping)

    def _refuse(self, code: str) -> None:
        self._close(REFUSED, code)

    def _close(self, code: int, reason: str) -> None:
        if self._transport is None:
            return
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(code, reason)
            self._flush()
        if self._protocol.state is State.CONNECTING or code == LEAVING:
            self._transport.close()

    def _leave(self) -> None:
        if self._camera is not None:
            self._camera.leave(self)
            self._camera = None

    def _flush(self) -> None:
        if self._protocol.state not in (State.CONNECTING, State.OPEN):
            self._leave()  # after its goodbye nothing more may be written
        if self._transport is None or self._transport.is_closing():
            return
        for part in self._protocol.data_to_send():
            if part:
                self._transport.write(part)
            elif self._transport.can_write_eof():
                self._transport.write_eof()
        if self._protocol.close_expected() and self._timer is not None:
            self._timer.cancel()  # the other side has a little time to end the connection
            self._timer = asyncio.get_running_loop().call_later(2.0, self._transport.abort)
