"""The sound of a simulated camera: payloads that follow each other for ever, on the camera's own clock."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from sereno.core.media_time import TICKS_PER_S
from sereno.simulation.rtsp.packetise import INTERLEAVED_HEADER, RTP_HEADER

PAYLOAD_TYPE = 97


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundSource:
    """Payload ``n`` lasts ``unit_samples`` from ``n * unit_samples`` on, counted since 1970; they repeat in a loop."""

    encoding: str
    """As in ``rtpmap``."""
    rate_hz: int
    channels: int = 1
    format: str = ""
    """Of ``fmtp``."""
    unit_samples: int
    payloads: tuple[bytes, ...]

    def due(self, after: int, until: int) -> Iterator[int]:
        """Numbers of the payloads whose sound ends later than ``after`` and not later than ``until``, in ticks."""
        return iter(range(self._ended(after), self._ended(until)))

    def _ended(self, position: int) -> int:
        return position * self.rate_hz // TICKS_PER_S // self.unit_samples


@dataclass(eq=False, slots=True)
class Voice:
    """One viewer's sound track: its own SSRC, sequence numbers and origin of time stamps."""

    ssrc: int
    sequence: int
    origin: int
    """RTP time stamp of 1970-01-01, modulo 2**32."""
    packets: int = 0
    octets: int = 0

    def packet(self, source: SoundSource, number: int, channel: int) -> bytearray:
        """Payload ``number`` behind its headers."""
        payload = source.payloads[number % len(source.payloads)]
        timestamp = self.origin + number * source.unit_samples & 0xFFFFFFFF
        wire = bytearray(INTERLEAVED_HEADER + RTP_HEADER)
        struct.pack_into(">BBH", wire, 0, 0x24, channel, RTP_HEADER + len(payload))
        struct.pack_into(
            ">BBHII", wire, INTERLEAVED_HEADER, 0x80, 0x80 | PAYLOAD_TYPE, self.sequence, timestamp, self.ssrc
        )
        self.sequence = self.sequence + 1 & 0xFFFF
        self.packets += 1
        self.octets += len(payload)
        return wire + payload

    def timestamp(self, source: SoundSource, position: int) -> int:
        return self.origin + position * source.rate_hz // TICKS_PER_S & 0xFFFFFFFF
