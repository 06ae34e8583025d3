"""Network abstraction layer units of H.264 and H.265: split a packet, find parameter sets, make samples of them.

Source: ITU-T H.264 Annex B and table 7-1; ITU-T H.265 Annex B and table 7-1; ISO/IEC 14496-15 section 4.3.
"""

from dataclasses import dataclass
from enum import StrEnum

_START_CODE = b"\x00\x00\x01"


class Codec(StrEnum):
    H264 = "h264"
    H265 = "h265"


_VPS, _SPS, _PPS = 32, 33, 34
_H264_SPS, _H264_PPS = 7, 8
_H264_DELIMITERS = frozenset({9, 10, 11, 12})
_H265_DELIMITERS = frozenset({35, 36, 37, 38})


@dataclass(frozen=True, slots=True)
class ParameterSets:
    """What a decoder needs before the first sample; kept in the init segment and not in samples."""

    codec: Codec
    vps: tuple[bytes, ...]
    sps: tuple[bytes, ...]
    pps: tuple[bytes, ...]

    @property
    def complete(self) -> bool:
        return bool(self.sps and self.pps and (self.vps or self.codec is Codec.H264))


@dataclass(frozen=True, slots=True)
class Sample:
    """A picture as an MP4 sample (4-byte length before each unit) and the parameter sets it announces."""

    content: bytes
    sets: ParameterSets
    plausible: bool
    """Whether its first slice looks like the beginning of a picture; noise mostly does not."""


def split_units(packet: bytes) -> list[bytes]:
    """The units of an Annex B byte stream, without start codes and trailing zeros."""
    parts = packet.split(_START_CODE)[1:]
    return [unit for unit in (part.rstrip(b"\x00") for part in parts) if unit]


def split_lengths(sample: bytes) -> list[bytes]:
    """The units of a length-prefixed sample; stops at a length that reaches beyond the end."""
    units, at = [], 0
    while at + 4 <= len(sample):
        end = at + 4 + int.from_bytes(sample[at : at + 4], "big")
        if end > len(sample) or end == at + 4:
            break
        units.append(sample[at + 4 : end])
        at = end
    return units


def parameter_sets(codec: Codec, units: list[bytes]) -> ParameterSets:
    """The parameter sets among ``units``, each once, in their order."""
    found: dict[int, dict[bytes, None]] = {_VPS: {}, _SPS: {}, _PPS: {}}
    for unit in units:
        kind = _set_kind(codec, unit[0])
        if kind is not None:
            found[kind][unit] = None
    return ParameterSets(codec, tuple(found[_VPS]), tuple(found[_SPS]), tuple(found[_PPS]))


def make_sample(packet: bytes, known: ParameterSets, *, key: bool) -> Sample:
    """``packet`` (Annex B) as a sample.

    Delimiters and parameter sets already in the init segment are left out. A key frame that brings other sets announces
    them in ``sets``; between key frames other sets stay in the sample, where a decoder still finds them.
    """
    codec = known.codec
    units = split_units(packet)
    sets = _merged(known, parameter_sets(codec, units)) if key else known
    delimiters = _H264_DELIMITERS if codec is Codec.H264 else _H265_DELIMITERS
    kept: list[bytes] = []
    for unit in units:
        kind = unit[0] & 31 if codec is Codec.H264 else unit[0] >> 1 & 63
        if kind in delimiters or _is_in(sets, unit):
            continue
        kept.append(len(unit).to_bytes(4, "big"))
        kept.append(unit)
    return Sample(b"".join(kept), sets, bool(kept) and _begins_picture(codec, units, key=key))


def _begins_picture(codec: Codec, units: list[bytes], *, key: bool) -> bool:
    """Source: H.264 section 7.3.3 (first_mb_in_slice, slice_type); H.265 sections 7.3.1.2 and 7.3.6.1."""
    if any(unit[0] & 0x80 for unit in units):
        return False
    if codec is Codec.H265:
        slices = [unit for unit in units if unit[0] >> 1 & 63 < 32]
        return bool(slices) and len(slices[0]) > 2 and not slices[0][0] & 1 and slices[0][2] >= 0x80
    slices = [unit for unit in units if unit[0] & 31 in (1, 2, 5)]
    if not slices or len(slices[0]) < 3 or slices[0][1] < 0x80:
        return False
    head = int.from_bytes(slices[0][1:3], "big") << 1 & 0xFFFF  # first_mb_in_slice was 0: one bit
    zeros = 16 - head.bit_length()
    kind = (head >> 15 - 2 * zeros) - 1 if zeros <= 3 else 10
    return kind % 5 in (2, 4) if key and slices[0][0] & 31 == 5 else kind < 10


def _set_kind(codec: Codec, first: int) -> int | None:
    if codec is Codec.H264:
        return {_H264_SPS: _SPS, _H264_PPS: _PPS}.get(first & 31)
    kind = first >> 1 & 63
    return kind if kind in (_VPS, _SPS, _PPS) else None


def _is_in(sets: ParameterSets, unit: bytes) -> bool:
    return _set_kind(sets.codec, unit[0]) is not None and (unit in sets.sps or unit in sets.pps or unit in sets.vps)


def _merged(known: ParameterSets, seen: ParameterSets) -> ParameterSets:
    """A kind of set that is announced replaces that kind; one that is not stays. Order does not matter."""

    def pick(old: tuple[bytes, ...], new: tuple[bytes, ...]) -> tuple[bytes, ...]:
        return old if not new or set(new) <= set(old) else new

    sps, pps, vps = pick(known.sps, seen.sps), pick(known.pps, seen.pps), pick(known.vps, seen.vps)
    if (sps, pps, vps) == (known.sps, known.pps, known.vps):
        return known
    return ParameterSets(known.codec, vps, sps, pps)
