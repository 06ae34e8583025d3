"""Pictures out of coded samples; nothing of a picture is converted before it is asked for.

Hostile bytes are parsed here: what kills this process is started again by the supervisor, and touches no recording.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Protocol

import av
import av.error
import numpy as np
from av.codec import CodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from sereno.analytics.detectors.port import Frame
from sereno.cameras.faults import StreamFault, stream_fault
from sereno.cameras.local_feed.wire import Opened, Sample
from sereno.core.geometry import Box
from sereno.core.ids import CameraId
from sereno.core.media_time import TICKS_PER_S

_CODECS = frozenset({"h264", "hevc"})
_MAX_PIXELS = 50_000_000
"""Of one picture; who claims more wants our memory."""
_TICK = Fraction(1, TICKS_PER_S)
_HALVED_CHROMA = frozenset({"yuv420p", "yuvj420p"})
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
        """The pixels inside ``part`` (fractions of the picture), not scaled; only they are converted."""
        left, right = int(part.left * self.width), max(int(part.left * self.width) + 1, round(part.right * self.width))
        top, bottom = (
            int(part.top * self.height),
            max(int(part.top * self.height) + 1, round(part.bottom * self.height)),
        )
        if self.frame.format.name not in _HALVED_CHROMA or self.width % 2 or self.height % 2:
            return np.ascontiguousarray(self.rgb(self.width, self.height)[top:bottom, left:right])
        x, y = left - left % 2, top - top % 2  # two by two pixels share their colour
        cut = _cut_planes(self.frame, x, y, right + right % 2, bottom + bottom % 2)
        pixels = cut.reformat(format="rgb24", threads=1).to_ndarray()
        return np.ascontiguousarray(pixels[top - y : bottom - y, left - x : right - x], np.uint8)


def _cut_planes(frame: VideoFrame, left: int, top: int, right: int, bottom: int) -> VideoFrame:
    """Of a frame with halved chroma; all four are even."""
    cut = VideoFrame(right - left, bottom - top, frame.format.name)
    cut.colorspace, cut.color_range = frame.colorspace, frame.color_range
    for step, source, target in zip((1, 2, 2), frame.planes, cut.planes, strict=True):
        rows = np.frombuffer(memoryview(source), np.uint8).reshape(-1, source.line_size)
        part = rows[top // step : bottom // step, left // step : right // step]
        room = np.frombuffer(memoryview(target), np.uint8).reshape(-1, target.line_size)
        room[: part.shape[0], : part.shape[1]] = part
    return cut


@dataclass(frozen=True, slots=True)
class TakenFrame:
    """``at`` is the wall time at which it was taken, as well as it can be told."""

    camera_id: CameraId
    picture: Picture
    at: datetime


class PictureDecoder(Protocol):
    """One stream, in one thread."""

    def decode(self, sample: Sample) -> Sequence[VideoFrame]:
        """The pictures that are whole now, in the order in which they are shown; their ``pts`` in media ticks.

        Raises: FFmpegError, ValueError for a sample that does not decode; the next one may.
        """
        ...

    def restart(self) -> None:
        """Forget all pictures: the next sample is a key frame that follows nothing."""
        ...


class FFmpegDecoder:
    """H.264 and H.265, in this thread alone."""

    def __init__(self, opened: Opened) -> None:
        """Raises: AppError invalid ``camera_codec_unsupported`` or ``camera_garbage``."""
        if opened.codec not in _CODECS:
            raise stream_fault(StreamFault.CODEC_UNSUPPORTED, opened.codec[:32])
        try:
            context = CodecContext.create(opened.codec, "r")
            if not isinstance(context, VideoCodecContext):
                raise ValueError(opened.codec)
            context.extradata = opened.extradata
            context.thread_count = 1
            context.options = {"max_pixels": str(_MAX_PIXELS)}
            context.open()
        except (av.error.FFmpegError, ValueError):
            raise stream_fault(StreamFault.GARBAGE, "its parameter sets do not parse") from None
        self._context = context

    def decode(self, sample: Sample) -> Sequence[VideoFrame]:
        packet = av.Packet(sample.content)
        packet.pts, packet.time_base, packet.is_keyframe = sample.media, _TICK, sample.key
        return self._context.decode(packet)

    def restart(self) -> None:
        self._context.flush_buffers()


OpenDecoder = Callable[[Opened], PictureDecoder]
