"""What a camera offers and what it sends: media descriptions, samples, and the interface of a depacketiser."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol


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
    """A sender report: the camera's own wall clock at an RTP time stamp. It is what keeps sound and picture together."""

    track: int
    wall: int
    """Ticks of 1/90,000 s since 1970."""
    timestamp: int
    """Unwrapped as in ``Sample``."""


class PictureDepacketiser(Protocol):
    """From the RTP payloads of a video track, in order, to whole pictures."""

    def take(self, payload: memoryview, timestamp: int, marker: bool, into: list[Sample]) -> None:  # noqa: FBT001 hot path
        """``timestamp`` is unwrapped. Pictures that are whole now are appended to ``into``.

        ``payload`` may be kept until ``settle``. Raises: AppError invalid ``camera_garbage`` when it is noise for long.
        """
        ...

    def lose(self) -> None:
        """Packets are missing before the next one."""
        ...

    def settle(self) -> None:
        """The memory behind the payloads so far is about to be used again: copy what is still needed."""
        ...
