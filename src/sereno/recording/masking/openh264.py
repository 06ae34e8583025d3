"""H.264 by Cisco's OpenH264, a system library under BSD-2-Clause: the only encoder that Sereno ever calls.

PyAV's wheel brings x264, which is GPL. Debian has this one as ``libopenh264-7``; only masked cameras need it.
Source: OpenH264 2.3, codec_api.h and codec_app_def.h (the C interface).
"""

import ctypes
from ctypes import POINTER, byref, c_float, c_int, c_longlong, c_ubyte, c_void_p
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sereno.core.errors import AppError, ErrorKind
from sereno.recording.masking.faults import MaskingFault, masking_fault

LIBRARY = "libopenh264.so.7"
_CAMERA_REAL_TIME, _BITRATE_MODE, _I420, _IDR = 0, 1, 23, 1
_MAX_LAYERS = 128
_TRACE_LEVEL_OPTION = 25
_INITIALIZE, _UNINITIALIZE, _ENCODE, _FORCE_INTRA, _SET_OPTION = 0, 3, 4, 6, 7


class _Parameters(ctypes.Structure):
    _fields_ = (
        ("usage", c_int),
        ("width", c_int),
        ("height", c_int),
        ("bit_rate", c_int),
        ("rate_control", c_int),
        ("max_fps", c_float),
    )


class _Layer(ctypes.Structure):
    _fields_ = (
        ("temporal_id", c_ubyte),
        ("spatial_id", c_ubyte),
        ("quality_id", c_ubyte),
        ("frame_type", c_int),
        ("layer_type", c_ubyte),
        ("sub_sequence", c_int),
        ("unit_count", c_int),
        ("unit_lengths", POINTER(c_int)),
        ("content", POINTER(c_ubyte)),
    )


class _Coded(ctypes.Structure):
    _fields_ = (
        ("layer_count", c_int),
        ("layers", _Layer * _MAX_LAYERS),
        ("frame_type", c_int),
        ("size", c_int),
        ("at_ms", c_longlong),
    )


class _Source(ctypes.Structure):
    _fields_ = (
        ("format", c_int),
        ("strides", c_int * 4),
        ("planes", c_void_p * 4),
        ("width", c_int),
        ("height", c_int),
        ("at_ms", c_longlong),
    )


@dataclass(frozen=True, slots=True)
class Coded:
    """One coded picture: Annex B, parameter sets before key frames. ``content`` is empty when it was skipped."""

    content: bytes
    key: bool


class H264Encoder:
    """For pictures of one size; give it back with ``close``."""

    def __init__(self, width: int, height: int, fps: float, bit_rate: int) -> None:
        """Raises: AppError unavailable ``encoder_missing``."""
        try:
            library = ctypes.CDLL(LIBRARY)
        except OSError:
            raise masking_fault(MaskingFault.ENCODER_MISSING) from None
        self._width, self._height = width, height
        self._encoder = c_void_p()
        self._library = library
        if library.WelsCreateSVCEncoder(byref(self._encoder)) or self._encoder.value is None:
            raise _failed("cannot be made")
        self._call(_SET_OPTION, c_int(_TRACE_LEVEL_OPTION), byref(c_int(0)))
        parameters = _Parameters(_CAMERA_REAL_TIME, width, height, bit_rate, _BITRATE_MODE, fps)
        if self._call(_INITIALIZE, byref(parameters)):
            library.WelsDestroySVCEncoder(self._encoder)
            raise _failed(f"takes no pictures of {width}x{height}")

    def encode(
        self, planes: tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]], at_ms: int, *, key: bool
    ) -> Coded:
        """Shapes: luma (H, W), two of chroma (H/2, W/2), uint8, contiguous. Raises: AppError internal."""
        if key:
            self._call(_FORCE_INTRA, ctypes.c_bool(True))
        source = _Source(_I420, width=self._width, height=self._height, at_ms=at_ms)
        for number, plane in enumerate(planes):
            source.strides[number] = plane.strides[0]
            source.planes[number] = plane.ctypes.data
        coded = _Coded()
        if self._call(_ENCODE, byref(source), byref(coded)):
            raise _failed("does not take a picture")
        return Coded(b"".join(_content(coded)), coded.frame_type == _IDR)

    def close(self) -> None:
        self._call(_UNINITIALIZE)
        self._library.WelsDestroySVCEncoder(self._encoder)

    def _call(self, method: int, *arguments: object) -> int:
        """A method by its place in the encoder's table of functions."""
        table = ctypes.cast(self._encoder, POINTER(POINTER(c_void_p))).contents
        function = ctypes.CFUNCTYPE(c_int)(table[method] or 0)
        return int(function(self._encoder, *arguments))


def _content(coded: _Coded) -> list[bytes]:
    parts = []
    for layer in coded.layers[: coded.layer_count]:
        size = sum(layer.unit_lengths[unit] for unit in range(layer.unit_count))
        parts.append(ctypes.string_at(layer.content, size))
    return parts


def _failed(what: str) -> AppError:
    return AppError(ErrorKind.INTERNAL, "encoder_failed", f"The encoder of masked video {what}.", "")
