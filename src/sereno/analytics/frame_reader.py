"""Takes one camera's packets from the recorder, in a thread, and keeps its newest frame for whoever looks.

A picture needs those before it, so what is decoded is decoded whole; what the packet gate thinks quiet waits undecoded.
A frame that nobody took in time is dropped and counted.
"""

import logging
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event, Lock, Thread
from typing import Protocol

import av.error
from av.video.frame import VideoFrame

from sereno.analytics.decode import FFmpegDecoder, OpenDecoder, Picture, PictureDecoder, TakenFrame
from sereno.analytics.pace import is_due, next_due
from sereno.analytics.waiting_packets import EveryPacket, PacketGate, WaitingPackets
from sereno.analytics.work_note import Slot, Work
from sereno.cameras.faults import StreamFault, stream_fault
from sereno.cameras.local_feed.wire import Message, Opened, Sample
from sereno.core.errors import AppError
from sereno.core.ids import CameraId
from sereno.core.media_time import MediaTicks, wall_instant
from sereno.runtime.loops import start_loop

log = logging.getLogger(__name__)

_PAUSES_S = (0.2, 0.5, 1.0, 2.0, 5.0)
_FRUITLESS_LIMIT = 100
"""Samples in a row without a picture after which a stream counts as garbage."""
_BACK = timedelta(seconds=1)
"""The estimate of wall time may improve by less while a stream is young; frames then stand still for a moment."""


@dataclass(slots=True)
class DecodeCounts:
    """Since the start of the reader. ``lost`` counts failures by error code."""

    samples: int = 0
    missed: int = 0
    """Samples that the recorder dropped because this reader was slow."""
    decoded: int = 0
    offered: int = 0
    dropped: int = 0
    broken: int = 0
    lost: Counter[str] = field(default_factory=Counter)


class Messages(Protocol):
    """One stream of one camera: a ``Subscription`` at the recorder."""

    def messages(self, stop: Event) -> Iterator[Message]:
        """Until ``stop`` is set. Raises: AppError when the stream cannot be had."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a camera is read. ``gate`` belongs to the reader's thread; ``note`` is where it says that it decodes."""

    camera_id: CameraId
    subscription: Messages
    fps: float
    note: Slot
    gate: PacketGate = field(default_factory=EveryPacket)
    open_decoder: OpenDecoder = FFmpegDecoder


class FrameReader:
    """Reads for ever, again after every failure with growing pauses; ``ring`` is called for each new frame."""

    def __init__(self, reading: Reading, ring: Callable[[], None]) -> None:
        self.camera_id = reading.camera_id
        self.counts = DecodeCounts()
        self._reading = reading
        self._ring = ring
        self._lost: AppError | None = None
        self._undecodable: AppError | None = None
        self._decoder: PictureDecoder | None = None
        self._waiting = WaitingPackets()
        self._awake_from: MediaTicks | None = None
        """Frames from here on are wanted; None while the gate sleeps."""
        self._fruitless = 0
        self._due_s = float("-inf")
        self._last_at: datetime | None = None
        self._newest: TakenFrame | None = None
        self._lock = Lock()
        self._stop = Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        self._thread = start_loop(f"decode-{self.camera_id}", self._run, self._stop)

    def stop(self) -> None:
        """Ask it to end; it does within half a second."""
        self._stop.set()

    def join(self, timeout_s: float) -> None:
        if self._thread is not None:
            self._thread.join(timeout_s)

    @property
    def fault(self) -> AppError | None:
        """Why there are no frames now."""
        return self._lost or self._undecodable

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
            before = self.counts.samples
            try:
                for message in self._reading.subscription.messages(stop):
                    self._take(message)
                    if stop.is_set():
                        return
            except AppError as error:
                self._lose(error)
            failures = 0 if self.counts.samples > before else failures + 1
            pause_s = _PAUSES_S[min(failures, len(_PAUSES_S) - 1)]
            stop.wait(pause_s * random.uniform(0.8, 1.2))  # noqa: S311 spread, not secrecy

    def _take(self, message: Message) -> None:
        if isinstance(message, Sample):
            self._take_sample(message)
        elif isinstance(message, Opened):
            self._open(message)
        else:
            self._lose(message.error)

    def _open(self, opened: Opened) -> None:
        self._waiting.lose()
        self._fruitless = 0
        try:
            self._decoder = self._reading.open_decoder(opened)
        except AppError as error:
            self._decoder = None
            self._give_up(error)

    def _lose(self, error: AppError) -> None:
        self.counts.lost[error.code] += 1
        self._decoder = None
        self._say(error)
        self._lost = error

    def _give_up(self, error: AppError) -> None:
        """It comes, but is no use."""
        self.counts.lost[error.code] += 1
        self._say(error)
        self._undecodable = error

    def _say(self, error: AppError) -> None:
        if self.fault is None or self.fault.code != error.code:
            log.warning("camera=%s analysis waits: %s (%s)", self.camera_id, error.message, error.code)

    def _take_sample(self, sample: Sample) -> None:
        self.counts.samples += 1
        self.counts.missed += sample.missed
        self._lost = None
        decoder = self._decoder
        if decoder is None:
            return
        size, at = len(sample.content), wall_instant(sample.wall)
        wanted = self._reading.gate.step(size, key=sample.key, at=at)
        if not wanted:
            self._awake_from = None
        elif self._awake_from is None:
            self._awake_from = sample.media
        due = self._waiting.take(sample, wanted=wanted)
        if due.anew:
            decoder.restart()
        offset = sample.wall - sample.media
        for each in due.samples:
            with self._reading.note.at(Work.DECODING):
                frames = self._decoded(decoder, each)
            for frame in frames:
                self._consider(frame, each, offset)
            if self._stop.is_set():
                return

    def _decoded(self, decoder: PictureDecoder, sample: Sample) -> list[VideoFrame]:
        try:
            frames = list(decoder.decode(sample))
        except (av.error.FFmpegError, ValueError):
            self.counts.broken += 1
            frames = []
        self._fruitless = 0 if frames else self._fruitless + 1
        self.counts.decoded += len(frames)
        if frames:
            self._recover()
        elif self._fruitless == _FRUITLESS_LIMIT:
            self._give_up(stream_fault(StreamFault.GARBAGE, "its pictures do not decode"))
        return frames

    def _recover(self) -> None:
        if self._undecodable is not None:
            log.info("camera=%s analysis goes on", self.camera_id)
            self._undecodable = None

    def _consider(self, frame: VideoFrame, sample: Sample, offset: int) -> None:
        media = sample.media if frame.pts is None else frame.pts
        if self._awake_from is None or media < self._awake_from:
            return
        at = wall_instant(media + offset)
        if self._last_at is not None and self._last_at - _BACK < at < self._last_at:
            at = self._last_at
        elif self._last_at is not None and at < self._last_at:
            self._due_s = float("-inf")  # the clock was set back
        self._last_at = at
        at_s = at.timestamp()
        if is_due(at_s, self._due_s):
            self._due_s = next_due(at_s, self._due_s, 1 / self._reading.fps)
            self._offer(frame, at)

    def _offer(self, frame: VideoFrame, at: datetime) -> None:
        with self._lock:
            if self._newest is not None:
                self.counts.dropped += 1
            self._newest = TakenFrame(self.camera_id, Picture(frame), at)
        self.counts.offered += 1
        self._ring()
