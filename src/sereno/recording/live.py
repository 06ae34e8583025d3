"""Live view inside the recorder: the newest pictures of each camera, and the queue of each viewer.

A camera's thread publishes; viewers run on the media server's event loop. A viewer that does not keep up loses pictures
up to the next key frame, and is told how many; it slows nobody down.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from sereno.core.ids import CameraId
from sereno.core.media_time import MediaTicks, WallTicks

MAX_RING_BYTES = 16_000_000
MAX_RING_CHUNKS = 1_200
MAX_QUEUE_BYTES = 4_000_000
MAX_QUEUE_CHUNKS = 150


@dataclass(frozen=True, slots=True)
class Opening:
    """What a player needs before chunks: sent again whenever it changes."""

    codec: str
    width: int
    height: int
    init: bytes


@dataclass(frozen=True, slots=True)
class LiveChunk:
    content: bytes
    key: bool
    media: MediaTicks
    wall: WallTicks


@dataclass(frozen=True, slots=True)
class Dropped:
    """How many chunks this viewer lost because it was slow."""

    count: int


Message = Opening | LiveChunk | Dropped


class Viewer:
    """A bounded queue. ``wake`` is called, from the camera's thread, when it stops being empty."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._queue: deque[Message] = deque()
        self._bytes = 0
        self._chunks = 0
        self._dropped = 0
        self._lock = Lock()

    def take(self) -> list[Message]:
        """All that waits; empty when nothing does."""
        with self._lock:
            messages = list(self._queue)
            self._queue.clear()
            self._bytes = self._chunks = 0
            return messages

    def put(self, message: Opening | LiveChunk) -> None:
        with self._lock:
            was_empty = not self._queue
            if isinstance(message, Opening):
                self._queue.append(message)
            else:
                self._put_chunk(message)
            ring = was_empty and bool(self._queue)
        if ring:
            self._wake()

    def _put_chunk(self, chunk: LiveChunk) -> None:
        if self._dropped:
            if not chunk.key:
                self._dropped += 1
                return
            self._queue.append(Dropped(self._dropped))
            self._dropped = 0
        elif self._chunks >= MAX_QUEUE_CHUNKS or self._bytes + len(chunk.content) > MAX_QUEUE_BYTES:
            self._cut_back()
            if not chunk.key:
                self._dropped += 1
                return
            self._queue.append(Dropped(self._dropped))
            self._dropped = 0
        self._queue.append(chunk)
        self._bytes += len(chunk.content)
        self._chunks += 1

    def _cut_back(self) -> None:
        kept = [message for message in self._queue if isinstance(message, Opening)][-1:]
        before = sum(message.count for message in self._queue if isinstance(message, Dropped))
        self._dropped = self._chunks + before
        self._queue = deque(kept)
        self._bytes = self._chunks = 0


class LiveCamera:
    """What one camera shows now: its opening and the chunks since its last key frame."""

    def __init__(self) -> None:
        self._opening: Opening | None = None
        self._ring: list[LiveChunk] = []
        self._ring_bytes = 0
        self._viewers: list[Viewer] = []
        self._lock = Lock()

    def open(self, opening: Opening) -> None:
        """A new run, or other parameters: everything before is over."""
        with self._lock:
            self._opening = opening
            self._ring, self._ring_bytes = [], 0
            viewers = tuple(self._viewers)
        for viewer in viewers:
            viewer.put(opening)

    def publish(self, chunk: LiveChunk) -> None:
        with self._lock:
            if chunk.key:
                self._ring, self._ring_bytes = [], 0
            if chunk.key or self._ring:
                self._ring.append(chunk)
                self._ring_bytes += len(chunk.content)
            if self._ring_bytes > MAX_RING_BYTES or len(self._ring) > MAX_RING_CHUNKS:
                self._ring, self._ring_bytes = [], 0  # a newcomer waits for the next key frame
            for viewer in self._viewers:
                viewer.put(chunk)

    def close(self) -> None:
        """The stream is gone: a newcomer waits for the next one and sees no old picture."""
        with self._lock:
            self._opening = None
            self._ring, self._ring_bytes = [], 0

    def join(self, viewer: Viewer) -> None:
        with self._lock:
            if self._opening is not None:
                viewer.put(self._opening)
                for chunk in self._ring:
                    viewer.put(chunk)
            self._viewers.append(viewer)

    def leave(self, viewer: Viewer) -> None:
        with self._lock:
            self._viewers.remove(viewer)

    @property
    def viewers(self) -> int:
        return len(self._viewers)


class Hub:
    """Every camera's live view, by id; made when first asked for, so that a viewer may wait for a camera."""

    def __init__(self) -> None:
        self._cameras: dict[CameraId, LiveCamera] = {}
        self._lock = Lock()

    def camera(self, camera_id: CameraId) -> LiveCamera:
        with self._lock:
            return self._cameras.setdefault(camera_id, LiveCamera())
