"""What a sequence parameter set says: picture size, profile and level.

Source: ITU-T H.264 section 7.3.2.1.1; ITU-T H.265 sections 7.3.2.2 and 7.3.3.
"""

from dataclasses import dataclass

from sereno.core.errors import AppError, invalid
from sereno.recording.nal import Codec

_WITH_CHROMA = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
_MAX_SIDE = 16_384
_MAX_DEPTH = 16


@dataclass(frozen=True, slots=True)
class SequenceParameters:
    """``codec_string`` is that of RFC 6381; ``profile`` are the bytes that a decoder configuration repeats."""

    width: int
    height: int
    codec_string: str
    profile: bytes
    chroma_format: int
    luma_depth: int
    chroma_depth: int
    reorder: int = 0
    """By how many pictures decode order differs from what is shown, at most; 0 also when it is not said."""


class _Bits:
    """Reads bits and Exp-Golomb codes out of a unit's payload, emulation prevention removed."""

    def __init__(self, payload: bytes) -> None:
        clean = payload.replace(b"\x00\x00\x03", b"\x00\x00")
        self._value = int.from_bytes(clean, "big")
        self._left = len(clean) * 8

    def take(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise parameters_malformed()
        return self._value >> self._left & ((1 << count) - 1)

    def unsigned(self) -> int:
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > 32:
                raise parameters_malformed()
        return (1 << zeros) - 1 + self.take(zeros)

    def signed(self) -> int:
        code = self.unsigned()
        return (code + 1) // 2 if code & 1 else -(code // 2)


def read_sps(codec: Codec, unit: bytes) -> SequenceParameters:
    """Raises: AppError invalid ``parameters_malformed`` when the set does not parse or names an absurd size."""
    parameters = _read_h264(unit) if codec is Codec.H264 else _read_h265(unit)
    if not (16 <= parameters.width <= _MAX_SIDE and 16 <= parameters.height <= _MAX_SIDE):
        raise parameters_malformed()
    if parameters.chroma_format > 3 or max(parameters.luma_depth, parameters.chroma_depth) > _MAX_DEPTH:
        raise parameters_malformed()
    return parameters


def _read_h264(unit: bytes) -> SequenceParameters:
    bits = _Bits(unit[1:])
    profile, _compatibility, _level = bits.take(8), bits.take(8), bits.take(8)
    bits.unsigned()  # seq_parameter_set_id
    chroma, luma_depth, chroma_depth, separate = 1, 8, 8, 0
    if profile in _WITH_CHROMA:
        chroma = bits.unsigned()
        separate = bits.take(1) if chroma == 3 else 0
        luma_depth, chroma_depth = bits.unsigned() + 8, bits.unsigned() + 8
        bits.take(1)
        if bits.take(1):
            _skip_scaling_lists(bits, 12 if chroma == 3 else 8)
    bits.unsigned()  # log2_max_frame_num
    _skip_picture_order(bits)
    bits.unsigned()  # max_num_ref_frames
    bits.take(1)
    columns, rows, frames_only = bits.unsigned() + 1, bits.unsigned() + 1, bits.take(1)
    if not frames_only:
        bits.take(1)
    bits.take(1)
    left, right, top, bottom = _crop(bits)
    unit_x = 2 if chroma in (1, 2) and not separate else 1
    unit_y = (2 if chroma == 1 and not separate else 1) * (2 - frames_only)
    reorder = _said_reorder(bits)
    return SequenceParameters(
        columns * 16 - (left + right) * unit_x,
        rows * 16 * (2 - frames_only) - (top + bottom) * unit_y,
        f"avc1.{unit[1:4].hex()}",
        unit[1:4],
        chroma,
        luma_depth,
        chroma_depth,
        reorder,
    )


def _said_reorder(bits: _Bits) -> int:
    """Source: H.264 annex E.1.1; a camera whose usability information does not parse is taken to say nothing."""
    try:
        return _vui_reorder(bits) if bits.take(1) else 0
    except AppError:
        return 0


def _vui_reorder(bits: _Bits) -> int:
    if bits.take(1) and bits.take(8) == 255:  # aspect ratio
        bits.take(32)
    if bits.take(1):  # overscan
        bits.take(1)
    if bits.take(1):  # video signal
        bits.take(4)
        if bits.take(1):
            bits.take(24)
    if bits.take(1):  # chroma location
        bits.unsigned()
        bits.unsigned()
    if bits.take(1):  # timing
        bits.take(65)
    buffered = [_skip_buffering(bits) for _ in range(2) if bits.take(1)]
    if buffered:
        bits.take(1)
    bits.take(1)
    if not bits.take(1):
        return 0
    bits.take(1)
    for _ in range(4):
        bits.unsigned()
    return min(bits.unsigned(), 16)


def _skip_buffering(bits: _Bits) -> bool:
    """Hypothetical reference decoder, annex E.1.2."""
    count = bits.unsigned() + 1
    if count > 32:
        raise parameters_malformed()
    bits.take(8)
    for _ in range(count):
        bits.unsigned()
        bits.unsigned()
        bits.take(1)
    bits.take(20)
    return True


def _skip_scaling_lists(bits: _Bits, count: int) -> None:
    for number in range(count):
        if not bits.take(1):
            continue
        last = following = 8
        for _ in range(16 if number < 6 else 64):
            if following:
                following = (last + bits.signed()) % 256
            last = following or last


def _skip_picture_order(bits: _Bits) -> None:
    kind = bits.unsigned()
    if kind == 0:
        bits.unsigned()
    elif kind == 1:
        bits.take(1)
        bits.signed()
        bits.signed()
        cycle = bits.unsigned()
        if cycle > 255:
            raise parameters_malformed()
        for _ in range(cycle):
            bits.signed()


def _crop(bits: _Bits) -> tuple[int, int, int, int]:
    """Left, right, top, bottom, in the format's chroma units."""
    if not bits.take(1):
        return 0, 0, 0, 0
    return bits.unsigned(), bits.unsigned(), bits.unsigned(), bits.unsigned()


def _read_h265(unit: bytes) -> SequenceParameters:
    bits = _Bits(unit[2:])
    bits.take(4)
    layers = bits.take(3)
    bits.take(1)
    profile = bits.take(96).to_bytes(12, "big")
    present = [(bits.take(1), bits.take(1)) for _ in range(layers)]
    if layers:
        bits.take(2 * (8 - layers))
    for has_profile, has_level in present:
        bits.take(88 * has_profile + 8 * has_level)
    bits.unsigned()  # sps_seq_parameter_set_id
    chroma = bits.unsigned()
    separate = bits.take(1) if chroma == 3 else 0
    width, height = bits.unsigned(), bits.unsigned()
    left, right, top, bottom = _crop(bits)
    luma_depth, chroma_depth = bits.unsigned() + 8, bits.unsigned() + 8
    reorder = _layers_reorder(bits, layers)
    unit_x = 2 if chroma in (1, 2) and not separate else 1
    unit_y = 2 if chroma == 1 and not separate else 1
    return SequenceParameters(
        width - (left + right) * unit_x,
        height - (top + bottom) * unit_y,
        _h265_string(profile),
        profile,
        chroma,
        luma_depth,
        chroma_depth,
        reorder,
    )


def _layers_reorder(bits: _Bits, layers: int) -> int:
    bits.unsigned()  # log2_max_pic_order_cnt_lsb
    reorder = 0
    for _ in range(layers + 1 if bits.take(1) else 1):
        bits.unsigned()
        reorder = min(bits.unsigned(), 16)
        bits.unsigned()
    return reorder


def _h265_string(profile: bytes) -> str:
    """Source: ISO/IEC 14496-15 annex E.3."""
    space = ("", "A", "B", "C")[profile[0] >> 6]
    compatibility = int(f"{int.from_bytes(profile[1:5], 'big'):032b}"[::-1], 2)
    tier = "H" if profile[0] & 32 else "L"
    constraints = "".join(f".{byte:x}" for byte in profile[5:11].rstrip(b"\x00"))
    return f"hvc1.{space}{profile[0] & 31}.{compatibility:x}.{tier}{profile[11]}{constraints}"


def parameters_malformed() -> AppError:
    return invalid(
        "parameters_malformed",
        "The camera's sequence parameter set does not parse.",
        "Restart the camera, or choose another codec profile in its settings.",
    )
