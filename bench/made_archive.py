"""An archive of hours, made in seconds: one clip looped into segments with their own times, hashes and chain.

What is on disk afterwards is what a recorder would have left there; only the pictures repeat.
"""

import hashlib
import struct
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av

from sereno.core.clock import SystemClock
from sereno.core.ids import CameraId, FactId, SegmentId, new_id
from sereno.core.media_time import TICKS_PER_S, MediaTicks, wall_instant, wall_ticks
from sereno.recording.archive import Archive, open_archive
from sereno.recording.chain import chained
from sereno.recording.chunks import HEADER_SIZE, REFERENCE_SIZE, make_chunk, make_init, make_reference, read_chunk
from sereno.recording.events import SegmentClosed
from sereno.recording.model import KeyFrame, Segment
from sereno.recording.nal import Codec, ParameterSets
from sereno.recording.segment_file import segment_path

SEGMENT_S = 60
_DECODE_TIME = 60
"""Where a chunk's header has its ``baseMediaDecodeTime``."""


@dataclass(frozen=True, slots=True)
class Footage:
    """A minute as chunks from decode time 0 on; ``keys`` are offsets of key frames' references, and their media."""

    init: bytes
    codec: str
    body: bytes
    chunks: tuple[tuple[int, int], ...]
    """Offset in ``body`` and decode time of each chunk."""
    keys: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class MadeSpan:
    """Footage of a camera without a gap; ``end_reason`` is why it ends."""

    camera_id: str
    began: datetime
    minutes: int
    end_reason: str = "stopped"


def moving_clip(path: Path, seconds: int = SEGMENT_S, size: str = "1280x720", fps: int = 15, gop: int = 30) -> Path:
    """A moving test picture with a clock in it, H.264 without B-frames, as a camera sends it."""
    source = f"testsrc2=size={size}:rate={fps}"
    options = ("-t", str(seconds), "-c:v", "libx264", "-preset", "ultrafast", "-b:v", "2M", "-maxrate", "4M")
    more = ("-bufsize", "2M", "-g", str(gop), "-sc_threshold", "0", "-bf", "0", "-pix_fmt", "yuv420p", str(path))
    argv = ("ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", source, *options, *more)
    subprocess.run(argv, check=True, timeout=120)
    return path


def read_footage(clip: Path) -> Footage:
    """The clip, repeated until a minute is full."""
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        sets = _sets(bytes(stream.codec_context.extradata or b""))
        step = round(TICKS_PER_S / (stream.average_rate or 25))
        samples = [(bytes(packet), packet.is_keyframe) for packet in container.demux(stream) if packet.size]
    init, sequence = make_init(sets)
    body, chunks, keys = bytearray(), [], []
    for number in range(SEGMENT_S * TICKS_PER_S // step):
        content, key = samples[number % len(samples)]
        media = number * step
        if key:
            keys.append((len(body), media))
            body += make_reference(0, media)
        chunks.append((len(body), media))
        body += make_chunk(number + 1, media, step, content, key=key)
    return _checked(Footage(init, sequence.codec_string, bytes(body), tuple(chunks), tuple(keys)))


def make_archive(home: Path, footage: Footage, spans: Sequence[MadeSpan]) -> None:
    """Under ``home/archive``, with its journal; each camera's spans in order of time."""
    archive = open_archive(home, SystemClock())
    try:
        for span in spans:
            _add_span(archive, footage, span)
    finally:
        archive.journal.database.close()


def _add_span(archive: Archive, footage: Footage, span: MadeSpan) -> None:
    camera_id = CameraId(span.camera_id)
    last = archive.journal.last_segment(camera_id)
    for number in range(span.minutes):
        wall = wall_ticks(span.began + timedelta(seconds=SEGMENT_S * number))
        media = 0 if last is None else last.ended_media + max(0, wall - last.ended_wall)
        content = _shifted(footage, media, wall)
        reason = span.end_reason if number == span.minutes - 1 else "rotated"
        last = _add(archive, camera_id, footage, content, (wall, media, reason))


def _shifted(footage: Footage, media: int, wall: int) -> bytes:
    body = bytearray(footage.body)
    for offset, at in footage.chunks:
        struct.pack_into(">Q", body, offset + _DECODE_TIME, media + at)
    for offset, at in footage.keys:
        body[offset : offset + REFERENCE_SIZE] = make_reference(wall + at, media + at)
    return footage.init + bytes(body)


def _add(
    archive: Archive, camera_id: CameraId, footage: Footage, content: bytes, place: tuple[int, int, str]
) -> Segment:
    wall, media, reason = place
    head = archive.head(camera_id)
    path = segment_path(camera_id, head.number + 1)
    (archive.folder / camera_id).mkdir(exist_ok=True)
    (archive.folder / path).write_bytes(content)
    at = wall_instant(wall).astimezone(UTC)
    segment = chained(
        Segment(
            id=SegmentId(new_id(at)),
            camera_id=camera_id,
            number=head.number + 1,
            path=path,
            started_wall=wall_ticks(at),
            started_media=MediaTicks(media),
            duration=MediaTicks(SEGMENT_S * TICKS_PER_S),
            frames=len(footage.chunks),
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            previous_chain="",
            chain="",
            codec=footage.codec,
            end_reason=reason,
        ),
        head.chain,
    )
    keys = [KeyFrame(len(footage.init) + offset, MediaTicks(media + key)) for offset, key in footage.keys]
    archive.journal.close_segment(segment, keys, SegmentClosed(id=FactId(new_id(at)), at=at, segment=segment))
    archive.follow(segment)
    return segment


def _sets(record: bytes) -> ParameterSets:
    """Out of an avcC record with one set of each kind."""
    size = int.from_bytes(record[6:8], "big")
    rest = record[8 + size :]
    return ParameterSets(Codec.H264, (), (record[8 : 8 + size],), (rest[3 : 3 + int.from_bytes(rest[1:3], "big")],))


def _checked(footage: Footage) -> Footage:
    """``footage`` when its offsets are those of its chunks: the header's form may change."""
    for offset, media in footage.chunks:
        chunk = read_chunk(footage.body[offset : offset + HEADER_SIZE])
        stands = int.from_bytes(footage.body[offset + _DECODE_TIME : offset + _DECODE_TIME + 8], "big")
        if chunk is None or not chunk.decode_time == media == stands:
            raise ValueError("a chunk's decode time is not where it was")
    return footage
