"""Live view inside the recorder: the newest pictures of each stream, handed to who watches.

A camera's thread publishes and never waits; what is new is spread on the media server's event loop, where every watcher
lives: one wake-up a picture, however many watch. Nobody who watches can slow a camera or another watcher.
"""

from collections import deque
from collections.abc import Callable, Sequence
from functools import cached_property
from threading import Lock
from typing import NamedTuple, Protocol

from sereno.cameras.rtsp.sound_format import SoundFormat
from sereno.core.errors import AppError
from sereno.core.ids import CameraId
from sereno.core.media_time import MediaTicks, WallTicks
from sereno.recording.live_wire import Opening, Placed, frames_of
from sereno.recording.sound import SoundGroup
from sereno.recording.tickets import StreamKind

__all__ = ["Backlog", "Hub", "LiveCamera", "LiveChunk", "News", "Opening", "Watcher"]

MAX_RING_BYTES = 16_000_000
MAX_RING_CHUNKS = 1_200
MAX_QUEUE_BYTES = 4_000_000
MAX_QUEUE_CHUNKS = 150


class LiveChunk(NamedTuple):
    """``opening`` stands on the first chunk after it changed: a player must begin anew with it.

    A tuple, because one is made for every picture.
    """

    content: bytes
    key: bool
    media: MediaTicks
    wall: WallTicks
    opening: Opening | None = None


class News:
    """Chunks that came since watchers were last told; their bytes on the wire are made once for all."""

    def __init__(self, chunks: Sequence[LiveChunk]) -> None:
        self.chunks = chunks

    @cached_property
    def wire(self) -> bytes:
        return frames_of(tuple(Placed(chunk.content, chunk.media, chunk.wall, chunk.opening) for chunk in self.chunks))


class Tap(Protocol):
    """Hears a stream on the thread that publishes it, which is the reactor's; it must neither wait nor raise."""

    def take(self, chunks: Sequence[LiveChunk]) -> None: ...

    def take_sound(self, sound: SoundFormat, group: SoundGroup, wall: WallTicks) -> None:
        """Units without a gap; ``wall`` is when the first began."""
        ...

    def lose(self, fault: AppError) -> None: ...


class Watcher(Protocol):
    """Lives on the media server's event loop."""

    def hear(self, news: News) -> None:
        """Must not wait."""
        ...


class Backlog:
    """What waits for one slow viewer: bounded; beyond that it is cut back to the next key frame."""

    def __init__(self) -> None:
        self._chunks: deque[LiveChunk] = deque()
        self._bytes = 0
        self._dropped = 0
        self._opening: Opening | None = None

    def __bool__(self) -> bool:
        """Whether the viewer is behind, be it that it waits for a key frame."""
        return bool(self._chunks or self._dropped)

    def put(self, chunk: LiveChunk) -> None:
        full = len(self._chunks) >= MAX_QUEUE_CHUNKS or self._bytes + len(chunk.content) > MAX_QUEUE_BYTES
        if full or (self._dropped and not self._chunks and not chunk.key):
            self._cut_back(chunk)
        else:
            self._chunks.append(chunk)
            self._bytes += len(chunk.content)

    def take(self) -> tuple[int, LiveChunk] | None:
        """How many were lost, and the chunk after them; None while the key frame after a loss has not come."""
        if not self._chunks:
            return None
        dropped, chunk = self._dropped, self._chunks.popleft()
        if self._opening is not None and chunk.opening is None:
            chunk = chunk._replace(opening=self._opening)
        self._bytes -= len(chunk.content)
        self._dropped, self._opening = 0, None
        return dropped, chunk

    def _cut_back(self, chunk: LiveChunk) -> None:
        for lost in (*self._chunks, chunk) if not chunk.key else self._chunks:
            self._opening = lost.opening or self._opening
            self._dropped += 1
        self._chunks = deque([chunk] if chunk.key else [])
        self._bytes = len(chunk.content) if chunk.key else 0


class LiveCamera:
    """What one stream of a camera shows now: its opening and the chunks since its last key frame."""

    def __init__(self, call_soon: Callable[[Callable[[], None]], None]) -> None:
        self._call_soon = call_soon
        self._opening: Opening | None = None
        self._fresh = False
        self._ring: list[LiveChunk] = []
        self._ring_bytes = 0
        self._news: list[LiveChunk] = []
        self._watchers: list[Watcher] = []
        self._taps: tuple[Tap, ...] = ()
        self._fault: AppError | None = None
        self._lock = Lock()

    def open(self, opening: Opening) -> None:
        """A new run, or other parameters: everything before is over."""
        with self._lock:
            self._opening, self._fresh, self._fault = opening, True, None
            self._ring, self._ring_bytes = [], 0

    def publish(self, chunks: Sequence[LiveChunk]) -> None:
        """What one read brought: one chunk at least, a key frame only in front."""
        with self._lock:
            if self._fresh:
                chunks, self._fresh = [chunks[0]._replace(opening=self._opening), *chunks[1:]], False
            self._keep(chunks)
            for tap in self._taps:
                tap.take(chunks)
            if not self._watchers:
                return
            told = bool(self._news)
            self._news += chunks
            if told:
                return  # the event loop has not looked yet
        self._call_soon(self.spread)

    def close(self) -> None:
        """The stream is gone: a newcomer waits for the next one and sees no old picture."""
        with self._lock:
            self._opening = None
            self._ring, self._ring_bytes = [], 0

    def sound(self, sound: SoundFormat, group: SoundGroup, wall: WallTicks) -> None:
        """For those who hear the units themselves, in whatever form the camera sends them."""
        for tap in self._taps:
            tap.take_sound(sound, group, wall)

    def lose(self, fault: AppError) -> None:
        """Why the stream is gone: for who taps it, now and until it opens again."""
        self._fault = fault
        for tap in self._taps:
            tap.lose(fault)

    def tap(self, tap: Tap) -> None:
        """On the reactor's thread: begins with the last key frame, or with why there is none."""
        with self._lock:
            self._taps = (*self._taps, tap)
            ring, fault = self._ring.copy(), self._fault
        if ring:
            tap.take([ring[0]._replace(opening=self._opening), *ring[1:]])
        elif fault is not None:
            tap.lose(fault)

    def untap(self, tap: Tap) -> None:
        with self._lock:
            self._taps = tuple(each for each in self._taps if each is not tap)

    def spread(self) -> None:
        """On the event loop: hand over what is new."""
        with self._lock:
            news, self._news = self._news, []
        _tell(self._watchers, news)

    def join(self, watcher: Watcher) -> None:
        """On the event loop: begins with the last key frame."""
        with self._lock:
            news, self._news = self._news, []
            before, ring = tuple(self._watchers), self._ring.copy()
            if ring:
                ring[0] = ring[0]._replace(opening=self._opening)
            self._watchers.append(watcher)
        _tell(before, news)
        _tell((watcher,), ring)

    def leave(self, watcher: Watcher) -> None:
        with self._lock:
            self._watchers.remove(watcher)

    @property
    def viewers(self) -> int:
        return len(self._watchers)

    @property
    def tapped(self) -> bool:
        return bool(self._taps)

    def _keep(self, chunks: Sequence[LiveChunk]) -> None:
        if chunks[0].key:
            self._ring, self._ring_bytes = [], 0
        elif not self._ring:
            return
        self._ring += chunks
        self._ring_bytes += sum([len(chunk.content) for chunk in chunks])
        if self._ring_bytes > MAX_RING_BYTES or len(self._ring) > MAX_RING_CHUNKS:
            self._ring, self._ring_bytes = [], 0  # a newcomer waits for the next key frame


class Hub:
    """Every stream's live view; made when first asked for, so that a viewer may wait for a camera."""

    def __init__(self) -> None:
        self.call_soon: Callable[[Callable[[], None]], None] = nobody
        """How to reach the event loop of those who watch; the media server sets it."""
        self._streams: dict[tuple[CameraId, StreamKind], LiveCamera] = {}
        self._lock = Lock()

    def camera(self, camera_id: CameraId, stream: StreamKind = StreamKind.MAIN) -> LiveCamera:
        with self._lock:
            return self._streams.setdefault((camera_id, stream), LiveCamera(self._soon))

    def watched(self, stream: StreamKind) -> dict[CameraId, LiveCamera]:
        """Those that somebody watches or taps now."""
        with self._lock:
            streams = [(key[0], live) for key, live in self._streams.items() if key[1] is stream]
        return {camera_id: live for camera_id, live in streams if live.viewers or live.tapped}

    def _soon(self, act: Callable[[], None]) -> None:
        self.call_soon(act)


def _tell(watchers: Sequence[Watcher], chunks: Sequence[LiveChunk]) -> None:
    if chunks:
        news = News(chunks)
        for watcher in tuple(watchers):
            watcher.hear(news)


def nobody(act: Callable[[], None]) -> None:
    """Before the media server runs, nobody can watch."""
