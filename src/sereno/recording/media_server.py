"""The media port: live view over WebSocket and clips over HTTP, in an event loop of its own inside the recorder."""

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from threading import Event, Thread
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from sereno.core.clock import Clock
from sereno.core.errors import AppError, ErrorKind, unavailable
from sereno.core.media_time import wall_instant
from sereno.recording.archive import Archive
from sereno.recording.clip import FROM_HEADER, KEYS_HEADER, LENGTH_HEADER, ClipPlan, piece_of, plan_clip, read_clip
from sereno.recording.live import Dropped, Hub, LiveChunk, Message, Opening, Viewer
from sereno.recording.tickets import TicketKind, accept, span_of
from sereno.runtime.settings import ServerSettings

log = logging.getLogger(__name__)

TICKET_WAIT_S = 10.0
MAX_VIEWERS = 256
MAX_CLIPS = 48
MAX_CONNECTIONS = 600
REFUSED, TOO_MANY = 4401, 4429
"""WebSocket close codes: the ticket is not valid; the recorder has no place for another viewer."""
_STATUS = {ErrorKind.DENIED: 403, ErrorKind.NOT_FOUND: 404, ErrorKind.EXHAUSTED: 429}
_EXPOSED = "X-Sereno-Wall, X-Sereno-Media, X-Sereno-Codec, X-Sereno-End"


@dataclass(frozen=True, slots=True)
class MediaPort:
    """What the media server works with."""

    archive: Archive
    hub: Hub
    key: bytes
    clock: Clock
    server: ServerSettings


class MediaServer:
    """Opens its port at once, serves in a thread of its own until ``stop``."""

    def __init__(self, port: MediaPort) -> None:
        """Raises: AppError unavailable ``port_busy``."""
        self._socket = _listen(port.server.host, port.server.media_port)
        config = uvicorn.Config(
            media_app(port),
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="websockets-sansio",
            ws_per_message_deflate=False,
            ws_max_size=4_096,
            ws_ping_interval=15.0,
            ws_ping_timeout=15.0,
            timeout_graceful_shutdown=1,
            server_header=False,
            limit_concurrency=MAX_CONNECTIONS,
        )
        self._server = uvicorn.Server(config)
        self._thread = Thread(target=self._run, name="media-server", daemon=True)
        self._ended = Event()

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float = 3.0) -> None:
        self._server.should_exit = True
        self._thread.join(timeout_s)
        self._socket.close()

    def _run(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._socket]))


def media_app(port: MediaPort) -> Starlette:
    """The two routes. Live viewers and clips are bounded, so that no number of them can stop recording."""
    clips = asyncio.Semaphore(MAX_CLIPS)
    viewers: set[WebSocket] = set()

    async def live(socket: WebSocket) -> None:
        if not _origin_allowed(socket.headers.get("origin"), socket.headers.get("host"), port.server):
            await socket.close(REFUSED)
            return
        await socket.accept()
        if len(viewers) >= MAX_VIEWERS:
            await socket.close(TOO_MANY)
            return
        viewers.add(socket)
        try:
            await _serve_live(socket, port)
        except WebSocketDisconnect:
            pass
        finally:
            viewers.discard(socket)

    async def clip(request: Request) -> Response:
        cors = _cors(request, port.server)
        if request.method == "OPTIONS":
            return Response(status_code=204 if cors else 403, headers=cors)
        try:
            plan = await asyncio.to_thread(_plan, request, port)
            if clips.locked():
                raise AppError(ErrorKind.EXHAUSTED, "clips_busy", "Too many clips play at once.", "Try again soon.")
        except AppError as error:
            return JSONResponse(_error_body(error), _STATUS.get(error.kind, 400), headers=cors)
        headers = {
            **cors,
            "X-Sereno-Wall": wall_instant(plan.wall).isoformat(),
            "X-Sereno-Media": str(plan.media),
            "X-Sereno-Codec": plan.codec,
            "X-Sereno-End": plan.end.value,
            "Cache-Control": "no-store",
        }
        return StreamingResponse(_send_clip(plan, clips), media_type="video/mp4", headers=headers)

    routes = [WebSocketRoute("/live", live), Route("/clip", clip, methods=["GET", "OPTIONS"])]
    return Starlette(routes=routes)


async def _serve_live(socket: WebSocket, port: MediaPort) -> None:
    try:
        async with asyncio.timeout(TICKET_WAIT_S):
            text = json.loads(await socket.receive_text())["ticket"]
        ticket = accept(str(text), port.key, TicketKind.LIVE, port.clock.now())
    except (AppError, TimeoutError, ValueError, KeyError, TypeError) as error:
        await socket.close(REFUSED, error.code if isinstance(error, AppError) else "ticket_invalid")
        return
    loop = asyncio.get_running_loop()
    waiting = asyncio.Event()

    def wake() -> None:
        loop.call_soon_threadsafe(waiting.set)

    viewer = Viewer(wake)
    camera = port.hub.camera(ticket.camera_id)
    camera.join(viewer)
    left = asyncio.create_task(_until_left(socket, waiting))
    try:
        sender = _LiveSender(socket)
        while not left.done():
            waiting.clear()
            for message in viewer.take():
                await sender.send(message)
            await waiting.wait()
    finally:
        camera.leave(viewer)
        left.cancel()


async def _until_left(socket: WebSocket, waiting: asyncio.Event) -> None:
    """A viewer says nothing after its ticket; what arrives is its leaving."""
    try:
        while (await socket.receive())["type"] != "websocket.disconnect":
            pass
    finally:
        waiting.set()


class _LiveSender:
    """Writes the opening with the place of the chunk that follows it, so it waits for that chunk."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._opening: Opening | None = None

    async def send(self, message: Message) -> None:
        if isinstance(message, Opening):
            self._opening = message
        elif isinstance(message, Dropped):
            await self._socket.send_text(json.dumps({"dropped": message.count}))
        else:
            await self._send_chunk(message)

    async def _send_chunk(self, chunk: LiveChunk) -> None:
        opening, self._opening = self._opening, None
        if opening is not None:
            place = {"wall": wall_instant(chunk.wall).isoformat(), "media": chunk.media}
            text = {"codec": opening.codec, "width": opening.width, "height": opening.height, **place}
            await self._socket.send_text(json.dumps(text))
            await self._socket.send_bytes(opening.init)
        await self._socket.send_bytes(chunk.content)


def _plan(request: Request, port: MediaPort) -> ClipPlan:
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    ticket = accept(text if scheme.lower() == "bearer" else "", port.key, TicketKind.CLIP, port.clock.now())
    return plan_clip(port.archive, ticket.camera_id, piece_of(request.headers, span_of(ticket)))


async def _send_clip(plan: ClipPlan, clips: asyncio.Semaphore) -> AsyncIterator[bytes]:
    async with clips:
        blocks = read_clip(plan)
        while (block := await asyncio.to_thread(next, blocks, None)) is not None:
            yield block


def _origin_allowed(origin: str | None, host: str | None, server: ServerSettings) -> bool:
    """The console of this centre: the same host name on the console's port. Who sends none is no browser."""
    if origin is None:
        return True
    try:
        parts, here = urlsplit(origin), urlsplit(f"//{host or ''}")
        port = parts.port
    except ValueError:
        return False
    names: Iterable[str | None] = (here.hostname, server.host, "localhost", "127.0.0.1")
    return parts.scheme in ("http", "https") and parts.hostname in names and port == server.port


def _cors(request: Request, server: ServerSettings) -> dict[str, str]:
    origin = request.headers.get("origin")
    if origin is None or not _origin_allowed(origin, request.headers.get("host"), server):
        return {}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Headers": f"Authorization, {FROM_HEADER}, {LENGTH_HEADER}, {KEYS_HEADER}",
        "Access-Control-Expose-Headers": _EXPOSED,
        "Access-Control-Max-Age": "600",
        "Vary": "Origin",
    }


def _error_body(error: AppError) -> dict[str, str]:
    return {
        "kind": error.kind.value,
        "code": error.code,
        "message": error.message,
        "advice": error.advice,
        "reference": "",
    }


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise unavailable(
            "port_busy",
            f"The media port {port} on {host} cannot be opened: {error.strerror}.",
            "End the program that uses it, or choose another one with media_port = … under [server].",
        ) from None
    listener.setblocking(False)
    return listener
