"""Hands packets to analysts of this machine, over a Unix socket; see ``cameras.local_feed`` for what they read.

It lives on the reactor's thread, where the packets are made: a picture costs one system call a reader, without a copy
of ours. A reader that is slow gets what the kernel's buffer holds; what waits here is bounded and cut back to the next
key frame.
"""

import logging
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sereno.cameras.local_feed.wire import (
    MAX_LINE_BYTES,
    FeedStream,
    Opened,
    Wanted,
    asked,
    feed_refused,
    packed_loss,
    packed_opening,
    sample_head,
)
from sereno.cameras.rtsp.sound_format import SoundCodec, SoundFormat
from sereno.core.errors import AppError
from sereno.core.media_time import WallTicks
from sereno.recording.chunks import HEADER_SIZE, decoder_configuration, read_shift
from sereno.recording.live import Backlog, Hub, LiveCamera, LiveChunk, Opening
from sereno.recording.reactor import Reactor
from sereno.recording.sound import SoundGroup
from sereno.recording.tickets import StreamKind
from sereno.runtime.local_call import bind_local

log = logging.getLogger(__name__)

MAX_READERS = 1_024
ASK_WITHIN_S = 5.0
SEND_BUFFER = 1 << 20
"""Bytes that the kernel may hold for a reader: a large key frame fits."""
_MAX_PARTS = 512
"""Buffers of one system call; Linux takes 1,024."""
_SOUNDS = {SoundCodec.ALAW: "pcm_alaw", SoundCodec.ULAW: "pcm_mulaw"}
_STREAMS = {
    FeedStream.MAIN: StreamKind.MAIN,
    FeedStream.SUB: StreamKind.SUB,
    FeedStream.SOUND: StreamKind.SOUND,
}
Part = bytes | memoryview


class PacketFeed:
    """The socket and its readers. ``start`` and ``stop`` are called by another thread, all else by the reactor's."""

    def __init__(self, path: Path, hub: Hub, reactor: Reactor, allowed: Callable[[Wanted], bool]) -> None:
        """``allowed`` tells what may be handed out now. Raises: OSError when the socket cannot be made."""
        self._allowed = allowed
        self._hub = hub
        self._reactor = reactor
        self._readers: set[_Reader] = set()
        self._listener = bind_local(path)
        self._listener.setblocking(False)

    def start(self) -> None:
        self._reactor.call(self, lambda: self._reactor.watch(self, self._listener, self._accept))

    def stop(self) -> None:
        """Before the reactor ends."""
        self._reactor.call(self, self._end)

    def broke(self, error: Exception) -> None:
        log.error("the feed's door fails", exc_info=error)

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        if len(self._readers) >= MAX_READERS:
            connection.close()
            return
        connection.setblocking(False)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        reader = _Reader(connection, self._reactor, self._stream, self._readers.discard)
        self._readers.add(reader)
        reader.begin()

    def _end(self) -> None:
        for reader in tuple(self._readers):
            reader.close()
        self._reactor.unwatch(self._listener)
        self._listener.close()

    def _stream(self, wanted: Wanted) -> LiveCamera | None:
        if not self._allowed(wanted):
            return None
        return self._hub.camera(wanted.camera_id, _STREAMS[wanted.stream])


@dataclass(eq=False, slots=True)
class _Reader:
    """One connection: it asks once, then it is a tap of the stream."""

    connection: socket.socket
    reactor: Reactor
    find: Callable[[Wanted], LiveCamera | None]
    gone: Callable[["_Reader"], None]
    _line: bytearray = field(default_factory=bytearray)
    _stream: LiveCamera | None = None
    _sound: bool = False
    _opened: bytes = b""
    """What this reader was told last of the stream's form."""
    _unsent: list[Part] = field(default_factory=list)
    """The rest of what the kernel did not take: at most one system call's worth."""
    _backlog: Backlog = field(default_factory=Backlog)
    _closed: bool = False

    def begin(self) -> None:
        self.reactor.watch(self, self.connection, self._ready)
        self.reactor.later(self, ASK_WITHIN_S, self._expect)

    def broke(self, error: Exception) -> None:
        log.error("a reader of the feed is sent away", exc_info=error)
        self.close()

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self._stream is not None:
            self._stream.untap(self)
        self.reactor.unwatch(self.connection)
        self.connection.close()
        self.gone(self)

    def take(self, chunks: Sequence[LiveChunk]) -> None:
        if self._closed or self._sound:
            return
        if self._unsent or self._backlog:
            for chunk in chunks:
                self._backlog.put(chunk)
            if not self._unsent:
                self._catch_up()
            return
        parts: list[Part] = []
        for chunk in chunks:
            parts += self._parts(chunk, 0)
        self._send(parts)

    def take_sound(self, sound: SoundFormat, group: SoundGroup, wall: WallTicks) -> None:
        if self._sound:  # a segment may be closed by another thread, and its last sound with it
            self.reactor.call(self, lambda: self._give_sound(sound, group, wall))

    def _give_sound(self, sound: SoundFormat, group: SoundGroup, wall: WallTicks) -> None:
        """Sound that comes while the reader is behind is left out: it is small, so this reader has stopped."""
        if self._closed or self._unsent:
            return
        parts: list[Part] = [*self._opening_parts(_sound_opening(sound))]
        media: int = group.began
        for unit in group.units:
            parts += (sample_head(True, 0, len(unit.content), media, wall + media - group.began), unit.content)
            media += unit.duration
        self._send(parts)

    def lose(self, fault: AppError) -> None:
        """What waits is over; the reader begins anew with the next opening."""
        if self._closed:
            return
        self._backlog = Backlog()
        if len(self._unsent) < _MAX_PARTS:
            self._send([*self._unsent, packed_loss(fault)])

    def _expect(self) -> None:
        if self._stream is None:
            self.close()

    def _ready(self) -> None:
        """The socket can be read, or written on."""
        try:
            content = self.connection.recv(MAX_LINE_BYTES)
        except (BlockingIOError, InterruptedError):
            content = None
        except OSError:
            content = b""
        if content is not None and (not content or self._stream is not None):
            self.close()  # it is gone, or says more than its question
            return
        if content:
            self._ask(content)
        elif self._unsent:
            self._send(self._unsent)
            if not self._unsent:
                self._catch_up()

    def _ask(self, content: bytes) -> None:
        self._line += content
        if not self._line.endswith(b"\n") and len(self._line) < MAX_LINE_BYTES:
            return
        wanted = asked(bytes(self._line))
        if wanted is None:
            self.close()
            return
        stream = self.find(wanted)
        if stream is None:
            self._send([packed_loss(feed_refused())])
            self.close()
            return
        self._sound = wanted.stream is FeedStream.SOUND
        self._stream = stream
        stream.tap(self)

    def _catch_up(self) -> None:
        """As much as fits: what waits here can still be dropped."""
        while not self._unsent and not self._closed:
            taken = self._backlog.take()
            if taken is None:
                return
            self._send(self._parts(taken[1], taken[0]))

    def _parts(self, chunk: LiveChunk, missed: int) -> tuple[Part, ...]:
        content, key, media, wall, opening = chunk
        shift = read_shift(content)
        head = sample_head(key, missed, len(content) - HEADER_SIZE, media + shift, wall + shift)
        parts = head, memoryview(content)[HEADER_SIZE:]
        return parts if opening is None else (*self._opening_parts(_picture_opening(opening)), *parts)

    def _opening_parts(self, opened: Opened) -> tuple[Part, ...]:
        packed = packed_opening(opened)
        if self._sound and packed == self._opened:
            return ()
        self._opened = packed
        return (packed,)

    def _send(self, parts: Sequence[Part]) -> None:
        """What the kernel does not take waits until the socket can be written on."""
        waited = bool(self._unsent)
        parts = list(parts)
        while parts:
            try:
                sent = self.connection.sendmsg(parts[:_MAX_PARTS])
            except (BlockingIOError, InterruptedError):
                break
            except OSError:
                self.reactor.call(self, self.close)  # not now: its stream calls, and holds its lock
                parts = []
                break
            parts = _after(parts, sent)
        self._unsent = parts
        if waited != bool(parts):
            self.reactor.watch(self, self.connection, self._ready, write=bool(parts))


def _after(parts: list[Part], sent: int) -> list[Part]:
    for number, part in enumerate(parts):
        if sent < len(part):
            return [memoryview(part)[sent:], *parts[number + 1 :]]
        sent -= len(part)
    return []


def _picture_opening(opening: Opening) -> Opened:
    codec, extradata = decoder_configuration(opening.init)
    return Opened(codec=codec, extradata=extradata, width=opening.width, height=opening.height)


def _sound_opening(sound: SoundFormat) -> Opened:
    return Opened(
        codec=_SOUNDS.get(sound.codec, sound.codec.value),
        extradata=sound.configuration,
        rate_hz=sound.rate_hz,
        channels=sound.channels,
    )
