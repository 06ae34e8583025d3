"""What a camera offers, what it sends, and everything else that a session tells."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from sereno.cameras.rtsp.sound_format import SoundFormat
from sereno.core.errors import AppError


class Codec(StrEnum):
    """Video that is recorded."""

    H264 = "h264"
    H265 = "h265"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaDescription:
    """One ``m=`` of a session description: what one track sends, and how it is asked for."""

    track: int
    """Its place in the description, from 0."""
    kind: str
    """``video``, ``audio`` or whatever else stands there."""
    payload_type: int
    encoding: str
    """In capitals, as in ``rtpmap``: ``H264``, ``MPEG4-GENERIC``; empty when it is not said."""
    clock_rate: int
    channels: int = 1
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Of ``fmtp``; names in lower case."""
    control: str = ""
    """As it stands there; empty when it does not."""
    fps: float = 0.0
    """As announced; 0 when it is not."""

    @property
    def codec(self) -> Codec | None:
        """None when it is no video that is recorded here."""
        known = {"H264": Codec.H264, "H265": Codec.H265, "HEVC": Codec.H265}
        return known.get(self.encoding) if self.kind == "video" else None


class Sample(NamedTuple):
    """One whole picture. A tuple, because thousands are made each second."""

    track: int
    timestamp: int
    """RTP time stamp in the track's clock rate, unwrapped: it does not return to zero after 2**32."""
    key: bool
    """Whether a player may begin here."""
    content: bytes
    """Units behind 4-byte lengths, as MP4 wants them, without delimiters and parameter sets."""
    sets: tuple[bytes, ...]
    """The parameter sets that came with this picture, in their order."""


class Sound(NamedTuple):
    """One unit of sound, as its ``SoundDepacketiser`` gave it."""

    track: int
    timestamp: int
    """Unwrapped, in the format's ``rate_hz``."""
    duration: int
    content: bytes


class SenderClock(NamedTuple):
    """A sender report: the camera's own wall clock at an RTP time stamp. It keeps sound and picture together."""

    track: int
    wall: int
    """Ticks of 1/90,000 s since 1970."""
    timestamp: int
    """Unwrapped as in ``Sample``."""


@dataclass(frozen=True, slots=True)
class Described:
    """The tracks that will be asked for; the session waits for ``set_up``."""

    video: MediaDescription
    sets: tuple[bytes, ...]
    """Parameter sets of the description; often none, and cameras err."""
    sound: MediaDescription | None
    sound_format: SoundFormat | None

    @property
    def tracks(self) -> tuple[int, ...]:
        return (self.video.track,) if self.sound is None else (self.video.track, self.sound.track)


@dataclass(frozen=True, slots=True)
class Playing:
    """The camera has agreed to send. ``keep_alive_s`` is how often it must hear of us."""

    keep_alive_s: float


@dataclass(frozen=True, slots=True)
class Redirected:
    """The stream is elsewhere; nothing more comes from here."""

    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Failed:
    """The end, with the fault and its words."""

    fault: AppError


Event = Sample | Sound | SenderClock | Described | Playing | Redirected | Failed
