"""A camera's packets, read by PyAV over RTSP; every way in which that fails becomes one of the stream faults."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction

import av
import av.error
from av.container import InputContainer
from av.video.stream import VideoStream

from sereno.cameras.faults import StreamFault, stream_fault
from sereno.cameras.rtsp_greeting import greeting_fault
from sereno.cameras.stream_errors import stream_error
from sereno.cameras.urls import check_stream_url
from sereno.core.errors import AppError
from sereno.core.media_time import TICKS_PER_S
from sereno.recording.nal import Codec, ParameterSets, parameter_sets, split_units
from sereno.recording.time_stamps import Picture, Stamped, TimeStamps

OPEN_TIMEOUT_S = 6.0
READ_TIMEOUT_S = 4.0
"""FFmpeg sends a keep-alive and waits once more, so that silence is told after twice this time."""
_CODECS = {"h264": Codec.H264, "hevc": Codec.H265}
_OPTIONS = {
    "rtsp_transport": "tcp",
    "allowed_media_types": "video",  # with audio beside it, FFmpeg moves time stamps at the first sender report
    "protocol_whitelist": "rtsp,rtsps,rtp,tcp,tls,udp",
    "analyzeduration": "0",
    "probesize": "200000",
    # "fflags=nobuffer" is left out on purpose: it throws away the pictures that were read while probing, the first key
    # frame among them
}


@dataclass(frozen=True, slots=True)
class Stream:
    """An open stream: what its description says, and its pictures until it ends."""

    sets: ParameterSets
    fps: float
    """As announced; 0 when it is not."""
    pictures: Iterator[Picture]


@contextmanager
def open_stream(url: str) -> Iterator[Stream]:
    """Connect and read.

    Raises: AppError with the code of a ``StreamFault``, on opening, and from ``pictures`` when the stream is lost.
    """
    container = _connect(url)
    try:
        video, codec = _video(container)
        context = video.codec_context
        sets = parameter_sets(codec, split_units(context.extradata or b""))
        rate = float(video.average_rate or 0)
        yield Stream(sets, rate if 0 < rate <= 240 else 0.0, _pictures(container, video))
    finally:
        container.close()


def _connect(url: str) -> InputContainer:
    check_stream_url(url)
    try:
        return av.open(url, "r", format="rtsp", options=_OPTIONS, timeout=(OPEN_TIMEOUT_S, READ_TIMEOUT_S))
    except (av.error.FFmpegError, OSError, ValueError) as error:
        fault = stream_error(error)
    if fault.code == StreamFault.GARBAGE:
        fault = stream_fault(greeting_fault(url))
    raise fault


def _video(container: InputContainer) -> tuple[VideoStream, Codec]:
    streams = container.streams.video
    # PyAV's stub denies it, but a stream whose codec nobody knows has no context
    context: object = streams[0].codec_context if streams else None
    codec = None if context is None else _CODECS.get(streams[0].codec_context.name)
    if codec is None:
        raise stream_fault(StreamFault.CODEC_UNSUPPORTED)
    return streams[0], codec


def _pictures(container: InputContainer, video: VideoStream) -> Iterator[Picture]:
    stamps = TimeStamps()
    scale = Fraction(video.time_base or Fraction(1, TICKS_PER_S)) * TICKS_PER_S
    try:
        for packet in container.demux(video):
            if packet.size == 0:
                break
            decode, shown = packet.dts, packet.pts
            step = packet.duration or 0
            if scale != 1:
                decode = None if decode is None else round(decode * scale)
                shown = None if shown is None else round(shown * scale)
                step = round(step * scale)
            yield from stamps.take(Stamped(bytes(packet), packet.is_keyframe, decode, shown, step))
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise _lost(error) from None
    raise stream_fault(StreamFault.ENDED)


def _lost(error: Exception) -> AppError:
    fault = stream_error(error)
    return stream_fault(StreamFault.STALLED) if fault.code == StreamFault.TIMEOUT else fault
