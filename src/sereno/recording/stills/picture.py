"""One key frame out of a segment's file, as JPEG. Parses hostile bytes: runs in the decoder process alone."""

import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import av.error

from sereno.core.errors import AppError, data_loss, not_found
from sereno.core.media_time import WallTicks
from sereno.recording.chunks import HEADER_SIZE, MAX_HEADER_SIZE, REFERENCE_SIZE, init_size, read_chunk, read_reference
from sereno.recording.stills.calls import RawStill

MAX_HEAD_BYTES = 65_536
MAX_SAMPLE_BYTES = 16 << 20
MAX_PIXELS = 40_000_000
MAX_CHUNKS = 1_000_000
THUMBNAIL_WIDTH = 640
"""Up to this width nobody sees that blocks were not smoothed, and decoding is a third cheaper."""
_CONFIGURATIONS = ((b"avcC", "h264"), (b"hvcC", "hevc"))
_FF_QP2LAMBDA = 118


def still_at(path: Path, offset: int, width: int) -> RawStill:
    """The key frame whose chunk, with the reference before it, begins at ``offset``.

    Raises: AppError not_found when the file is gone, data_loss ``still_undecodable``.
    """
    file = _open(path)
    try:
        wall, sample = _read_sample(file, offset)
        return RawStill(wall, _jpeg(_head(file), sample, width))
    finally:
        os.close(file)


def latest_still(path: Path, width: int, until: WallTicks | None) -> RawStill:
    """The last whole key frame of a file that may still grow. Raises: as ``still_at``."""
    file = _open(path)
    try:
        head = _head(file)
        found = None
        for offset, wall in _key_frames(file, init_size(head)):
            if until is not None and found is not None and wall > until:
                break
            found = offset
        if found is None:
            raise _gone()
        wall, sample = _read_sample(file, found)
        return RawStill(wall, _jpeg(head, sample, width))
    finally:
        os.close(file)


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        raise _gone() from None


def _head(file: int) -> bytes:
    head = os.pread(file, MAX_HEAD_BYTES, 0)
    return head[: init_size(head)]


def _key_frames(file: int, at: int) -> Iterator[tuple[int, WallTicks]]:
    """Offset and wall time of each key frame, from the first chunk on; only headers are read."""
    wall = WallTicks(0)
    reference_at = -1
    for _ in range(MAX_CHUNKS):
        head = os.pread(file, MAX_HEADER_SIZE, at)
        reference = read_reference(head[:REFERENCE_SIZE])
        if reference is not None:
            wall, reference_at = WallTicks(reference[0]), at
            at += REFERENCE_SIZE
            continue
        chunk = read_chunk(head, at)
        if chunk is None or chunk.size > os.fstat(file).st_size - at:
            return
        if chunk.key:
            yield (reference_at if reference_at >= 0 else at), wall
        reference_at = -1
        at += chunk.size


def _read_sample(file: int, offset: int) -> tuple[WallTicks, bytes]:
    head = os.pread(file, REFERENCE_SIZE + HEADER_SIZE, offset)
    reference = read_reference(head[:REFERENCE_SIZE])
    start = 0 if reference is None else REFERENCE_SIZE
    chunk = read_chunk(head[start:])
    if chunk is None or not chunk.key or chunk.size > MAX_SAMPLE_BYTES:
        raise _undecodable("there is no key frame where the journal says")
    sample = os.pread(file, chunk.size - HEADER_SIZE, offset + start + HEADER_SIZE)
    return WallTicks(0 if reference is None else max(0, reference[0])), sample


def _jpeg(head: bytes, sample: bytes, width: int) -> bytes:
    try:
        frame = _decode(head, sample, width)
        width = min(width, frame.width)
        height = max(2, round(frame.height * width / frame.width / 2) * 2)
        scaled = frame.reformat(
            width=max(2, width // 2 * 2), height=height, format="yuvj420p", interpolation="AREA", threads=1
        )
        return _encode(scaled)
    except (av.error.FFmpegError, ValueError, MemoryError) as error:
        raise _undecodable(type(error).__name__) from None


def _decode(head: bytes, sample: bytes, width: int) -> av.VideoFrame:
    for marker, name in _CONFIGURATIONS:
        at = head.find(marker)
        if at >= 4:
            size = int.from_bytes(head[at - 4 : at], "big")
            decoder = cast(av.VideoCodecContext, av.CodecContext.create(name, "r"))
            decoder.extradata = head[at + 4 : at - 4 + size]
            break
    else:
        raise _undecodable("its head names no codec")
    decoder.thread_count = 1
    decoder.options = {"max_pixels": str(MAX_PIXELS)}
    if width <= THUMBNAIL_WIDTH:
        decoder.options = {**decoder.options, "skip_loop_filter": "all"}
    for frame in (*decoder.decode(av.Packet(sample)), *decoder.decode(None)):
        if frame.is_corrupt:  # the decoder painted grey over what it could not read
            raise _undecodable("it is damaged")
        return frame
    raise _undecodable("no picture came out")


def _encode(frame: av.VideoFrame) -> bytes:
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, "yuvj420p"
    encoder.time_base = Fraction(1, 25)
    encoder.thread_count = 1
    coarseness = 6 if frame.width <= THUMBNAIL_WIDTH else 3  # of 1 to 31
    encoder.options = {"flags": "+qscale", "global_quality": str(coarseness * _FF_QP2LAMBDA)}
    frame.pts = 0
    return b"".join(bytes(packet) for packet in (*encoder.encode(frame), *encoder.encode(None)))


def _gone() -> AppError:
    return not_found("still_not_found", "There is no footage of this camera at that instant.")


def _undecodable(why: str) -> AppError:
    return data_loss(
        "still_undecodable",
        f"The picture cannot be decoded: {why}.",
        "Run sereno recordings check --level decode: the footage there may be damaged.",
    )
