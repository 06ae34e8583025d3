"""Between the recorder and a camera's masker: what is asked for, and the pictures that come. No I/O here.

The recorder writes one line of JSON, a ``MaskedCamera``; the masker answers with pictures until either goes. So the
masker reads no file of the centre, and needs no right to one.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from pydantic import TypeAdapter

from sereno.core.errors import AppError, ErrorKind
from sereno.core.geometry import Point
from sereno.core.ids import CameraId

MAX_ASKED_BYTES = 65_536
MAX_PICTURE_BYTES = 8_000_000
MAX_SETS = 8
_HEAD = struct.Struct(">IqBB")
_SIZE = struct.Struct(">I")


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedCamera:
    """What is asked for; ``areas`` as in ``shapes``."""

    id: CameraId
    url: str
    areas: tuple[tuple[Point, ...], ...]


ASKED = TypeAdapter(MaskedCamera)


class MaskedPicture(NamedTuple):
    """``timestamp`` in ticks of 1/90,000 s, never going back; ``content`` units behind 4-byte lengths.

    The last one of a stream that was lost is empty and holds the code of the fault in place of parameter sets.
    """

    timestamp: int
    key: bool
    content: bytes
    sets: tuple[bytes, ...]


def packed(picture: MaskedPicture) -> bytes:
    sets = [_SIZE.pack(len(unit)) + unit for unit in picture.sets]
    head = _HEAD.pack(len(picture.content), picture.timestamp, picture.key, len(sets))
    return b"".join([head, *sets, picture.content])


class Unpacker:
    """Pictures out of a byte stream, however it is cut."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def take(self, content: bytes) -> Iterator[MaskedPicture]:
        """Raises: AppError internal when it is not what a masker sends."""
        self._waiting += content
        while (found := self._first()) is not None:
            picture, size = found
            del self._waiting[:size]
            yield picture

    def _first(self) -> tuple[MaskedPicture, int] | None:
        waiting = self._waiting
        if len(waiting) < _HEAD.size:
            return None
        size, timestamp, key, count = _HEAD.unpack_from(waiting)
        if size > MAX_PICTURE_BYTES or count > MAX_SETS or key > 1:
            raise AppError(ErrorKind.INTERNAL, "masker_garbled", "The masker sends what is no picture.", "")
        at, sets = _HEAD.size, []
        for _ in range(count):
            if len(waiting) < at + _SIZE.size:
                return None
            length = _SIZE.unpack_from(waiting, at)[0]
            at += _SIZE.size
            sets.append(bytes(waiting[at : at + length]))
            at += length
        if len(waiting) < at + size:
            return None
        return MaskedPicture(timestamp, bool(key), bytes(waiting[at : at + size]), tuple(sets)), at + size
