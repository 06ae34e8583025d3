"""What goes over the feed's Unix socket. Bytes in, messages out; no I/O.

An analyst writes one line of JSON, a ``Wanted``. What is not ``handed_out`` is answered with a ``Lost`` and the end.
Otherwise the recorder answers with messages until either goes: first an ``Opened`` or a ``Lost``, then samples; a new
``Opened`` whenever the decoder must know something else, a ``Lost`` whenever the stream fails. Each message is a head
of fixed size and a body: a sample as it is, all else as JSON.
"""

import struct
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked

from sereno.cameras.roster import AnalysedCamera
from sereno.core.errors import AppError, ErrorKind, unavailable
from sereno.core.ids import CameraId
from sereno.core.media_time import MediaTicks, WallTicks

FEED_SOCKET = Path("run", "feed.sock")
"""In the centre's folder."""
FEED_REFUSED = "feed_refused"
MAX_LINE_BYTES = 4_096
MAX_BODY_BYTES = 32_000_000
_OPENED, _SAMPLE, _LOST = 1, 2, 3
_HEAD = struct.Struct(">BBIIqq")
HEAD_BYTES = _HEAD.size
_FORBID = ConfigDict(extra="forbid")


class FeedStream(StrEnum):
    MAIN = "main"
    SUB = "sub"
    """Read by the recorder only while somebody wants it; a camera without one has nothing to hand out here."""
    SOUND = "sound"
    """Of the main stream, where the camera's sound is taken."""


@checked(frozen=True, slots=True, kw_only=True, config=_FORBID)
class Wanted:
    camera_id: CameraId
    stream: FeedStream


@checked(
    frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid", ser_json_bytes="hex", val_json_bytes="hex")
)
class Opened:
    """What a decoder needs before the samples. ``codec`` is FFmpeg's name: h264, hevc; aac, opus, pcm_alaw, pcm_mulaw.

    Pictures have ``width`` and ``height`` in pixels, sound ``rate_hz`` and ``channels``; what is not meant is 0.
    """

    codec: str
    extradata: bytes = b""
    """The body of ``avcC`` or ``hvcC``, or an AudioSpecificConfig; pictures therefore lie behind 4-byte lengths."""
    width: int = 0
    height: int = 0
    rate_hz: int = 0
    channels: int = 0


class Sample(NamedTuple):
    """One coded picture, or one unit of sound. A tuple, because one is made for every picture.

    ``media`` is when it is shown, on the stream's own line; ``wall`` the instant at which it was taken.
    """

    content: bytes
    key: bool
    media: MediaTicks
    wall: WallTicks
    missed: int = 0
    """Samples before this one that were dropped, because this reader was too slow."""


@checked(frozen=True, slots=True, kw_only=True, config=_FORBID)
class Lost:
    """The stream is away: why, in the words that the console shows."""

    kind: ErrorKind
    code: str
    message: str
    advice: str

    @property
    def error(self) -> AppError:
        return AppError(self.kind, self.code, self.message, self.advice)


Message = Opened | Sample | Lost

_WANTED = TypeAdapter(Wanted)
_OPENED_BODY = TypeAdapter(Opened)
_LOST_BODY = TypeAdapter(Lost)


def asking(wanted: Wanted) -> bytes:
    return _WANTED.dump_json(wanted) + b"\n"


def asked(line: bytes) -> Wanted | None:
    """None for what is no question of ours."""
    try:
        return _WANTED.validate_json(line)
    except ValidationError:
        return None


def handed_out(wanted: Wanted, camera: AnalysedCamera | None) -> bool:
    """Whether an analyst may have this stream; ``camera`` is None when none of the analysts' has this id."""
    if camera is None:
        return False
    return {FeedStream.MAIN: True, FeedStream.SUB: camera.has_sub, FeedStream.SOUND: camera.audio}[wanted.stream]


def feed_refused() -> AppError:
    """What is told before the recorder hangs up; it may be asked again, since rosters change."""
    return unavailable(
        FEED_REFUSED,
        "The recorder hands out no such stream.",
        "It takes some seconds after a camera was added; if it stays so, look at the camera's settings.",
    )


def sample_head(key: bool, missed: int, size: int, media: int, wall: int) -> bytes:
    """Goes before ``size`` bytes of content. Positional: one is made for every picture and reader."""
    return _HEAD.pack(_SAMPLE, key, missed, size, media, wall)


def packed_opening(opened: Opened) -> bytes:
    body = _OPENED_BODY.dump_json(opened)
    return _HEAD.pack(_OPENED, 0, 0, len(body), 0, 0) + body


def packed_loss(error: AppError) -> bytes:
    lost = Lost(kind=error.kind, code=error.code, message=error.message, advice=error.advice)
    body = _LOST_BODY.dump_json(lost)
    return _HEAD.pack(_LOST, 0, 0, len(body), 0, 0) + body


class Unpacker:
    """Messages out of a byte stream, however it is cut."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def take(self, content: bytes | memoryview) -> Iterator[Message]:
        """Raises: ValueError when it is not what a recorder sends."""
        waiting = self._waiting
        waiting += content
        at = 0
        try:
            while len(waiting) - at >= HEAD_BYTES:
                kind, key, missed, size, media, wall = _HEAD.unpack_from(waiting, at)
                if not _OPENED <= kind <= _LOST or size > MAX_BODY_BYTES:
                    raise ValueError("no message of a feed")
                ended = at + HEAD_BYTES + size
                if len(waiting) < ended:
                    return
                body = bytes(waiting[at + HEAD_BYTES : ended])
                at = ended
                if kind == _SAMPLE:
                    yield Sample(body, bool(key), MediaTicks(media), WallTicks(wall), missed)
                else:
                    yield _OPENED_BODY.validate_json(body) if kind == _OPENED else _LOST_BODY.validate_json(body)
        finally:
            del waiting[:at]
