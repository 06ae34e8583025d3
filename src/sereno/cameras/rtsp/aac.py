"""AAC from RTP: packets that begin with headers of access units, several a packet or one over several packets.

Source: RFC 3640 sections 3.2 and 3.3.6; ISO/IEC 14496-3 section 1.6.2.1 (AudioSpecificConfig).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sereno.cameras.rtsp.sound_format import SoundCodec, SoundFormat, SoundUnit

MAX_UNIT = 8_191
"""Bytes of an access unit, of which each channel may take 768."""
MAX_UNITS = 64
_RATES = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350)
_CHANNELS = (0, 1, 2, 3, 4, 5, 6, 8)
_LOW_COMPLEXITY, _SPECTRAL_BANDS, _PARAMETRIC_STEREO = 2, 5, 29


@dataclass(frozen=True, slots=True)
class AacConfiguration:
    """What an AudioSpecificConfig says. ``samples`` of a unit are at ``rate_hz``, before any band replication."""

    object_type: int
    rate_hz: int
    channels: int
    samples: int


@dataclass(frozen=True, slots=True)
class UnitHeader:
    """How many bits each part of an access unit's header takes."""

    size: int
    index: int
    index_delta: int


class AacPayloads:
    def __init__(self, sound: SoundFormat, unit_duration: int, header: UnitHeader) -> None:
        self.format = sound
        self._duration = unit_duration
        self._header = header
        self._part = bytearray()
        self._whole = 0
        self._part_timestamp = 0

    def take(self, payload: bytes, timestamp: int, *, marker: bool) -> list[SoundUnit]:
        sizes, body = self._read_headers(payload)
        if len(sizes) == 1 and sizes[0] > len(body):
            return self._take_part(sizes[0], body, timestamp)
        self.lost()
        units = []
        for number, size in enumerate(sizes):
            if not 0 < size <= len(body):
                break
            units.append(SoundUnit(body[:size], timestamp + number * self._duration & 0xFFFFFFFF, self._duration))
            body = body[size:]
        return units

    def lost(self) -> None:
        self._part.clear()
        self._whole = 0

    def _take_part(self, whole: int, body: bytes, timestamp: int) -> list[SoundUnit]:
        if self._whole != whole or self._part_timestamp != timestamp:
            self.lost()
            self._whole, self._part_timestamp = whole, timestamp
        self._part += body
        if len(self._part) < whole:
            return []
        units = [SoundUnit(bytes(self._part), timestamp, self._duration)] if len(self._part) == whole else []
        self.lost()
        return units

    def _read_headers(self, payload: bytes) -> tuple[list[int], bytes]:
        """Sizes of the units, and what follows the headers; none when they do not fit or are interleaved."""
        bits = int.from_bytes(payload[:2], "big")
        end = 2 + (bits + 7) // 8
        header = self._header
        first, later = header.size + header.index, header.size + header.index_delta
        if len(payload) < end or bits < first or bits > MAX_UNITS * max(first, later):
            return [], b""
        value, left = int.from_bytes(payload[2:end], "big") >> -bits % 8, bits
        sizes: list[int] = []
        while left >= (width := later if sizes else first):
            left -= width
            entry = value >> left & ((1 << width) - 1)
            index = header.index_delta if sizes else header.index
            if entry & ((1 << index) - 1):
                return [], b""  # interleaved over packets: no camera does it
            sizes.append(entry >> index)
        return sizes, payload[end:]


def aac_payloads(clock_hz: int, parameters: Mapping[str, str]) -> AacPayloads | None:
    """A reader for the format parameters of a session description (names in lower case); None for other forms of it."""
    try:
        configuration = bytes.fromhex(parameters.get("config", "").strip().strip('"'))
        header = UnitHeader(
            *(int(parameters.get(name, "0")) for name in ("sizelength", "indexlength", "indexdeltalength"))
        )
    except ValueError:
        return None
    found = read_configuration(configuration)
    others = ("ctsdeltalength", "dtsdeltalength", "randomaccessindication", "streamstateindication")
    if any(parameters.get(name, "0") != "0" for name in (*others, "auxiliarydatasizelength")):
        return None
    if found is None or not (0 < header.size <= 16 and 0 <= header.index <= 8 and 0 <= header.index_delta <= 8):
        return None
    if found.samples * clock_hz % found.rate_hz:
        return None
    sound = SoundFormat(SoundCodec.AAC, clock_hz, found.channels, configuration, f"mp4a.40.{found.object_type}")
    return AacPayloads(sound, found.samples * clock_hz // found.rate_hz, header)


def read_configuration(configuration: bytes) -> AacConfiguration | None:
    """None when it is none, or of a kind that cameras do not send."""
    if not 2 <= len(configuration) <= 64:
        return None
    value, left = int.from_bytes(configuration, "big"), len(configuration) * 8

    def take(count: int) -> int:
        nonlocal left
        left -= count
        return value >> left & ((1 << count) - 1) if left >= 0 else 0

    kind = take(5)
    index = take(4)
    rate_hz = take(24) if index == 15 else _RATES[index] if index < len(_RATES) else 0
    channels = take(4)
    if kind in (_SPECTRAL_BANDS, _PARAMETRIC_STEREO):
        take(24 if take(4) == 15 else 0)
        take(5)
    short = take(1)
    known = kind in (_LOW_COMPLEXITY, _SPECTRAL_BANDS, _PARAMETRIC_STEREO) and 0 < channels < len(_CHANNELS)
    if left < 0 or not known or not 7_350 <= rate_hz <= 96_000:
        return None
    return AacConfiguration(kind, rate_hz, _CHANNELS[channels], 960 if short else 1_024)
