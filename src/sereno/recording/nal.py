"""Network abstraction layer units of H.264 and H.265: split streams and samples, keep parameter sets.

Source: ITU-T H.264 Annex B and table 7-1; ITU-T H.265 Annex B and table 7-1; ISO/IEC 14496-15 section 4.3.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sereno.cameras.rtsp.media import Codec

__all__ = ["Codec", "ParameterSets", "parameter_sets", "sets_after", "split_lengths", "split_units", "with_sets"]

_START_CODE = b"\x00\x00\x01"
_VPS, _SPS, _PPS = 32, 33, 34
_H264_SPS, _H264_PPS = 7, 8


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


def parameter_sets(codec: Codec, units: Sequence[bytes]) -> ParameterSets:
    """The parameter sets among ``units``, each once, in their order."""
    found: dict[int, dict[bytes, None]] = {_VPS: {}, _SPS: {}, _PPS: {}}
    for unit in units:
        kind = _set_kind(codec, unit[0])
        if kind is not None:
            found[kind][unit] = None
    return ParameterSets(codec, tuple(found[_VPS]), tuple(found[_SPS]), tuple(found[_PPS]))


def sets_after(known: ParameterSets, announced: Sequence[bytes]) -> ParameterSets:
    """``known`` itself when a key frame announces nothing else.

    A kind of set that is announced replaces that kind; one that is not stays. Order does not matter.
    """
    if not announced:
        return known
    seen = parameter_sets(known.codec, announced)

    def pick(old: tuple[bytes, ...], new: tuple[bytes, ...]) -> tuple[bytes, ...]:
        return old if not new or set(new) <= set(old) else new

    sps, pps, vps = pick(known.sps, seen.sps), pick(known.pps, seen.pps), pick(known.vps, seen.vps)
    if (sps, pps, vps) == (known.sps, known.pps, known.vps):
        return known
    return ParameterSets(known.codec, vps, sps, pps)


def with_sets(known: ParameterSets, content: bytes, announced: Sequence[bytes]) -> bytes:
    """A sample between key frames, behind the sets that are not in the init segment: there a decoder finds them."""
    strange = [unit for unit in announced if unit not in known.sps + known.pps + known.vps]
    return b"".join([*(len(unit).to_bytes(4, "big") + unit for unit in strange), content]) if strange else content


def _set_kind(codec: Codec, first: int) -> int | None:
    if codec is Codec.H264:
        return {_H264_SPS: _SPS, _H264_PPS: _PPS}.get(first & 31)
    kind = first >> 1 & 63
    return kind if kind in (_VPS, _SPS, _PPS) else None
