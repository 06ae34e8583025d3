"""G.711 from RTP: a payload is one unit, a byte a sample and channel. Source: RFC 3551 section 4.5.14."""

from sereno.cameras.rtsp.sound_format import SoundCodec, SoundFormat, SoundUnit

MAX_PAYLOAD = 16_000
"""Two seconds of one channel; a longer one is no sound."""


class G711Payloads:
    def __init__(self, codec: SoundCodec, rate_hz: int, channels: int) -> None:
        self.format = SoundFormat(codec, rate_hz, channels, codec_string=codec.value)

    def take(self, payload: bytes, timestamp: int, *, marker: bool) -> list[SoundUnit]:
        samples = len(payload) // self.format.channels
        if not 0 < len(payload) <= MAX_PAYLOAD or samples * self.format.channels != len(payload):
            return []
        return [SoundUnit(payload, timestamp, samples)]

    def lost(self) -> None:
        """Every packet stands alone."""
