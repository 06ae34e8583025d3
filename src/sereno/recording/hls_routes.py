"""HLS on the media port: a ticket is exchanged once for a cookie, because a native player can send no header.

A session is a viewer like any other: its stream counts as watched until nobody asked for it for some seconds.
"""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sereno.core.clock import Clock
from sereno.core.errors import AppError, denied, exhausted, not_found
from sereno.core.ids import CameraId
from sereno.recording.hls import HlsWindow
from sereno.recording.live import Hub, LiveCamera, News
from sereno.recording.tickets import StreamKind, Ticket, TicketKind, accept

COOKIE = "sereno_hls"
SESSION_S = 3_600
"""Then another ticket is needed, and with it another audited look."""
IDLE_S = 20.0
MAX_SESSIONS = 64
HOLD_S = 8.0
"""How long a playlist request waits for a part that is not there yet."""
_TYPES = {"m3u8": "application/vnd.apple.mpegurl", "mp4": "video/mp4"}


@dataclass(frozen=True, slots=True)
class HlsDoor:
    """What the routes work with. ``cors`` gives the headers of an answer to a page of the console."""

    hub: Hub
    key: bytes
    clock: Clock
    cors: Callable[[Request], dict[str, str]]
    refuse: Callable[[AppError, dict[str, str]], Response]


class HlsFeed:
    """One stream's window, kept up to date while somebody asks for it."""

    def __init__(self, live: LiveCamera) -> None:
        self.window = HlsWindow()
        self.asked_s = 0.0
        self._live = live
        self._changed = asyncio.Event()
        live.join(self)

    def hear(self, news: News) -> None:
        if any([self.window.take(chunk) for chunk in news.chunks]):
            self._changed.set()
            self._changed = asyncio.Event()

    async def until(self, number: int, part: int | None) -> None:
        """Until that segment or part is there, or the patience ends."""
        try:
            async with asyncio.timeout(HOLD_S):
                while not self.window.has(number, part):
                    await self._changed.wait()
        except TimeoutError:
            return

    def close(self) -> None:
        self._live.leave(self)


@dataclass(slots=True)
class _Session:
    camera_id: CameraId
    stream: StreamKind
    ends_s: float


class HlsRoom:
    """The sessions and their feeds; everything happens on the media server's event loop."""

    def __init__(self, door: HlsDoor) -> None:
        self._door = door
        self._sessions: dict[str, _Session] = {}
        self._feeds: dict[tuple[CameraId, StreamKind], HlsFeed] = {}
        self._sweep: asyncio.TimerHandle | None = None

    def admit(self, ticket: Ticket) -> str:
        """The session's secret. Raises: AppError exhausted ``hls_busy``."""
        now_s = self._door.clock.monotonic_s()
        self._sessions = {token: each for token, each in self._sessions.items() if each.ends_s > now_s}
        if len(self._sessions) >= MAX_SESSIONS:
            raise exhausted("hls_busy", "Too many people watch by HLS.", "Try again soon.")
        token = secrets.token_urlsafe(32)
        self._sessions[token] = _Session(ticket.camera_id, ticket.stream, now_s + SESSION_S)
        self._feed(ticket.camera_id, ticket.stream)
        return token

    def feed(self, request: Request) -> HlsFeed:
        """Raises: AppError denied without a session for this camera and stream."""
        session = self._sessions.get(request.cookies.get(COOKIE, ""))
        wanted = (request.path_params["camera"], request.path_params["stream"])
        if session is None or session.ends_s <= self._door.clock.monotonic_s():
            raise denied("ticket_expired", "The session for this video has ended.", "Ask for another ticket.")
        if (session.camera_id, session.stream.value) != wanted:
            raise denied("ticket_invalid", "The ticket was for another camera.", "Ask for another one.")
        return self._feed(session.camera_id, session.stream)

    def _feed(self, camera_id: CameraId, stream: StreamKind) -> HlsFeed:
        feed = self._feeds.get((camera_id, stream))
        if feed is None:
            feed = self._feeds[camera_id, stream] = HlsFeed(self._door.hub.camera(camera_id, stream))
        feed.asked_s = self._door.clock.monotonic_s()
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(IDLE_S / 4, self._close_idle)
        return feed

    def _close_idle(self) -> None:
        self._sweep = None
        now_s = self._door.clock.monotonic_s()
        for key, feed in list(self._feeds.items()):
            if now_s - feed.asked_s > IDLE_S:
                del self._feeds[key]
                feed.close()
        if self._feeds:
            self._sweep = asyncio.get_running_loop().call_later(IDLE_S / 4, self._close_idle)


def hls_routes(door: HlsDoor) -> list[Route]:
    room = HlsRoom(door)

    async def open_session(request: Request) -> Response:
        cors = door.cors(request)
        if request.method == "OPTIONS":
            return Response(status_code=204 if cors else 403, headers=cors)
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        try:
            ticket = accept(text if scheme.lower() == "bearer" else "", door.key, TicketKind.LIVE, door.clock.now())
            token = room.admit(ticket)
        except AppError as error:
            return door.refuse(error, cors)
        path = f"/hls/{ticket.camera_id}/{ticket.stream}"
        answer = JSONResponse({"path": f"{path}/index.m3u8"}, 201, headers=cors)
        secure = request.url.scheme == "https"
        answer.set_cookie(COOKIE, token, SESSION_S, path=path, secure=secure, httponly=True, samesite="strict")
        return answer

    async def give(request: Request) -> Response:
        cors = door.cors(request)
        try:
            content = await _content(room.feed(request), request)
        except AppError as error:
            return door.refuse(error, cors)
        kind = request.path_params["name"].rpartition(".")[2]
        # a segment never changes, but it is video of people: no cache may keep it
        return Response(
            content, media_type=_TYPES.get(kind, "video/mp4"), headers={**cors, "Cache-Control": "no-store"}
        )

    return [
        Route("/hls", open_session, methods=["POST", "OPTIONS"]),
        Route("/hls/{camera}/{stream}/{name}", give, methods=["GET"]),
    ]


async def _content(feed: HlsFeed, request: Request) -> bytes:
    """Raises: AppError not_found."""
    name, _, _kind = request.path_params["name"].rpartition(".")
    what, *numbers = name.split("-")
    if not all(number.isdecimal() and len(number) < 10 for number in numbers):
        raise _nothing()
    at = [int(number) for number in numbers]
    if what == "index" and not at:
        await feed.until(*_awaited(request))
        return feed.window.playlist().encode()
    found: bytes | None = None
    if what == "init" and len(at) == 1:
        found = feed.window.init(at[0])
    elif what == "segment" and len(at) == 1:
        segment = feed.window.segment(at[0])
        found = segment.content if segment is not None and segment.whole else None
    elif what == "part" and len(at) == 2:
        await feed.until(at[0], at[1])
        segment = feed.window.segment(at[0])
        found = segment.parts[at[1]].content if segment is not None and at[1] < segment.finished else None
    if found is None:
        raise _nothing()
    return found


def _awaited(request: Request) -> tuple[int, int | None]:
    """What a player asks the playlist to wait for; without a wish, the first segment with something in it."""
    number, part = request.query_params.get("_HLS_msn", ""), request.query_params.get("_HLS_part", "")
    if not number.isdecimal() or len(number) > 9:
        return 0, 0
    return int(number), int(part) if part.isdecimal() and len(part) < 6 else None


def _nothing() -> AppError:
    return not_found("segment_gone", "That part of the video is not here any more.")
