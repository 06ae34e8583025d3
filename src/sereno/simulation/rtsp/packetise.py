"""Access units cut into RTP packets once; what differs between viewers is patched in later."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sereno.core.media_time import TICKS_PER_S

PAYLOAD_TYPE = 96
PAYLOAD_LIMIT = 1_400
"""Bytes of RTP payload, so that a packet fits an Ethernet frame."""
INTERLEAVED_HEADER = 4
RTP_HEADER = 12
_NTP_UNIX_OFFSET_S = 2_208_988_800
_H264_FU_A = 28
_H265_FU = 49


class Codec(StrEnum):
    H264 = "H264"
    H265 = "H265"


@dataclass(frozen=True, slots=True)
class CutUnit:
    """An access unit as RTP packets, each behind the interleaved header of channel 0.

    Sequence numbers, time stamps and SSRC are zero. ``starts`` are the offsets of the interleaved headers.
    """

    wire: bytes
    starts: tuple[int, ...]

    @property
    def octets(self) -> int:
        """Payload bytes, as sender reports count them."""
        return len(self.wire) - len(self.starts) * (INTERLEAVED_HEADER + RTP_HEADER)


def cut(codec: Codec, nals: Sequence[bytes]) -> CutUnit:
    """The packets of one access unit; the last one carries the marker. Source: RFC 6184, RFC 7798."""
    payloads = [payload for nal in nals for payload in nal_payloads(codec, nal)]
    wire, starts = bytearray(), []
    for index, payload in enumerate(payloads):
        marker = 0x80 if index == len(payloads) - 1 else 0
        starts.append(len(wire))
        wire += struct.pack(">BBH", 0x24, 0, RTP_HEADER + len(payload))
        wire += struct.pack(">BBHII", 0x80, marker | PAYLOAD_TYPE, 0, 0, 0)
        wire += payload
    return CutUnit(bytes(wire), tuple(starts))


def nal_payloads(codec: Codec, nal: bytes, limit: int = PAYLOAD_LIMIT) -> Iterator[bytes]:
    """The NAL unit itself when it fits, else fragmentation units. Source: RFC 6184 5.8, RFC 7798 4.4.3."""
    if len(nal) <= limit:
        yield nal
        return
    if codec is Codec.H264:
        header, kind, begin = bytes([nal[0] & 0xE0 | _H264_FU_A]), nal[0] & 0x1F, 1
    else:
        header, kind, begin = bytes([nal[0] & 0x81 | _H265_FU << 1, nal[1]]), nal[0] >> 1 & 0x3F, 2
    room = limit - len(header) - 1
    for offset in range(begin, len(nal), room):
        first = 0x80 if offset == begin else 0
        last = 0x40 if offset + room >= len(nal) else 0
        yield header + bytes([first | last | kind]) + nal[offset : offset + room]


def patched(unit: CutUnit, *, channel: int, sequence: int, timestamp: int, ssrc: int) -> bytearray:
    """A copy of the unit's packets for one viewer; ``sequence`` is that of the first packet."""
    wire = bytearray(unit.wire)
    timestamp &= 0xFFFFFFFF
    for index, start in enumerate(unit.starts):
        wire[start + 1] = channel
        struct.pack_into(">HII", wire, start + 6, sequence + index & 0xFFFF, timestamp, ssrc)
    return wire


def sender_report(*, ssrc: int, wall: int, timestamp: int, packets: int, octets: int) -> bytes:
    """An RTCP sender report and the CNAME that must go with it. Source: RFC 3550 6.4.1, 6.5.

    Units: ``wall`` in ticks since 1970; ``timestamp`` is the RTP time stamp of that same instant.
    """
    seconds, ticks = divmod(wall, TICKS_PER_S)
    ntp = (seconds + _NTP_UNIX_OFFSET_S & 0xFFFFFFFF, (ticks << 32) // TICKS_PER_S)
    counts = (packets & 0xFFFFFFFF, octets & 0xFFFFFFFF)
    report = struct.pack(">BBHIIIIII", 0x80, 200, 6, ssrc, *ntp, timestamp & 0xFFFFFFFF, *counts)
    item = b"\x01\x06sereno"
    chunk = struct.pack(">I", ssrc) + item + bytes(4 - len(item) % 4)
    return report + struct.pack(">BBH", 0x81, 202, len(chunk) // 4) + chunk


def goodbye(ssrc: int) -> bytes:
    """RTCP BYE. Source: RFC 3550 6.6."""
    return struct.pack(">BBHI", 0x81, 203, 1, ssrc)
