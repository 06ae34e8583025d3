"""What a camera's sound is, and one unit of it as it lies in a file: never decoded here."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class SoundCodec(StrEnum):
    AAC = "aac"
    OPUS = "opus"
    ALAW = "alaw"
    ULAW = "ulaw"


@dataclass(frozen=True, slots=True)
class SoundFormat:
    codec: SoundCodec
    rate_hz: int
    """Ticks a second of its RTP clock."""
    channels: int
    configuration: bytes = b""
    """AAC: the AudioSpecificConfig of ISO/IEC 14496-3."""
    codec_string: str = ""
    """RFC 6381, such as ``mp4a.40.2``; for G.711 the name of its sample entry."""


@dataclass(frozen=True, slots=True)
class SoundUnit:
    """What a decoder takes at once. Units: ticks of the format's ``rate_hz``; ``timestamp`` are RTP's 32 bits."""

    content: bytes
    timestamp: int
    duration: int


class SoundDepacketiser(Protocol):
    """RTP payloads in, whole units out. What does not parse is left out; nothing is raised."""

    @property
    def format(self) -> SoundFormat: ...

    def take(self, payload: bytes, timestamp: int, *, marker: bool) -> list[SoundUnit]: ...

    def lost(self) -> None:
        """A packet before the next one is missing: what waits for it is dropped."""
        ...
