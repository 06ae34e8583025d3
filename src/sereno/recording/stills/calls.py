"""What control asks the stills process, and how pictures come back."""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sereno.core.media_time import WallTicks
from sereno.runtime.local_call import Call

MAX_PLACES = 240
MIN_WIDTH, MAX_WIDTH = 32, 3_840
_HEAD = struct.Struct(">QI")


@dataclass(frozen=True, slots=True)
class StillPlace:
    """A key frame's chunk: a segment's file, and where in it the chunk begins, in bytes."""

    path: str
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StillQuestion:
    place: StillPlace
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StripQuestion:
    """Several at once; one that cannot be decoded comes back empty."""

    places: tuple[StillPlace, ...]
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestQuestion:
    """The last key frame of a file that may still be written, at or before ``until`` when that is given."""

    path: str
    width: int
    until: WallTicks | None = None


@dataclass(frozen=True, slots=True)
class RawStill:
    """``wall`` is what the file itself says of the instant; in a strip an empty ``jpeg`` is a broken picture."""

    wall: WallTicks
    jpeg: bytes


STILL = Call("still", StillQuestion, bytes)
STRIP = Call("strip", StripQuestion, bytes)
LATEST = Call("latest", LatestQuestion, bytes)


def pack_stills(stills: Iterable[RawStill]) -> bytes:
    return b"".join(_HEAD.pack(each.wall, len(each.jpeg)) + each.jpeg for each in stills)


def unpack_stills(packed: bytes) -> Iterator[RawStill]:
    """What is cut short ends it."""
    at = 0
    while at + _HEAD.size <= len(packed):
        wall, size = _HEAD.unpack_from(packed, at)
        at += _HEAD.size
        yield RawStill(WallTicks(wall), packed[at : at + size])
        at += size
