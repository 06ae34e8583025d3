"""Fragmented MP4: an init segment, and chunks (``moof`` + ``mdat``) of one picture each. Bytes in, bytes out.

Chunks of sound lie between them: see ``sound_track``.

Written by ourselves because FFmpeg's muxer holds every frame back until the next one tells its duration.
Source: ISO/IEC 14496-12 (boxes), 14496-15 (avcC, hvcC), 23000-19 (CMAF).
"""

import struct
from dataclasses import dataclass

from sereno.cameras.rtsp.sound_format import SoundFormat
from sereno.core.media_time import TICKS_PER_S
from sereno.recording.boxes import box, full_box, read_boxes
from sereno.recording.nal import Codec, ParameterSets
from sereno.recording.sound_track import MAX_HEADER_SIZE as MAX_SOUND_HEADER
from sereno.recording.sound_track import read_sound_codec, read_sound_head, sound_trak, sound_trex
from sereno.recording.sps import SequenceParameters, parameters_malformed, read_sps

TRACK = 1
_PICTURE = struct.Struct(">20sI36sQ20sIIIiI4s")
_CHUNK = struct.Struct(">I4s I4sII I4s I4sII I4sIQ I4sIIiIIIi I4s")
HEADER_SIZE = _CHUNK.size
"""Bytes of a picture's chunk before its sample."""
MAX_HEADER_SIZE = max(HEADER_SIZE, MAX_SOUND_HEADER)
"""So many bytes of any chunk are enough to read its head."""
_MOOF_SIZE = HEADER_SIZE - 8
_DURATION = HEADER_SIZE - 24
"""Where a picture's chunk has its sample's duration."""
_SHIFT = struct.Struct(">i")
_SHIFT_AT = HEADER_SIZE - 12
"""Where it has presentation minus decode time."""
_DECODE_TIME = 60
"""Where it has its decode time."""
_TRAF_SIZE = _MOOF_SIZE - 24
_TFHD_BASE_IS_MOOF = 0x020000
_TFDT_V1 = 0x01000000
_TRUN_V1_OFFSET_DURATION_SIZE_FLAGS_CTS = 0x01000F01
_BEFORE_SEQUENCE = struct.pack(">I4sI4sI", _MOOF_SIZE, b"moof", 16, b"mfhd", 0)
_BEFORE_TIME = struct.pack(
    ">I4sI4sIII4sI", _TRAF_SIZE, b"traf", 16, b"tfhd", _TFHD_BASE_IS_MOOF, TRACK, 20, b"tfdt", _TFDT_V1
)
_BEFORE_SAMPLE = struct.pack(">I4sIII", 36, b"trun", _TRUN_V1_OFFSET_DURATION_SIZE_FLAGS_CTS, 1, HEADER_SIZE)
_KEY_FLAGS = 0x02000000  # depends on no other
_DELTA_FLAGS = 0x01010000  # depends on others, is not a sync sample
MAX_SETS = 16
MAX_SET_BYTES = 4_096
_MATRIX = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_NTP_EPOCH_S = 2_208_988_800  # 1900 to 1970
_PRFT = struct.Struct(">I4sIIIIQ")
REFERENCE_SIZE = _PRFT.size


@dataclass(frozen=True, slots=True)
class Chunk:
    """What a chunk's header says. Units: media ticks; ``offset`` and ``size`` in bytes, header included."""

    offset: int
    size: int
    decode_time: int
    duration: int
    key: bool
    sound: bool = False


def make_chunk(sequence: int, decode_time: int, duration: int, sample: bytes, *, key: bool, shift: int = 0) -> bytes:
    """One sample as ``moof`` + ``mdat``; ``shift`` is presentation minus decode time, in ticks."""
    size = len(sample)
    flags = _KEY_FLAGS if key else _DELTA_FLAGS
    head = _PICTURE.pack(
        _BEFORE_SEQUENCE, sequence & 0xFFFFFFFF, _BEFORE_TIME, decode_time, _BEFORE_SAMPLE,
        duration, size, flags, shift, size + 8, b"mdat",
    )  # fmt: skip
    return head + sample


def lasting(chunk: bytes, duration: int) -> bytes:
    """A picture's chunk with another duration, as when the pictures after it are left out."""
    return chunk[:_DURATION] + duration.to_bytes(4, "big") + chunk[_DURATION + 4 :]


def decoded_at(chunk: bytes, decode_time: int) -> bytes:
    """A picture's chunk at another place on the time line."""
    return chunk[:_DECODE_TIME] + decode_time.to_bytes(8, "big") + chunk[_DECODE_TIME + 8 :]


def read_shift(chunk: bytes) -> int:
    """Presentation minus decode time of a picture's chunk, in ticks."""
    shift: int = _SHIFT.unpack_from(chunk, _SHIFT_AT)[0]
    return shift


def read_chunk(head: bytes, offset: int = 0) -> Chunk | None:
    """The chunk that begins with ``head`` (``MAX_HEADER_SIZE`` are enough); None when it is none of ours."""
    if len(head) < HEADER_SIZE:
        return _read_sound(head, offset)
    fields = _CHUNK.unpack_from(head)
    moof_size, moof, track, decode_time, duration, flags = (fields[at] for at in (0, 1, 11, 15, 21, 23))
    size, mdat_size, mdat = fields[22], fields[25], fields[26]
    if track != TRACK or moof != b"moof" or moof_size != _MOOF_SIZE or mdat != b"mdat" or mdat_size != size + 8:
        return _read_sound(head, offset)
    return Chunk(offset, HEADER_SIZE + size, decode_time, duration, flags == _KEY_FLAGS)


def _read_sound(head: bytes, offset: int) -> Chunk | None:
    found = read_sound_head(head)
    if found is None:
        return None
    return Chunk(offset, found.size, found.decode_time, found.duration, key=False, sound=True)


def init_size(head: bytes) -> int:
    """Size of ``ftyp`` + ``moov`` at the start of a file; 0 when they are not there."""
    boxes = list(read_boxes(head))[:2]
    return boxes[1].offset + boxes[1].size if [b.kind for b in boxes] == [b"ftyp", b"moov"] else 0


def make_reference(wall: int, media: int) -> bytes:
    """A ``prft`` box: the wall time (ticks since 1970) of a media time, so that a file alone tells when it was."""
    ntp = (wall // TICKS_PER_S + _NTP_EPOCH_S) << 32 | (wall % TICKS_PER_S << 32) // TICKS_PER_S
    return _PRFT.pack(_PRFT.size, b"prft", 0x01000000, 1, ntp >> 32, ntp & 0xFFFFFFFF, media)


def read_reference(content: bytes) -> tuple[int, int] | None:
    """Wall and media ticks out of a ``prft`` box; None when it is none of ours."""
    if len(content) != _PRFT.size:
        return None
    _, kind, _, _, seconds, fraction, media = _PRFT.unpack(content)
    if kind != b"prft":
        return None
    return (seconds - _NTP_EPOCH_S) * TICKS_PER_S + (fraction * TICKS_PER_S + (1 << 31) >> 32), media


def make_init(sets: ParameterSets, sound: SoundFormat | None = None) -> tuple[bytes, SequenceParameters]:
    """The init segment for complete ``sets`` and, if there is any, sound; and what the sequence parameters say.

    Raises: AppError invalid ``parameters_malformed``.
    """
    if any(len(units) > MAX_SETS for units in (sets.vps, sets.sps, sets.pps)) or any(
        len(unit) > MAX_SET_BYTES for unit in (*sets.vps, *sets.sps, *sets.pps)
    ):
        raise parameters_malformed()
    sequence = read_sps(sets.codec, sets.sps[0])
    kind, brand = (b"avc1", b"avc1") if sets.codec is Codec.H264 else (b"hvc1", b"hvc1")
    configuration = _avcc(sets, sequence) if sets.codec is Codec.H264 else _hvcc(sets, sequence)
    picture = struct.pack(">6xH16xHHIIIH32xHh", 1, sequence.width, sequence.height, 0x480000, 0x480000, 0, 1, 24, -1)
    stsd = full_box(b"stsd", struct.pack(">I", 1) + box(kind, picture + configuration))
    empty = [full_box(name, bytes(4)) for name in (b"stts", b"stsc", b"stco")]
    stbl = box(b"stbl", stsd, *empty, full_box(b"stsz", bytes(8)))
    dinf = box(b"dinf", full_box(b"dref", struct.pack(">I", 1) + full_box(b"url ", b"", flags=1)))
    minf = box(b"minf", full_box(b"vmhd", bytes(8), flags=1), dinf, stbl)
    handler = full_box(b"hdlr", struct.pack(">4x4s12x", b"vide") + b"video\x00")
    media = box(b"mdia", full_box(b"mdhd", struct.pack(">IIIIHH", 0, 0, TICKS_PER_S, 0, 0x55C4, 0)), handler, minf)
    size = struct.pack(">II", sequence.width << 16, sequence.height << 16)
    track = full_box(b"tkhd", struct.pack(">IIIII8xHHHH", 0, 0, 1, 0, 0, 0, 0, 0, 0) + _MATRIX + size, flags=3)
    rate = struct.pack(">IIIIIH10x", 0, 0, TICKS_PER_S, 0, 0x10000, 0x100)
    movie = full_box(b"mvhd", rate + _MATRIX + bytes(24) + struct.pack(">I", 3))
    second, extends = (b"", b"") if sound is None else (sound_trak(sound), sound_trex())
    extends = box(b"mvex", full_box(b"trex", struct.pack(">IIIII", TRACK, 1, 0, 0, 0)), extends)
    moov = box(b"moov", movie, box(b"trak", track, media), second, extends)
    ftyp = box(b"ftyp", b"iso6" + struct.pack(">I", 1) + b"iso6cmfcmp41" + brand)
    return ftyp + moov, sequence


def read_codec_string(init: bytes) -> str:
    """The RFC 6381 string out of an init segment of ours, with that of its sound; empty when there is none."""
    return ",".join(each for each in (_picture_string(init), read_sound_codec(init)) if each)


def decoder_configuration(init: bytes) -> tuple[str, bytes]:
    """FFmpeg's name of the pictures' codec, and the body of their ``avcC`` or ``hvcC``, out of an init of ours."""
    for marker, codec in ((b"avcC", "h264"), (b"hvcC", "hevc")):
        at = init.find(marker)
        if at >= 4:
            size = int.from_bytes(init[at - 4 : at], "big")
            return codec, init[at + 4 : at - 4 + size]
    return "", b""


def _picture_string(init: bytes) -> str:
    for marker, codec, skip in ((b"avcC", Codec.H264, 6), (b"hvcC", Codec.H265, None)):
        at = init.find(marker)
        if at < 0:
            continue
        record = init[at + 4 :]
        if skip is not None:
            return f"avc1.{record[1:4].hex()}"
        return _first_h265_string(record, codec)
    return ""


def _first_h265_string(record: bytes, codec: Codec) -> str:
    at = 23
    for _ in range(record[22]):
        kind, count = record[at] & 63, int.from_bytes(record[at + 1 : at + 3], "big")
        at += 3
        for _ in range(count):
            size = int.from_bytes(record[at : at + 2], "big")
            if kind == 33:
                return read_sps(codec, record[at + 2 : at + 2 + size]).codec_string
            at += 2 + size
    return ""


def _avcc(sets: ParameterSets, sequence: SequenceParameters) -> bytes:
    body = [b"\x01", sequence.profile, b"\xff", bytes([0xE0 | len(sets.sps)])]
    body += [len(unit).to_bytes(2, "big") + unit for unit in sets.sps]
    body.append(bytes([len(sets.pps)]))
    body += [len(unit).to_bytes(2, "big") + unit for unit in sets.pps]
    if sequence.profile[0] in (100, 110, 122, 144, 244):
        depths = (0xF8 | sequence.luma_depth - 8, 0xF8 | sequence.chroma_depth - 8)
        body.append(bytes([0xFC | sequence.chroma_format, *depths, 0]))
    return box(b"avcC", *body)


def _hvcc(sets: ParameterSets, sequence: SequenceParameters) -> bytes:
    fixed = b"\x01" + sequence.profile + b"\xf0\x00\xfc"
    fixed += bytes([0xFC | sequence.chroma_format, 0xF8 | sequence.luma_depth - 8, 0xF8 | sequence.chroma_depth - 8])
    fixed += b"\x00\x00\x0f\x03"  # no average rate; one temporal layer, nested; 4-byte lengths; three arrays
    arrays = []
    for kind, units in ((32, sets.vps), (33, sets.sps), (34, sets.pps)):
        arrays.append(bytes([0x80 | kind]) + len(units).to_bytes(2, "big"))
        arrays += [len(unit).to_bytes(2, "big") + unit for unit in units]
    return box(b"hvcC", fixed, *arrays)
