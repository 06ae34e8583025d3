"""The media port: live view over WebSocket and clips over HTTP, in an event loop of its own inside the recorder."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from threading import Event, Thread
from typing import cast
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from uvicorn.server import ServerState

from sereno.core.clock import Clock
from sereno.core.errors import AppError, ErrorKind, RetryLaterError, unavailable
from sereno.core.media_time import wall_instant
from sereno.recording.archive import Archive
from sereno.recording.clip import (
    FROM_HEADER,
    KEYS_HEADER,
    LENGTH_HEADER,
    PASS_HEADER,
    ClipPlan,
    piece_of,
    plan_clip,
    read_clip,
)
from sereno.recording.hls_routes import HlsDoor, hls_routes
from sereno.recording.live import Hub, nobody
from sereno.recording.live_socket import LiveDoor, LiveSocket
from sereno.recording.tickets import StreamKind, TicketKind, accept, span_of
from sereno.runtime.settings import ServerSettings

log = logging.getLogger(__name__)

MAX_CLIPS = 48
MAX_CONNECTIONS = 600
_STATUS = {ErrorKind.DENIED: 403, ErrorKind.NOT_FOUND: 404, ErrorKind.EXHAUSTED: 429, ErrorKind.UNAVAILABLE: 503}
_EXPOSED = "X-Sereno-Wall, X-Sereno-Media, X-Sereno-Codec, X-Sereno-End, X-Sereno-Passes, Retry-After"


@dataclass(frozen=True, slots=True)
class MediaPort:
    """What the media server works with."""

    archive: Archive
    hub: Hub
    key: bytes
    clock: Clock
    server: ServerSettings
    more: Sequence[Route] = ()
    """What else is answered on this port."""


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
            ws=cast(type[asyncio.Protocol], _live_sockets(port)),
            timeout_graceful_shutdown=1,
            server_header=False,
            limit_concurrency=MAX_CONNECTIONS,
        )
        self._server = uvicorn.Server(config)
        self._hub = port.hub
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
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        self._hub.call_soon = lambda act: _call_soon(loop, act)
        try:
            await self._server.serve(sockets=[self._socket])
        finally:
            self._hub.call_soon = nobody


def _call_soon(loop: asyncio.AbstractEventLoop, act: Callable[[], None]) -> None:
    loop.call_soon_threadsafe(act)


def _live_sockets(port: MediaPort) -> Callable[[uvicorn.Config, ServerState, object], LiveSocket]:
    """What the web server calls for each WebSocket, in the place of its own machinery."""
    viewers: set[LiveSocket] = set()

    def allowed(origin: str | None, host: str | None) -> bool:
        return _origin_allowed(origin, host, port.server)

    def open_socket(config: uvicorn.Config, server_state: ServerState, app_state: object) -> LiveSocket:
        connections = cast(set[asyncio.Protocol], server_state.connections)
        return LiveSocket(LiveDoor(port.hub, port.key, port.clock, allowed, viewers, connections))

    return open_socket


def media_app(port: MediaPort) -> Starlette:
    """Everything but live view over WebSocket. Clips are bounded, so that no number of them can stop recording."""
    clips = asyncio.Semaphore(MAX_CLIPS)

    def cors(request: Request) -> dict[str, str]:
        return _cors(request, port.server)

    async def clip(request: Request) -> Response:
        cors = _cors(request, port.server)
        if request.method == "OPTIONS":
            return Response(status_code=204 if cors else 403, headers=cors)
        try:
            plan, blocks, first = await asyncio.to_thread(_open_clip, request, port)
            if clips.locked():
                raise AppError(ErrorKind.EXHAUSTED, "clips_busy", "Too many clips play at once.", "Try again soon.")
        except AppError as error:
            return _refuse(error, cors)
        headers = {
            **cors,
            "X-Sereno-Wall": wall_instant(plan.wall).isoformat(),
            "X-Sereno-Media": str(plan.media),
            "X-Sereno-Codec": plan.codec,
            "X-Sereno-End": plan.end.value,
            "X-Sereno-Passes": str(plan.passes),
            "Cache-Control": "no-store",
        }
        return StreamingResponse(_send_clip(first, blocks, clips), media_type="video/mp4", headers=headers)

    hls = hls_routes(HlsDoor(port.hub, port.key, port.clock, cors, _refuse))
    return Starlette(routes=[Route("/clip", clip, methods=["GET", "OPTIONS"]), *hls, *port.more])


def _open_clip(request: Request, port: MediaPort) -> tuple[ClipPlan, Iterator[bytes], bytes]:
    """The plan, the blocks, and the first of them: who seeks waits for that one alone."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    ticket = accept(text if scheme.lower() == "bearer" else "", port.key, TicketKind.CLIP, port.clock.now())
    piece = replace(piece_of(request.headers, span_of(ticket)), sound=ticket.stream is StreamKind.SOUND)
    plan = plan_clip(port.archive, ticket.camera_id, piece)
    blocks = read_clip(plan)
    return plan, blocks, next(blocks)


async def _send_clip(first: bytes, blocks: Iterator[bytes], clips: asyncio.Semaphore) -> AsyncIterator[bytes]:
    async with clips:
        yield first
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
        "Access-Control-Allow-Headers": f"Authorization, {FROM_HEADER}, {LENGTH_HEADER}, {KEYS_HEADER}, {PASS_HEADER}",
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Expose-Headers": _EXPOSED,
        "Access-Control-Max-Age": "600",
        "Vary": "Origin",
    }


def _refuse(error: AppError, headers: dict[str, str]) -> Response:
    body = {
        "kind": error.kind.value,
        "code": error.code,
        "message": error.message,
        "advice": error.advice,
        "reference": "",
    }
    later = {"Retry-After": str(error.retry_after_s)} if isinstance(error, RetryLaterError) else {}
    return JSONResponse(body, _STATUS.get(error.kind, 400), headers={**headers, **later})


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
