"""RTSP replay of a card: what the camera showed then, as fast as it can be sent. Source: ONVIF Streaming 6."""

import asyncio
import re
import secrets
import struct
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from sereno.core.clock import Clock
from sereno.core.errors import AppError
from sereno.core.media_time import TICKS_PER_S, wall_ticks
from sereno.simulation.rtsp.clip import Clip
from sereno.simulation.rtsp.description import session_description
from sereno.simulation.rtsp.packetise import INTERLEAVED_HEADER, goodbye, patched
from sereno.simulation.rtsp.protocol import Answer, MessageReader, Request, TcpTransport, parse_transport

_CLOCK_RANGE = re.compile(r"clock=(\d{8}T\d{6}(?:\.\d{1,6})?)Z-(?:(\d{8}T\d{6}(?:\.\d{1,6})?)Z)?")
_NTP_UNIX_OFFSET_S = 2_208_988_800
_HIGH_WATER = 1 << 20


@dataclass(frozen=True, slots=True)
class Card:
    """All that a camera showed since ``began``, by our clock; the device tells times by its own."""

    clip: Clip
    began: datetime
    clock_ahead: timedelta = timedelta(0)


@dataclass(slots=True)
class _Session:
    card: Card
    transport: TcpTransport
    ssrc: int = field(default_factory=lambda: secrets.randbits(32))
    sequence: int = field(default_factory=lambda: secrets.randbits(16))


class ReplayServer:
    """In a thread of its own; use it in a ``with``. A card under each path."""

    def __init__(self, cards: Mapping[str, Card], clock: Clock) -> None:
        self._cards = dict(cards)
        self._clock = clock
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="replay-simulator", daemon=True)
        self._server = self._loop.run_until_complete(asyncio.start_server(self._connected, "127.0.0.1", 0))
        self.port: int = self._server.sockets[0].getsockname()[1]

    def url(self, name: str) -> str:
        return f"rtsp://127.0.0.1:{self.port}/{name}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(5.0)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5.0)
        self._loop.close()

    async def _close(self) -> None:
        self._server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        messages, session = MessageReader(), None
        try:
            while received := await reader.read(65_536):
                for message in messages.feed(received):
                    if isinstance(message, Request):
                        session = await self._answer(message, session, writer)
        except (AppError, OSError, asyncio.CancelledError):
            return
        finally:
            writer.close()

    async def _answer(
        self, request: Request, session: _Session | None, writer: asyncio.StreamWriter
    ) -> _Session | None:
        cseq, card = request.headers.get("cseq", "0"), self._cards.get(request.path)
        answer = Answer(200, [("Session", "1")])
        span: tuple[int, int] | None = None
        if request.method == "OPTIONS":
            answer = Answer(200, [("Public", "OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN")])
        elif card is None:
            answer = Answer(404)
        elif request.method == "DESCRIBE":
            headers = [("Content-Base", f"{request.url}/"), ("Content-Type", "application/sdp")]
            answer = Answer(200, headers, session_description(card.clip, "127.0.0.1"))
        elif request.method == "SETUP":
            offer = parse_transport(request.headers.get("transport", ""))
            if isinstance(offer, TcpTransport):
                session = _Session(card, offer)
                answer = Answer(200, [("Transport", offer.header(session.ssrc)), ("Session", "1")])
            else:
                answer = Answer(461)
        elif request.method == "PLAY":
            span = self._span(card, request.headers.get("range", ""))
            answer = Answer(400) if span is None or session is None else answer
        writer.write(answer.encode(cseq))
        if answer.status == 200 and span is not None and session is not None:
            await self._play(session, span, writer)
        return session

    def _span(self, card: Card, told: str) -> tuple[int, int] | None:
        """From the key frame at or before the wanted begin, by our clock."""
        found = _CLOCK_RANGE.fullmatch(told.strip())
        if found is None:
            return None
        ahead = wall_ticks(self._clock.now() + card.clock_ahead) - wall_ticks(self._clock.now())
        newest = wall_ticks(self._clock.now())
        began = max(_ticks_of(found[1]) - ahead, wall_ticks(card.began))
        ended = min(_ticks_of(found[2]) - ahead if found[2] else newest, newest)
        return began, ended

    async def _play(self, session: _Session, span: tuple[int, int], writer: asyncio.StreamWriter) -> None:
        ahead = round(session.card.clock_ahead.total_seconds() * TICKS_PER_S)
        for shown, packets in _packets(session, span, ahead):
            if shown >= span[1]:
                break
            writer.write(packets)
            if writer.transport.get_write_buffer_size() > _HIGH_WATER:
                await writer.drain()
        bye = goodbye(session.ssrc)
        writer.write(bytes((0x24, session.transport.rtcp_channel)) + len(bye).to_bytes(2, "big") + bye)
        await writer.drain()


def _packets(session: _Session, span: tuple[int, int], ahead: int) -> Iterator[tuple[int, bytes]]:
    """Wall ticks and packets of each picture, for ever."""
    clip = session.card.clip
    loop, index = clip.after(span[0])
    loop, index = (loop, index - 1) if index else (loop - 1, len(clip.units) - 1)
    index = clip.key_before(index)
    while True:
        unit = clip.units[index]
        shown = loop * clip.loop_ticks + unit.shown
        wire = patched(
            unit.cut,
            channel=session.transport.rtp_channel,
            sequence=session.sequence,
            timestamp=shown,
            ssrc=session.ssrc,
        )
        session.sequence = session.sequence + len(unit.cut.starts) & 0xFFFF
        yield loop * clip.loop_ticks + unit.due, _with_times(bytes(wire), unit.cut.starts, shown + ahead)
        loop, index = (loop, index + 1) if index + 1 < len(clip.units) else (loop + 1, 0)


def _with_times(wire: bytes, starts: tuple[int, ...], wall: int) -> bytes:
    """The packets with the replay extension, which says when the picture was taken, by the device's clock."""
    seconds, ticks = divmod(wall, TICKS_PER_S)
    ntp = ((seconds + _NTP_UNIX_OFFSET_S) & 0xFFFFFFFF, (ticks << 32) // TICKS_PER_S)
    extension = struct.pack(">HHIII", 0xABAC, 3, *ntp, 0)
    out = bytearray()
    for start, end in zip(starts, (*starts[1:], len(wire)), strict=True):
        head = INTERLEAVED_HEADER + 12
        length = end - start - INTERLEAVED_HEADER + len(extension)
        out += wire[start : start + 2] + length.to_bytes(2, "big") + bytes((wire[start + 4] | 0x10,))
        out += wire[start + 5 : start + head] + extension + wire[start + head : end]
    return bytes(out)


def _ticks_of(text: str) -> int:
    at = datetime.strptime(f"{text}{'' if '.' in text else '.0'}+0000", "%Y%m%dT%H%M%S.%f%z")
    return wall_ticks(at)
