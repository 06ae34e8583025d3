"""A clip read once: its access units cut into packets, on a loop of integer ticks."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.error import FFmpegError

from sereno.core.errors import invalid
from sereno.core.media_time import TICKS_PER_S
from sereno.simulation.rtsp.packetise import Codec, CutUnit, cut

_CODECS = {"h264": Codec.H264, "hevc": Codec.H265}
_PARAMETER_KINDS = {Codec.H264: frozenset({7, 8}), Codec.H265: frozenset({32, 33, 34})}


@dataclass(frozen=True, slots=True)
class AccessUnit:
    """One coded picture. Units: ticks from the start of the loop."""

    due: int
    """Decode time: when it is sent."""
    shown: int
    """Presentation time: its RTP time stamp."""
    key: bool
    cut: CutUnit


@dataclass(frozen=True, slots=True)
class Clip:
    """What a camera shows, for ever: access unit ``i`` of loop ``n`` is due at ``n * loop_ticks + units[i].due``."""

    codec: Codec
    width: int
    height: int
    fps: float
    parameter_sets: tuple[bytes, ...]
    loop_ticks: int
    units: tuple[AccessUnit, ...]

    def after(self, position: int) -> tuple[int, int]:
        """Loop and index of the first unit that is due later than ``position``."""
        loop, offset = divmod(position, self.loop_ticks)
        index = bisect_right(self.units, offset, key=lambda unit: unit.due)
        return (loop, index) if index < len(self.units) else (loop + 1, 0)

    def key_before(self, index: int) -> int:
        """Index of the last key frame at or before ``index``; the first unit always is one."""
        return next(at for at in range(index, -1, -1) if self.units[at].key)


@dataclass(frozen=True, slots=True)
class CodecRecord:
    """What avcC and hvcC say. ``length_size`` is the width in bytes of a NAL unit's length."""

    length_size: int
    parameter_sets: tuple[bytes, ...]


def load_clip(path: Path) -> Clip:
    """The clip in an MP4 with H.264 or H.265. Raises: AppError invalid."""
    try:
        with av.open(str(path)) as container:
            return _read(path, container)
    except FFmpegError as error:
        raise invalid("clip_unreadable", f"{path} cannot be read as a clip: {error}.") from None


def _read(path: Path, container: av.container.InputContainer) -> Clip:
    stream = next(iter(container.streams.video), None)
    codec = _CODECS.get(stream.codec_context.name) if stream is not None else None
    if stream is None or codec is None or stream.time_base is None:
        raise invalid("clip_codec", f"{path} holds no H.264 or H.265 video.", "Convert it with ffmpeg.")
    record = read_codec_record(codec, stream.codec_context.extradata or b"")
    packets = [packet for packet in container.demux(stream) if packet.dts is not None and packet.size]
    if not packets or not packets[0].is_keyframe:
        raise invalid("clip_start", f"{path} does not begin with a key frame.")
    origin = packets[0].dts or 0
    scale = stream.time_base * TICKS_PER_S
    units = []
    for packet in packets:
        dts = packet.dts if packet.dts is not None else origin
        pts = packet.pts if packet.pts is not None else dts
        nals = list(split_nals(bytes(packet), record.length_size))
        if packet.is_keyframe:
            nals = with_parameter_sets(codec, nals, record.parameter_sets)
        due, shown = _ticks(dts - origin, scale), _ticks(pts - origin, scale)
        units.append(AccessUnit(due, shown, packet.is_keyframe, cut(codec, nals)))
    rate = stream.average_rate
    last_ticks = _ticks(packets[-1].duration or 0, scale) or (units[-1].due - units[-2].due if len(units) > 1 else 0)
    return Clip(
        codec=codec,
        width=stream.codec_context.width,
        height=stream.codec_context.height,
        fps=float(rate) if rate else 0.0,
        parameter_sets=record.parameter_sets,
        loop_ticks=units[-1].due + (last_ticks or TICKS_PER_S),
        units=tuple(units),
    )


def _ticks(value: int, scale: Fraction) -> int:
    return round(value * scale)


def split_nals(sample: bytes, length_size: int) -> Iterator[bytes]:
    """The NAL units of an MP4 sample. Raises: AppError invalid when a length leaves the sample."""
    offset = 0
    while offset < len(sample):
        length = int.from_bytes(sample[offset : offset + length_size], "big")
        offset += length_size
        if length == 0 or offset + length > len(sample):
            raise invalid("clip_sample", "A NAL unit is longer than its sample.")
        yield sample[offset : offset + length]
        offset += length


def with_parameter_sets(codec: Codec, nals: Sequence[bytes], sets: Sequence[bytes]) -> list[bytes]:
    """The access unit with its parameter sets inside, as cameras send every key frame."""
    kinds = {nal_kind(codec, nal) for nal in nals}
    if _PARAMETER_KINDS[codec] <= kinds:
        return list(nals)
    bare = [nal for nal in nals if nal_kind(codec, nal) not in _PARAMETER_KINDS[codec]]
    delimiter = 9 if codec is Codec.H264 else 35
    at = 1 if bare and nal_kind(codec, bare[0]) == delimiter else 0
    return [*bare[:at], *sets, *bare[at:]]


def nal_kind(codec: Codec, nal: bytes) -> int:
    return nal[0] & 0x1F if codec is Codec.H264 else nal[0] >> 1 & 0x3F


def read_codec_record(codec: Codec, record: bytes) -> CodecRecord:
    """Raises: AppError invalid when it is not an avcC or hvcC. Source: ISO/IEC 14496-15 5.3.3.1, 8.3.3.1."""
    try:
        return _read_avcc(record) if codec is Codec.H264 else _read_hvcc(record)
    except IndexError:
        raise invalid("clip_parameters", "The clip's codec record is cut short or not that of an MP4.") from None


def _read_avcc(record: bytes) -> CodecRecord:
    if record[0] != 1:
        raise invalid("clip_parameters", "The clip is not an MP4 with an avcC record.")
    sets, offset = [], 5
    for mask in (0x1F, 0xFF):
        count, offset = record[offset] & mask, offset + 1
        for _ in range(count):
            nal, offset = _sized(record, offset)
            sets.append(nal)
    return CodecRecord((record[4] & 3) + 1, tuple(sets))


def _read_hvcc(record: bytes) -> CodecRecord:
    if record[0] != 1:
        raise invalid("clip_parameters", "The clip is not an MP4 with an hvcC record.")
    sets, offset = [], 23
    for _ in range(record[22]):
        kind, count, offset = record[offset] & 0x3F, record[offset + 2], offset + 3
        for _ in range(count):
            nal, offset = _sized(record, offset)
            if kind in _PARAMETER_KINDS[Codec.H265]:
                sets.append(nal)
    return CodecRecord((record[21] & 3) + 1, tuple(sets))


def _sized(record: bytes, offset: int) -> tuple[bytes, int]:
    length = record[offset] << 8 | record[offset + 1]
    end = offset + 2 + length
    if end > len(record):
        raise IndexError
    return record[offset + 2 : end], end
