"""Takes the sound of one camera from the recorder, in a thread, and gives it on in blocks of plain samples."""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from threading import Event, Thread

import av
import av.error
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.resampler import AudioResampler
from av.codec import CodecContext
from numpy.typing import NDArray

from sereno.analytics.frame_reader import Messages
from sereno.analytics.work_note import Slot, Work
from sereno.cameras.faults import StreamFault, stream_fault
from sereno.cameras.local_feed.wire import Opened, Sample
from sereno.core.errors import AppError
from sereno.core.ids import CameraId
from sereno.core.media_time import wall_instant
from sereno.runtime.loops import start_loop

log = logging.getLogger(__name__)

RATE_HZ = 16_000
_CODECS = frozenset({"aac", "opus", "pcm_alaw", "pcm_mulaw"})
_PAUSE_S = 2.0
Wave = NDArray[np.float32]
"""(n,) float32, -1..1: mono at ``RATE_HZ``."""


class SoundDecoder:
    """Units of a camera's sound to plain samples, in one thread."""

    def __init__(self, opened: Opened) -> None:
        """Raises: AppError invalid ``camera_codec_unsupported`` or ``camera_garbage``."""
        if opened.codec not in _CODECS:
            raise stream_fault(StreamFault.CODEC_UNSUPPORTED, opened.codec[:32])
        try:
            context = CodecContext.create(opened.codec, "r")
            if not isinstance(context, AudioCodecContext):
                raise ValueError(opened.codec)
            if opened.extradata:
                context.extradata = opened.extradata
            context.sample_rate = opened.rate_hz
            context.layout = "mono" if opened.channels == 1 else "stereo"
            context.open()
        except (av.error.FFmpegError, ValueError):
            raise stream_fault(StreamFault.GARBAGE, "its sound cannot be decoded") from None
        self._context = context
        self._resampler = AudioResampler(format="flt", layout="mono", rate=RATE_HZ)

    def decode(self, content: bytes) -> Iterator[Wave]:
        """Raises: FFmpegError, ValueError for a unit that does not decode."""
        for frame in self._context.decode(av.Packet(content)):
            frame.pts = None
            for plain in self._resampler.resample(frame):
                yield np.asarray(plain.to_ndarray(), np.float32).reshape(-1)


class SoundReader:
    """Listens for ever. ``hear`` gets each block with the instant of its first sample, on the reader's thread."""

    def __init__(
        self, camera_id: CameraId, sound: Messages, note: Slot, hear: Callable[[Wave, datetime], None]
    ) -> None:
        self.camera_id = camera_id
        self.blocks = 0
        self.broken = 0
        self.fault: AppError | None = None
        self._sound = sound
        self._note = note
        self._hear = hear
        self._decoder: SoundDecoder | None = None
        self._stop = Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        self._thread = start_loop(f"listen-{self.camera_id}", self._run, self._stop)

    def stop(self) -> None:
        """Ask it to end; it does within half a second."""
        self._stop.set()

    def join(self, timeout_s: float) -> None:
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _run(self, stop: Event) -> None:
        try:
            for message in self._sound.messages(stop):
                if isinstance(message, Sample):
                    self._take(message)
                elif isinstance(message, Opened):
                    self._decoder = SoundDecoder(message)
                else:
                    raise message.error
        except AppError as error:
            if self.fault is None or self.fault.code != error.code:
                log.warning("camera=%s listening waits: %s (%s)", self.camera_id, error.message, error.code)
            self.fault = error
        stop.wait(_PAUSE_S)

    def _take(self, unit: Sample) -> None:
        if self._decoder is None:
            return
        try:
            with self._note.at(Work.LISTENING):
                waves = list(self._decoder.decode(unit.content))
        except (av.error.FFmpegError, ValueError):
            self.broken += 1
            return
        if waves:
            self.fault = None
            self.blocks += 1
            self._hear(np.concatenate(waves), wall_instant(unit.wall))
