"""RTP of one track: order, loss, unwrapped time stamps. Source: RFC 3550 section 5.1 and appendix A.1.

Where the recorder's time goes is ``PictureTrack.run``: nearly every packet of a camera is the middle of a fragmented
unit, and is recognised by three comparisons after one unpacking, without an object but the view of its bytes.
"""

import struct
from abc import ABC, abstractmethod
from dataclasses import dataclass

from sereno.cameras.rtsp.media import Event, MediaDescription, SenderClock, Sound
from sereno.cameras.rtsp.pictures import PictureAssembler
from sereno.cameras.rtsp.rtcp import Reception, wall_of_ntp
from sereno.cameras.rtsp.sound_format import SoundDepacketiser

_RTP = struct.Struct(">BBHII")
_INTERLEAVED = struct.Struct(">HHIQI")
"""``$`` and channel; length; flags and sequence; time stamp and source; the first four bytes of the payload."""
_MARKER = 0x80 << 16
_SOURCE = 0xFFFFFFFF
REPLAY_TIME = b"\xab\xac\x00\x03"
"""Header of the extension that says when a replayed picture was taken. Source: ONVIF Streaming Specification 6.3."""
_LATE = 64
"""So far behind, a packet is late or a duplicate; farther behind, the camera counts anew."""


@dataclass(slots=True)
class TrackCounts:
    lost: int = 0
    """Packets that never came, by their numbers."""
    late: int = 0
    foreign: int = 0
    """Packets that are not of this track, or no RTP."""


class Track(ABC):
    def __init__(self, media: MediaDescription) -> None:
        self.media = media
        self.counts = TrackCounts()
        self._flags = (0x80 << 8 | media.payload_type) << 16
        self._want = -1
        """Flags and number of the next packet, as they lie on the wire when it has no marker."""
        self._now = -1
        """RTP time stamp and source of the last packet, as they lie on the wire."""
        self._stamp: int | None = None
        self._wraps = 0

    def packet(self, packet: memoryview, into: list[Event]) -> None:
        """One RTP packet; numbers that are missing before it are lost for good."""
        if len(packet) < 12 or packet[0] >> 6 != 2 or packet[1] & 0x7F != self.media.payload_type:
            self.counts.foreign += 1
            return
        first, second, number, stamp, ssrc = _RTP.unpack_from(packet)
        if self._flags | number == self._want and ssrc == self._now & 0xFFFFFFFF and number != 0xFFFF:
            self._want += 1
        elif not self._in_order(number, ssrc):
            return
        self._now = stamp << 32 | ssrc
        self._stamp = timestamp = self.unwrapped(stamp)
        if first == 0x80:
            self._deliver(packet[12:], timestamp, second >= 0x80, into)
            return
        begin, end = 12 + 4 * (first & 15), len(packet)
        if first & 0x10:
            if begin + 4 > end:
                self.counts.foreign += 1
                return
            said = packet[begin : begin + 12]
            begin += 4 + 4 * (packet[begin + 2] << 8 | packet[begin + 3])
            if said[:4] == REPLAY_TIME and begin <= end:
                into.append(SenderClock(self.media.track, wall_of_ntp(bytes(said[4:12])), timestamp))
        if first & 0x20:
            end -= packet[-1]
        if begin < end:
            self._deliver(packet[begin:end], timestamp, second >= 0x80, into)

    def unwrapped(self, stamp: int) -> int:
        """``stamp``, on the line that goes on where 32 bits end."""
        if self._stamp is None:
            return stamp
        return self._stamp + ((stamp - self._stamp + 0x80000000) & 0xFFFFFFFF) - 0x80000000

    def reception(self, ssrc: int) -> Reception | None:
        """None while nothing has come."""
        if self._now < 0:
            return None
        highest = self._wraps << 16 | (self._want - 1) & 0xFFFF
        return Reception(ssrc=ssrc, source=self._now & 0xFFFFFFFF, lost=self.counts.lost, highest=highest)

    @property
    def heard(self) -> bool:
        return self._now >= 0

    def settle(self) -> None:  # noqa: B027 sound keeps no views
        """See ``PictureAssembler.settle``."""

    def _in_order(self, number: int, ssrc: int) -> bool:
        if self._now < 0 or ssrc != self._now & 0xFFFFFFFF:
            self._lose()
        elif ahead := number - self._want & 0xFFFF:
            if ahead > 0xFFFF - _LATE:
                self.counts.late += 1
                return False
            self.counts.lost += ahead if ahead < 0x8000 else 0
            self._lose()
        following = number + 1
        if following > 0xFFFF:
            following, self._wraps = 0, self._wraps + 1
        self._want = self._flags | following
        return True

    @abstractmethod
    def _deliver(self, payload: memoryview, timestamp: int, marker: bool, into: list[Event]) -> None: ...

    @abstractmethod
    def _lose(self) -> None: ...


class PictureTrack(Track):
    def __init__(self, media: MediaDescription, pictures: PictureAssembler) -> None:
        super().__init__(media)
        self.pictures = pictures

    def run(self, view: memoryview, at: int, end: int, into: list[Event]) -> int:
        """Takes interleaved packets from ``at`` on; where it stopped: at another channel's, or at one not all there."""
        unpack = _INTERLEAVED.unpack_from
        pictures = self.pictures
        append, shift, skip, middle = pictures.pieces.append, pictures.shift, pictures.skip, pictures.middle
        mark, want, now, end_bit = view[at] << 8 | view[at + 1], self._want, self._now, pictures.end_bit
        last = end - 20
        while at <= last:
            begin, length, number, source, head = unpack(view, at)
            following = at + 4 + length
            if begin != mark or following > end:
                break
            if number == want and source == now and head >> shift == middle:
                append(view[at + skip : following])
                want += 1
                if not want & 0xFFFF:
                    want -= 0x10000
                    self._wraps += 1
            elif (
                number == want | _MARKER
                and source == now
                and head >> shift == middle | end_bit
                and want & 0xFFFF < 0xFFFF
            ):
                append(view[at + skip : following])
                want += 1
                pictures.end(into)
                middle = -1
            elif number | _MARKER == want | _MARKER and (source ^ now) & _SOURCE == 0 and want & 0xFFFF < 0xFFFF:
                # in order, with nothing but its twelve bytes of header: what begins a unit, or is one
                want += 1
                now = self._now = source
                self._stamp = stamp = self.unwrapped(source >> 32)
                pictures.take(view[at + 16 : following], stamp, number & _MARKER != 0, into)
                middle = pictures.middle
            else:
                self._want = want
                self.packet(view[at + 4 : following], into)
                want, now, middle = self._want, self._now, pictures.middle
            at = following
        self._want = want
        return at

    def settle(self) -> None:
        self.pictures.settle()

    def _deliver(self, payload: memoryview, timestamp: int, marker: bool, into: list[Event]) -> None:
        self.pictures.take(payload, timestamp, marker, into)

    def _lose(self) -> None:
        self.pictures.lose()


class SoundTrack(Track):
    def __init__(self, media: MediaDescription, sound: SoundDepacketiser) -> None:
        super().__init__(media)
        self.sound = sound

    def _deliver(self, payload: memoryview, timestamp: int, marker: bool, into: list[Event]) -> None:
        for unit in self.sound.take(bytes(payload), timestamp & 0xFFFFFFFF, marker=marker):
            into.append(Sound(self.media.track, self.unwrapped(unit.timestamp), unit.duration, unit.content))

    def _lose(self) -> None:
        self.sound.lost()
