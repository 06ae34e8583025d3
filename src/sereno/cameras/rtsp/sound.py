"""The reader for a sound track of a session description."""

from collections.abc import Mapping

from sereno.cameras.rtsp.aac import aac_payloads
from sereno.cameras.rtsp.g711 import G711Payloads
from sereno.cameras.rtsp.opus import RATE_HZ, OpusPayloads
from sereno.cameras.rtsp.sound_format import SoundCodec, SoundDepacketiser

_G711 = {"PCMA": SoundCodec.ALAW, "PCMU": SoundCodec.ULAW}
_G711_RATES_HZ = (8_000, 16_000, 32_000, 48_000)


def sound_depacketiser(
    encoding: str, clock_hz: int, channels: int, parameters: Mapping[str, str]
) -> SoundDepacketiser | None:
    """For an ``rtpmap`` (name, clock rate, channels) and its ``fmtp`` (names in lower case); None when not recorded."""
    name = encoding.upper()
    if name in _G711 and clock_hz in _G711_RATES_HZ and 1 <= channels <= 2:
        return G711Payloads(_G711[name], clock_hz, channels)
    if name == "OPUS" and clock_hz == RATE_HZ:
        return OpusPayloads(2 if parameters.get("sprop-stereo", "0").strip() == "1" else 1)
    if name == "MPEG4-GENERIC" and 7_350 <= clock_hz <= 96_000:
        return aac_payloads(clock_hz, parameters)
    return None
