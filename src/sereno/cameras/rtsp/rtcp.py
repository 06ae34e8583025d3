"""RTCP: what the sender's clock says, and reports back. Source: RFC 3550 section 6."""

import struct
from dataclasses import dataclass

from sereno.core.media_time import TICKS_PER_S

_NTP_UNIX_OFFSET_S = 2_208_988_800
_SENDER_REPORT, _RECEIVER_REPORT, _DESCRIPTION, _BYE = 200, 201, 202, 203
_NAME = b"sereno"


@dataclass(frozen=True, slots=True)
class SenderReport:
    """``wall`` in ticks since 1970; ``timestamp`` are RTP's 32 bits."""

    ssrc: int
    wall: int
    timestamp: int


@dataclass(frozen=True, slots=True)
class Bye:
    ssrc: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """What a receiver report says; ``highest`` is the sequence number with how often it wrapped."""

    ssrc: int
    source: int
    lost: int
    highest: int


def read_rtcp(packet: bytes) -> list[SenderReport | Bye]:
    """What concerns us in a compound packet; it ends where it does not parse."""
    found: list[SenderReport | Bye] = []
    at = 0
    while at + 8 <= len(packet):
        first, kind, words = struct.unpack_from(">BBH", packet, at)
        end = at + 4 + 4 * words
        if first >> 6 != 2 or end > len(packet):
            break
        (ssrc,) = struct.unpack_from(">I", packet, at + 4)
        if kind == _SENDER_REPORT and words >= 6:
            seconds, timestamp = struct.unpack_from(">I4xI", packet, at + 8)
            if seconds:
                found.append(SenderReport(ssrc, wall_of_ntp(packet[at + 8 : at + 16]), timestamp))
        elif kind == _BYE:
            found.append(Bye(ssrc))
        at = end
    return found


def wall_of_ntp(stamp: bytes) -> int:
    """Ticks since 1970 out of an NTP time stamp of 64 bits."""
    seconds, fraction = struct.unpack(">II", stamp)
    return int((seconds - _NTP_UNIX_OFFSET_S) * TICKS_PER_S + (fraction * TICKS_PER_S >> 32))


def receiver_report(reception: Reception) -> bytes:
    """With the name that must go along."""
    lost, highest = min(reception.lost, 0x7FFFFF), reception.highest & 0xFFFFFFFF
    block = struct.pack(">IIIIII", reception.source, lost, highest, 0, 0, 0)
    report = struct.pack(">BBHI", 0x81, _RECEIVER_REPORT, 7, reception.ssrc) + block
    item = bytes([1, len(_NAME)]) + _NAME
    chunk = struct.pack(">I", reception.ssrc) + item + bytes(4 - len(item) % 4)
    return report + struct.pack(">BBH", 0x81, _DESCRIPTION, len(chunk) // 4) + chunk
