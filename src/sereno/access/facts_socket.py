"""The facts of the centre as they happen, to each screen only those its person may see.

One reader takes new facts from the log, once for all screens, into a ring of recent ones. Each screen sends from the
ring at its own speed; one that falls out of it is closed with 4409 and fetches the snapshot again.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import takewhile
from typing import Annotated, Any, Generic, TypeVar

from fastapi import APIRouter, Depends, Query
from pydantic import ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from sereno.access.guard import SESSION_COOKIE, Guard, SessionLookup
from sereno.access.model import Access, Permission
from sereno.core.errors import AppError
from sereno.core.facts import Fact
from sereno.core.ids import CameraId
from sereno.runtime.database import Database
from sereno.runtime.fact_log import FactLog, LoggedFact

REFETCH = 4409
SIGNED_OUT = 4401
TRY_AGAIN = 1013

log = logging.getLogger(__name__)

RING_FACTS = 4_096
READ_FACTS = 500
SEND_LIMIT_S = 10.0
SESSION_CHECK_S = 2.0
RETRY_S = 0.5
REST_S = 0.02
"""Between two looks into the log, so that many small writes are read together."""

F = TypeVar("F", bound=Fact)


@dataclass(frozen=True, slots=True)
class FactRule(Generic[F]):
    """Who sees facts of one kind: holders of ``permission`` who see the camera's group, when it has a camera."""

    kind: type[F]
    permission: Permission
    camera_of: Callable[[F], CameraId | None] = lambda _: None


class Visibility:
    """A fact of a kind without a rule is seen by nobody; one of an unknown camera by those who see every group."""

    def __init__(self, rules: Iterable[FactRule[Any]], group_of: Callable[[CameraId], str | None]) -> None:
        self._rules = {rule.kind: rule for rule in rules}
        self._group_of = group_of

    def sees(self, access: Access, fact: Fact) -> bool:
        rule = self._rules.get(type(fact))
        if rule is None or not access.may(rule.permission):
            return False
        camera_id = rule.camera_of(fact)
        if camera_id is None or not access.camera_groups:
            return True
        group = self._group_of(camera_id)
        return group is not None and access.sees_group(group)


@dataclass(frozen=True, slots=True)
class _Recent:
    """``fact`` is None when this version cannot read it; then nobody sees it."""

    seq: int
    fact: Fact | None
    message: str


class FactFeed:
    """The ring of recent facts; lives on the event loop of the server, inside ``running``."""

    def __init__(self, database: Database, log: FactLog, visibility: Visibility) -> None:
        self.visibility = visibility
        self._database = database
        self._log = log
        self._ring: deque[_Recent] = deque(maxlen=RING_FACTS)
        self._floor_seq = 0
        """Every fact after this one and up to ``_last_seq`` is in the ring."""
        self._last_seq = 0
        self._written = asyncio.Event()
        self._waiting: set[asyncio.Event] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        database.on_commit(self._ring_bell)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._loop = asyncio.get_running_loop()
        self._floor_seq = self._last_seq = await asyncio.to_thread(self._read_last_seq)
        reader = asyncio.create_task(self._read_on(), name="fact feed")
        try:
            yield
        finally:
            self._loop = None
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)

    async def after(self, seq: int) -> list[_Recent] | None:
        """The next facts after ``seq``, none when there are none yet; None when ``seq`` is too old or not ours."""
        if seq > self._last_seq:  # a snapshot may be ahead of the ring for a moment
            return [] if seq <= await asyncio.to_thread(self._read_last_seq) else None
        if self._last_seq - seq > RING_FACTS:
            return None
        if seq < self._floor_seq:
            return await asyncio.to_thread(self._read, seq)
        newer = list(takewhile(lambda recent: recent.seq > seq, reversed(self._ring)))
        return newer[::-1][:READ_FACTS]

    @asynccontextmanager
    async def bell(self) -> AsyncIterator[asyncio.Event]:
        """An event that is set whenever there may be more."""
        bell = asyncio.Event()
        self._waiting.add(bell)
        try:
            yield bell
        finally:
            self._waiting.discard(bell)

    def _ring_bell(self) -> None:
        """Called from the thread that wrote; the loop may be gone already."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._written.set)

    async def _read_on(self) -> None:
        while True:
            await self._written.wait()
            self._written.clear()
            try:
                while fresh := await asyncio.to_thread(self._read, self._last_seq):
                    self._keep(fresh)
            except AppError as error:
                log.warning("the facts could not be read: %s", error)
                self._written.set()
                await asyncio.sleep(RETRY_S)
            await asyncio.sleep(REST_S)

    def _keep(self, fresh: list[_Recent]) -> None:
        for recent in fresh:
            if len(self._ring) == RING_FACTS:
                self._floor_seq = self._ring[0].seq
            self._ring.append(recent)
        self._last_seq = fresh[-1].seq
        for bell in self._waiting:
            bell.set()

    def _read_last_seq(self) -> int:
        with self._database.read() as connection:
            return self._log.last_seq(connection)

    def _read(self, seq: int) -> list[_Recent]:
        with self._database.read() as connection:
            return [self._recent(logged) for logged in self._log.read_after(connection, seq, READ_FACTS)]

    def _recent(self, logged: LoggedFact) -> _Recent:
        try:
            fact = self._log.codec.decode(logged.kind, logged.body)
        except (AppError, ValidationError) as error:
            log.error("fact seq=%s kind=%s is not readable: %s", logged.seq, logged.kind, type(error).__name__)
            return _Recent(logged.seq, None, "")
        return _Recent(logged.seq, fact, f'{{"seq":{logged.seq},"kind":"{logged.kind}","fact":{logged.body}}}')


def facts_api(feed: FactFeed, sessions: SessionLookup, guard: Guard) -> APIRouter:
    routes = APIRouter()

    @routes.websocket("/facts")
    async def send_facts(
        websocket: WebSocket,
        access: Annotated[Access, Depends(guard.signed_in())],
        after: Annotated[int, Query(ge=0)],
    ) -> None:
        await websocket.accept()
        await _Viewer(websocket, feed, sessions, access).serve(after)

    return routes


@dataclass(frozen=True, slots=True)
class _Viewer:
    """One screen: sends to it until it goes, falls behind, or its session ends."""

    websocket: WebSocket
    feed: FactFeed
    sessions: SessionLookup
    access: Access

    async def serve(self, after: int) -> None:
        tasks = {
            asyncio.create_task(part)
            for part in (self._send_from(after), self._until_signed_out(), _until_gone(self.websocket))
        }
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                log.warning("a screen of %s was left: %s", self.access.name, end)
                await self._close(TRY_AGAIN, "unavailable")

    async def _send_from(self, seq: int) -> None:
        async with self.feed.bell() as bell:
            while True:
                bell.clear()
                facts = await self.feed.after(seq)
                if facts is None:
                    return await self._close(REFETCH, "fetch_snapshot")
                for recent in facts:
                    if not await self._send(recent):
                        return None
                    seq = recent.seq
                if not facts:
                    await bell.wait()

    async def _until_signed_out(self) -> None:
        token = self.websocket.cookies.get(SESSION_COOKIE, "")
        while await asyncio.to_thread(self.sessions.person_of, token) is not None:
            await asyncio.sleep(SESSION_CHECK_S)
        await self._close(SIGNED_OUT, "not_signed_in")

    async def _send(self, recent: _Recent) -> bool:
        """False when the screen took too long or is gone."""
        if recent.fact is None or not self.feed.visibility.sees(self.access, recent.fact):
            return True
        try:
            await asyncio.wait_for(self.websocket.send_text(recent.message), SEND_LIMIT_S)
        except TimeoutError:
            await self._close(REFETCH, "too_slow")
            return False
        except WebSocketDisconnect:
            return False
        return True

    async def _close(self, code: int, reason: str) -> None:
        try:
            await asyncio.wait_for(self.websocket.close(code, reason), SEND_LIMIT_S)
        except (TimeoutError, WebSocketDisconnect, RuntimeError):  # gone already
            return


async def _until_gone(websocket: WebSocket) -> None:
    """What a screen says here is not listened to."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass
