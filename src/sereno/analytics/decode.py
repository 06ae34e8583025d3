"""Reads one camera's stream in a thread and keeps its newest frame for whoever looks.

Everything is decoded, since each picture needs the one before; a frame that nobody took in time is dropped and counted.
Hostile streams are parsed here: what kills this process is started again by the supervisor, and touches no recording.
"""

import logging
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Lock, Thread

import av
import av.error
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from sereno.analytics import frame_times
from sereno.analytics.detectors.port import Frame
from sereno.analytics.frame_times import TimeLine, WallAnchor
from sereno.analytics.open_footage import OpenFootage
from sereno.cameras.faults import StreamFault, stream_fault
from sereno.cameras.stream_errors import opening_error, recordable_stream, stream_error
from sereno.core.clock import Clock
from sereno.core.errors import AppError
from sereno.core.geometry import Box
from sereno.core.ids import CameraId
from sereno.runtime.loops import start_loop

log = logging.getLogger(__name__)

_OPTIONS = {
    "rtsp_transport": "tcp",
    "allowed_media_types": "video",
    "protocol_whitelist": "rtsp,rtsps,rtp,tcp,tls,udp",  # a camera must not send FFmpeg to files or web servers
    "flags": "low_delay",
    "analyzeduration": "0",
    "probesize": "200000",
}
_TIMEOUT_S = (5.0, 5.0)
_PAUSES_S = (0.5, 1.0, 2.0, 5.0, 10.0)
_BROKEN_LIMIT = 100
"""Broken packets in a row after which a stream counts as garbage."""
_PLANAR_LUMA = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "gray"})


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded frame; nothing is converted before it is asked for."""

    frame: VideoFrame

    @property
    def width(self) -> int:
        return self.frame.width

    @property
    def height(self) -> int:
        return self.frame.height

    def luma(self) -> NDArray[np.uint8]:
        """(H, W) uint8, a view of the decoder's own memory where its format allows."""
        frame = self.frame
        if frame.format.name not in _PLANAR_LUMA:
            frame = frame.reformat(format="gray")
        plane = frame.planes[0]
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        return rows[: frame.height, : frame.width]

    def rgb(self, width: int, height: int) -> Frame:
        """Scaled to this size."""
        scaled = self.frame.reformat(width=width, height=height, format="rgb24", interpolation="AREA", threads=1)
        return np.asarray(scaled.to_ndarray(), np.uint8)

    def rgb_part(self, part: Box) -> Frame:
        """The pixels inside ``part`` (fractions of the picture), not scaled."""
        left, right = int(part.left * self.width), max(int(part.left * self.width) + 1, round(part.right * self.width))
        top, bottom = (
            int(part.top * self.height),
            max(int(part.top * self.height) + 1, round(part.bottom * self.height)),
        )
        return np.ascontiguousarray(self.rgb(self.width, self.height)[top:bottom, left:right])


@dataclass(frozen=True, slots=True)
class TakenFrame:
    """``at`` is the wall time at which it was taken, as well as it can be told."""

    camera_id: CameraId
    picture: Picture
    at: datetime


@dataclass(slots=True)
class DecodeCounts:
    """Since the start of the reader. ``lost`` counts failures by error code."""

    decoded: int = 0
    offered: int = 0
    dropped: int = 0
    broken: int = 0
    lost: Counter[str] = field(default_factory=Counter)


class FrameReader:
    """Reads ``url`` for ever, again after every failure with growing pauses; ``ring`` is called for each new frame."""

    def __init__(
        self,
        camera_id: CameraId,
        url: str,
        fps: float,
        clock: Clock,
        ring: Callable[[], None],
        recorded: Sequence[Path] = (),
    ) -> None:
        """``recorded``: the folders of the camera's footage, when that is read instead of the camera."""
        self.camera_id = camera_id
        self.url = url
        self.counts = DecodeCounts()
        self.fault: AppError | None = None
        self._period_s = 1 / fps
        self._clock = clock
        self._ring = ring
        self._recorded = recorded
        self._newest: TakenFrame | None = None
        self._lock = Lock()
        self._stop = Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        self._thread = start_loop(f"decode-{self.camera_id}", self._run, self._stop)

    def stop(self) -> None:
        """Ask it to end; a read that hangs ends by its own time limit."""
        self._stop.set()

    def join(self, timeout_s: float) -> None:
        if self._thread is not None:
            self._thread.join(timeout_s)

    @property
    def ready(self) -> bool:
        """Whether a frame waits."""
        return self._newest is not None

    def take(self) -> TakenFrame | None:
        """The newest frame that was not taken yet."""
        with self._lock:
            newest, self._newest = self._newest, None
        return newest

    def _run(self, stop: Event) -> None:
        failures = 0
        while not stop.is_set():
            offered = self.counts.offered
            error = self._read_once()
            if stop.is_set():
                return
            self._lose(error)
            failures = 0 if self.counts.offered > offered else failures + 1
            pause_s = _PAUSES_S[min(failures, len(_PAUSES_S) - 1)]
            stop.wait(pause_s * random.uniform(0.8, 1.2))  # noqa: S311 spread, not secrecy

    def _lose(self, error: AppError) -> None:
        self.counts.lost[error.code] += 1
        if self.fault is None or self.fault.code != error.code:
            log.warning("camera=%s analysis waits: %s (%s)", self.camera_id, error.message, error.code)
        self.fault = error

    def _read_once(self) -> AppError:
        """Why the stream ended."""
        if self._recorded:
            return self._read_recorded()
        try:
            container = av.open(self.url, "r", format="rtsp", options=_OPTIONS, timeout=_TIMEOUT_S)
        except (av.error.FFmpegError, OSError, ValueError) as error:
            return opening_error(error, self.url)
        try:
            with container:
                self._decode(container)
        except (av.error.FFmpegError, OSError, ValueError) as error:
            return stream_error(error)
        except AppError as error:
            return error
        return stream_fault(StreamFault.ENDED)

    def _read_recorded(self) -> AppError:
        """Segment after segment, as the recorder writes them."""
        decoded = -1
        while self.counts.decoded > decoded and not self._stop.is_set():
            decoded = self.counts.decoded
            try:
                with (
                    OpenFootage(self._recorded, self._stop) as footage,
                    av.open(footage, "r", format="mp4") as container,
                ):
                    self._decode(container)
            except (av.error.FFmpegError, OSError, ValueError):
                continue  # a segment that has just begun holds no picture yet
            except AppError as error:
                return error
        return stream_fault(StreamFault.STALLED)

    def _decode(self, container: InputContainer) -> None:
        stream = recordable_stream(container)
        stream.codec_context.thread_count = 1
        line: TimeLine | None = None
        anchor: WallAnchor | None = None
        due_s = float("-inf")
        broken = 0
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except av.error.InvalidDataError:
                self.counts.broken += 1
                broken += 1
                if broken > _BROKEN_LIMIT:
                    raise
                continue
            for frame in frames:
                broken = 0
                self.counts.decoded += 1
                arrived_s = self._clock.monotonic_s()
                line = frame_times.step(line, frame.time, arrived_s)
                anchor = frame_times.anchored(anchor, self._clock.now(), arrived_s)
                if frame_times.is_due(line.at_s, due_s):
                    due_s = frame_times.next_due(line.at_s, due_s, self._period_s)
                    self._offer(frame, anchor.epoch + timedelta(seconds=line.at_s))
            if self._stop.is_set():
                return

    def _offer(self, frame: VideoFrame, at: datetime) -> None:
        with self._lock:
            if self._newest is not None:
                self.counts.dropped += 1
            self._newest = TakenFrame(self.camera_id, Picture(frame), at)
        self.counts.offered += 1
        if self.fault is not None:
            log.info("camera=%s analysis goes on", self.camera_id)
            self.fault = None
        self._ring()
