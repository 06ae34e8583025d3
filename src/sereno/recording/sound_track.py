"""The sound track of a recording: its part of the init segment, and chunks of several units. Bytes in, bytes out.

Source: ISO/IEC 14496-12 (boxes), 14496-14 (mp4a, esds), the Opus-in-ISOBMFF encapsulation 1.0 (dOps); ``alaw`` and
``ulaw`` as QuickTime names them.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from sereno.cameras.rtsp.sound_format import SoundCodec, SoundFormat
from sereno.core.media_time import TICKS_PER_S
from sereno.recording.boxes import Box, box, full_box, read_boxes

TRACK = 2
MAX_UNITS = 64
_HEAD = struct.Struct(">I4s I4sII I4s I4sII I4sIQ I4sIIi")
_UNIT = struct.Struct(">II")
_MDAT = 8
MAX_HEADER_SIZE = _HEAD.size + MAX_UNITS * _UNIT.size + _MDAT
"""Bytes of the longest chunk of sound before its units."""
_TFHD_BASE_IS_MOOF = 0x020000
_TFDT_V1 = 0x01000000
_TRUN_OFFSET_DURATION_SIZE = 0x000301
_SYNC = 0x02000000  # depends on no other
_HANDLER = 8 + 92 + 8 + 32 + 16
"""Bytes of a ``trak`` of ours before its handler's type: behind trak, tkhd, mdia, mdhd and half of hdlr."""
_ENTRY = _HANDLER + 22 + 8 + 16 + 36 + 8 + 16
"""And before its sample entry: behind the rest of hdlr, minf, smhd, dinf, stbl and the head of stsd."""
_CONFIGURATION = 36 + 12 + 5 + 15 + 2
"""Bytes of an ``mp4a`` entry before the AudioSpecificConfig: behind the descriptors of esds."""
_SEEN, _HIDDEN = b"soun", b"meta"


@dataclass(frozen=True, slots=True)
class PlacedUnit:
    """A unit of sound and how long it lasts, in media ticks."""

    content: bytes
    duration: int


@dataclass(frozen=True, slots=True)
class SoundHead:
    """What the head of a chunk of sound says. Units: media ticks; ``size`` in bytes, of the whole chunk."""

    size: int
    decode_time: int
    duration: int


def browsers_play(codec_string: str) -> bool:
    return codec_string.startswith(("mp4a.", "opus"))


def make_sound_chunk(sequence: int, decode_time: int, units: Sequence[PlacedUnit]) -> bytes:
    """``units`` (1 to ``MAX_UNITS``) as ``moof`` + ``mdat``; the first begins at ``decode_time``."""
    entries = b"".join([_UNIT.pack(unit.duration, len(unit.content)) for unit in units])
    moof = _HEAD.size + len(entries)
    content = b"".join([unit.content for unit in units])
    return b"".join(
        (
            _HEAD.pack(
                *(moof, b"moof"),
                *(16, b"mfhd", 0, sequence & 0xFFFFFFFF),
                *(moof - 24, b"traf"),
                *(16, b"tfhd", _TFHD_BASE_IS_MOOF, TRACK),
                *(20, b"tfdt", _TFDT_V1, decode_time),
                *(20 + len(entries), b"trun", _TRUN_OFFSET_DURATION_SIZE, len(units), moof + _MDAT),
            ),
            entries,
            (len(content) + _MDAT).to_bytes(4, "big") + b"mdat",
            content,
        )
    )


def read_sound_head(head: bytes) -> SoundHead | None:
    """The chunk of sound that begins with ``head`` (``MAX_HEADER_SIZE`` are enough); None when it is none of ours."""
    if len(head) < _HEAD.size:
        return None
    fields = _HEAD.unpack_from(head)
    moof, kind, track, decode_time, count, offset = (fields[at] for at in (0, 1, 11, 15, 19, 20))
    if kind != b"moof" or track != TRACK or not 0 < count <= MAX_UNITS:
        return None
    if moof != _HEAD.size + count * _UNIT.size or offset != moof + _MDAT or len(head) < offset:
        return None
    entries = list(_UNIT.iter_unpack(head[_HEAD.size : moof]))
    size = sum(entry[1] for entry in entries) + _MDAT
    if head[moof:offset] != size.to_bytes(4, "big") + b"mdat":
        return None
    return SoundHead(moof + size, decode_time, sum(entry[0] for entry in entries))


def sound_trak(sound: SoundFormat) -> bytes:
    """The ``trak`` box of the sound track."""
    stsd = full_box(b"stsd", struct.pack(">I", 1) + _sample_entry(sound))
    empty = [full_box(name, bytes(4)) for name in (b"stts", b"stsc", b"stco")]
    stbl = box(b"stbl", stsd, *empty, full_box(b"stsz", bytes(8)))
    dinf = box(b"dinf", full_box(b"dref", struct.pack(">I", 1) + full_box(b"url ", b"", flags=1)))
    minf = box(b"minf", full_box(b"smhd", bytes(4)), dinf, stbl)
    handler = full_box(b"hdlr", struct.pack(">4x4s12x", b"soun") + b"sound\x00")
    media = box(b"mdia", full_box(b"mdhd", struct.pack(">IIIIHH", 0, 0, TICKS_PER_S, 0, 0x55C4, 0)), handler, minf)
    matrix = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    place = struct.pack(">IIIII8xHHHH", 0, 0, TRACK, 0, 0, 0, 0, 0x100, 0)
    return box(b"trak", full_box(b"tkhd", place + matrix + bytes(8), flags=3), media)


def sound_trex() -> bytes:
    return full_box(b"trex", struct.pack(">IIIII", TRACK, 1, 0, 0, _SYNC))


def hide_sound(init: bytes) -> bytes:
    """``init`` with the sound track declared as one that players skip, its chunks with it.

    So a clip is silent without a copy of its files: a browser refuses a track that it does not play, and stops where
    sound is missing although the picture goes on.
    """
    trak = _find_trak(init)
    at = 0 if trak is None else trak.offset + _HANDLER
    return init if trak is None else init[:at] + _HIDDEN + init[at + 4 :]


def read_sound_codec(init: bytes) -> str:
    """The ``codec_string`` of the sound track of an init segment of ours; empty when there is none."""
    trak = _find_trak(init)
    if trak is None:
        return ""
    entry = init[trak.offset + _ENTRY : trak.offset + trak.size]
    kind = entry[4:8]
    if kind == b"mp4a":
        return f"mp4a.40.{entry[_CONFIGURATION] >> 3}" if len(entry) > _CONFIGURATION else ""
    return kind.decode("ascii", "replace").lower()


def _find_trak(init: bytes) -> Box | None:
    moov = next((each for each in read_boxes(init) if each.kind == b"moov"), None)
    if moov is None:
        return None
    inside = moov.offset + 8
    for each in read_boxes(init[inside : moov.offset + moov.size]):
        at = inside + each.offset
        if each.kind == b"trak" and init[at + _HANDLER : at + _HANDLER + 4] == _SEEN:
            return Box(each.kind, at, each.size)
    return None


def _sample_entry(sound: SoundFormat) -> bytes:
    rate = sound.rate_hz << 16 if sound.rate_hz < 65_536 else 0
    entry = struct.pack(">6xH8xHHHHI", 1, sound.channels, 16, 0, 0, rate)
    if sound.codec is SoundCodec.AAC:
        return box(b"mp4a", entry, full_box(b"esds", _elementary_stream(sound.configuration)))
    if sound.codec is SoundCodec.OPUS:
        specific = struct.pack(">BBHIhB", 0, sound.channels, 0, sound.rate_hz, 0, 0)
        return box(b"Opus", entry, box(b"dOps", specific))
    return box(sound.codec.value.encode(), entry)


def _elementary_stream(configuration: bytes) -> bytes:
    """Source: ISO/IEC 14496-1 section 7.2.6."""
    decoder = struct.pack(">BB3xII", 0x40, 0x15, 0, 0) + _descriptor(5, configuration)
    return _descriptor(3, struct.pack(">HB", 0, 0) + _descriptor(4, decoder) + _descriptor(6, b"\x02"))


def _descriptor(tag: int, content: bytes) -> bytes:
    return bytes([tag, len(content)]) + content
