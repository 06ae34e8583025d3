"""A process for each masked camera: reads it, covers what must not be seen, codes it anew, hands it to the recorder.

Decoding hostile pictures happens here and not in the recorder, so that what kills it costs no other camera anything.
"""

import logging
import os
import socket
import sys
from collections.abc import Iterator
from fractions import Fraction

import av
import av.error
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from sereno.cameras.faults import StreamFault, stream_fault
from sereno.cameras.stream_errors import opening_error, recordable_stream, stream_error
from sereno.cameras.urls import check_stream_url
from sereno.core.errors import AppError
from sereno.core.media_time import TICKS_PER_S
from sereno.recording.masking.link import ASKED, MAX_ASKED_BYTES, MaskedCamera, MaskedPicture, packed
from sereno.recording.masking.openh264 import H264Encoder
from sereno.recording.masking.shapes import Areas, Cover
from sereno.recording.nal import Codec, parameter_sets, split_units
from sereno.runtime.confinement import confine_to_reading, program_folders
from sereno.runtime.logs import configure_logs
from sereno.runtime.process import die_with_parent

log = logging.getLogger(__name__)

BITS_PER_PIXEL = 0.1
MIN_BIT_RATE, MAX_BIT_RATE = 300_000, 12_000_000
DEFAULT_FPS, MAX_FPS = 25.0, 60.0
_TIMEOUT_S = (5.0, 5.0)
_SETS = frozenset({7, 8})
_OPTIONS = {
    "rtsp_transport": "tcp",
    "allowed_media_types": "video",
    "protocol_whitelist": "rtsp,rtsps,rtp,tcp,tls,udp",
    "analyzeduration": "0",
    "probesize": "200000",
}


def main() -> int:
    """The process: one camera is asked for on the socket that is standard input, and comes there."""
    configure_logs("masker")
    die_with_parent(os.getppid())
    with socket.socket(fileno=0) as recorder:
        try:
            asked = _asked(recorder)
            confine_to_reading(program_folders())
            for picture in masked_pictures(asked):
                recorder.sendall(packed(picture))
        except OSError:
            return 0  # the recorder is gone, and asks again when it wants the camera
    return 0


def _asked(recorder: socket.socket) -> MaskedCamera:
    line = bytearray()
    while not line.endswith(b"\n"):
        part = recorder.recv(MAX_ASKED_BYTES)
        if not part or len(line) > MAX_ASKED_BYTES:
            raise ConnectionError
        line += part
    return ASKED.validate_json(bytes(line))


def masked_pictures(camera: MaskedCamera) -> Iterator[MaskedPicture]:
    """Until the stream is lost; the last one says why."""
    try:
        check_stream_url(camera.url)
        with _opened(camera.url) as container:
            yield from _covered(container, recordable_stream(container), camera.areas)
        fault = stream_fault(StreamFault.ENDED)
    except AppError as error:
        fault = error
    except (av.error.FFmpegError, OSError, ValueError) as error:
        fault = stream_error(error)
    log.warning("camera=%s masking ends: %s (%s)", camera.id, fault.message, fault.code)
    yield MaskedPicture(0, False, b"", (fault.code.encode(),))


def _opened(url: str) -> InputContainer:
    try:
        return av.open(url, "r", format="rtsp", options=_OPTIONS, timeout=_TIMEOUT_S)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        fault = opening_error(error, url)
    raise fault


def _covered(container: InputContainer, video: VideoStream, areas: Areas) -> Iterator[MaskedPicture]:
    video.codec_context.thread_count = 1
    scale = Fraction(video.time_base or Fraction(1, TICKS_PER_S)) * TICKS_PER_S
    fps = min(float(video.average_rate or DEFAULT_FPS) or DEFAULT_FPS, MAX_FPS)
    coder: _Coder | None = None
    last = -1
    try:
        for frame in container.decode(video):
            if coder is None or (frame.width, frame.height) != coder.size:
                if coder is not None:
                    coder.close()
                coder = _Coder(frame.width, frame.height, fps, areas)
            at = last + 1 if frame.pts is None else max(last + 1, round(frame.pts * scale))
            last = at
            picture = coder.code(frame, at)
            if picture.content:
                yield picture
    finally:
        if coder is not None:
            coder.close()


class _Coder:
    """Covers and codes pictures of one size."""

    def __init__(self, width: int, height: int, fps: float, areas: Areas) -> None:
        self.size = (width, height)
        self._even = (width & ~1, height & ~1)
        rate = int(self._even[0] * self._even[1] * fps * BITS_PER_PIXEL)
        self._cover = Cover(areas, *self._even)
        self._encoder = H264Encoder(*self._even, fps, max(MIN_BIT_RATE, min(MAX_BIT_RATE, rate)))

    def code(self, frame: VideoFrame, at: int) -> MaskedPicture:
        width, height = self._even
        # a copy: the decoder still needs its own picture, uncovered, for the next ones
        content = np.asarray(frame.reformat(width, height, "yuv420p").to_ndarray(), np.uint8).reshape(-1)
        luma_size, chroma_size = width * height, width * height // 4
        luma = content[:luma_size].reshape(height, width)
        blue = content[luma_size : luma_size + chroma_size].reshape(height // 2, width // 2)
        red = content[luma_size + chroma_size :].reshape(height // 2, width // 2)
        self._cover.apply(luma, blue, red)
        coded = self._encoder.encode((luma, blue, red), at // 90, key=bool(frame.key_frame))
        units = split_units(coded.content)
        sets = parameter_sets(Codec.H264, units)
        kept = [len(unit).to_bytes(4, "big") + unit for unit in units if unit[0] & 31 not in _SETS]
        return MaskedPicture(at, coded.key, b"".join(kept), (*sets.sps, *sets.pps))

    def close(self) -> None:
        self._encoder.close()


if __name__ == "__main__":
    sys.exit(main())
