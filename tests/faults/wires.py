"""Ports before a simulated camera: they pass everything on, or do to the bytes what a broken device does."""

import asyncio
import re
import socket
import threading
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypeVar

from sereno.core.clock import SystemClock

T = TypeVar("T")
PIECE = 65_536


@dataclass
class Wire:
    """A TCP port before the camera of the same name."""

    name: str
    act: "Act | None"
    """What it does with a connection; None: it passes everything on."""
    camera_port: int
    half_open: bool = False
    """The system answers no SYN: connecting hangs."""
    dead: bool = False
    """Nothing passes any more in either direction, and nothing is closed."""
    port: int = 0
    connections: list[float] = field(default_factory=list)
    """When each came, monotonic."""
    proofs: list[float] = field(default_factory=list)
    """When a request came that carried a proof of a password, monotonic."""
    open: set[asyncio.StreamWriter] = field(default_factory=set)

    def note(self, received: bytes) -> None:
        if b"\r\nAuthorization:" in received:
            self.proofs.append(SystemClock().monotonic_s())


@dataclass
class Link:
    """One connection to a wire."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    wire: Wire

    async def request(self) -> tuple[str, str]:
        """Method and CSeq of the next one. Raises: EOFError when the client leaves."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        self.wire.note(head)
        cseq = re.search(rb"CSeq: (\d+)", head)
        return head.split(b" ", 1)[0].decode(), cseq[1].decode() if cseq else "0"

    async def answer(self, cseq: str, status: str, *headers: str, body: bytes = b"") -> None:
        lines = [f"RTSP/1.0 {status}", f"CSeq: {cseq}", *headers, *([f"Content-Length: {len(body)}"] if body else [])]
        self.writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await self.writer.drain()

    async def pass_on(self, change: Callable[[bytes], bytes] = bytes) -> None:
        """To and from the camera; what it says goes through ``change``, which may raise EOFError to hang up."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.wire.camera_port)
        self.wire.open.add(writer)
        try:
            up = asyncio.create_task(self._pump(self.reader, writer, self._noted))
            down = asyncio.create_task(self._pump(reader, self.writer, change))
            _done, left = await asyncio.wait((up, down), return_when=asyncio.FIRST_COMPLETED)
            for task in left:
                task.cancel()
            await asyncio.gather(up, down, return_exceptions=True)
        finally:
            self.wire.open.discard(writer)
            writer.close()

    def _noted(self, received: bytes) -> bytes:
        self.wire.note(received)
        return received

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, change: Callable[[bytes], bytes]
    ) -> None:
        while received := await reader.read(PIECE):
            if not self.wire.dead:
                writer.write(change(received))
                await writer.drain()


Act = Callable[[Link], Awaitable[None]]


class Wires:
    """All wires to one server, in an event loop of their own; use it in a ``with``."""

    def __init__(self, camera_port: int, acts: Mapping[str, Act | None], half_open: frozenset[str]) -> None:
        self._wires = {name: Wire(name, act, camera_port, name in half_open) for name, act in acts.items()}
        self._listeners: dict[str, socket.socket] = {}
        self._fillers: list[socket.socket] = []
        self._servers: list[asyncio.Server] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="wires", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._start())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def url(self, name: str, login: str = "") -> str:
        return f"rtsp://{login}127.0.0.1:{self._wires[name].port}/{name}"

    def __getitem__(self, name: str) -> Wire:
        return self._wires[name]

    def heal(self, name: str) -> None:
        """From now on everything passes; connections that are open are cut."""

        async def switch() -> None:
            wire = self._wires[name]
            wire.act, wire.dead = None, False
            if wire.half_open:
                wire.half_open = False
                for filler in self._fillers:
                    filler.close()
                await self._serve(wire)
            for writer in list(wire.open):
                writer.transport.abort()

        self._run(switch())

    def kill(self, name: str) -> None:
        """The cable is out: nobody hears anything any more."""
        self._wires[name].dead = True

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _start(self) -> None:
        for wire in self._wires.values():
            listener = socket.create_server(("127.0.0.1", 0), backlog=0 if wire.half_open else 50)
            self._listeners[wire.name] = listener
            wire.port = int(listener.getsockname()[1])
            if wire.half_open:
                self._fill(wire.port)
            else:
                await self._serve(wire)

    def _fill(self, port: int) -> None:
        """So many connections wait that the system takes no more."""
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            with suppress(BlockingIOError):
                filler.connect(("127.0.0.1", port))
            self._fillers.append(filler)

    async def _serve(self, wire: Wire) -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            link = Link(reader, writer, wire)
            wire.connections.append(SystemClock().monotonic_s())
            wire.open.add(writer)
            try:
                await (link.pass_on() if wire.act is None else wire.act(link))
            except (EOFError, OSError):
                pass
            finally:
                wire.open.discard(writer)
                writer.close()

        listener = self._listeners[wire.name]
        self._servers.append(await asyncio.start_server(serve, sock=listener, backlog=50, limit=PIECE))

    async def _stop(self) -> None:
        for server in self._servers:
            server.close()
        for listener in (*self._listeners.values(), *self._fillers):
            listener.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
