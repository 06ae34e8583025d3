"""Opus from RTP: a payload is one packet, whose first byte tells how long it lasts. Source: RFC 7587, RFC 6716 3.1."""

from sereno.cameras.rtsp.sound_format import SoundCodec, SoundFormat, SoundUnit

RATE_HZ = 48_000
MAX_PAYLOAD = 1_275 * 48 + 64
_MAX_SAMPLES = RATE_HZ * 120 // 1_000
_SILK = (480, 960, 1_920, 2_880)
_HYBRID = (480, 960)
_CELT = (120, 240, 480, 960)


class OpusPayloads:
    def __init__(self, channels: int) -> None:
        self.format = SoundFormat(SoundCodec.OPUS, RATE_HZ, channels, codec_string="opus")

    def take(self, payload: bytes, timestamp: int, *, marker: bool) -> list[SoundUnit]:
        duration = packet_duration(payload)
        return [SoundUnit(payload, timestamp, duration)] if duration else []

    def lost(self) -> None:
        """Every packet stands alone."""


def packet_duration(packet: bytes) -> int:
    """Samples at 48 kHz; 0 when it is no Opus packet."""
    if not 0 < len(packet) <= MAX_PAYLOAD:
        return 0
    setting, count_code = packet[0] >> 3, packet[0] & 3
    if setting < 12:
        frame = _SILK[setting % 4]
    elif setting < 16:
        frame = _HYBRID[setting % 2]
    else:
        frame = _CELT[setting % 4]
    count = (1, 2, 2, packet[1] & 63 if len(packet) > 1 else 0)[count_code]
    return frame * count if frame * count <= _MAX_SAMPLES else 0
