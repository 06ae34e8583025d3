"""H.264 from RTP: single units, STAP-A, FU-A. Source: RFC 6184 sections 5.2 to 5.8; ITU-T H.264 table 7-1, 7.3.3."""

from sereno.cameras.rtsp.pictures import PictureAssembler

_SLICE, _IDR, _MESSAGE, _SPS, _PPS = 1, 5, 6, 7, 8
_SLICES = frozenset({1, 2, 3, 4, 5})
_DELIMITERS = frozenset({9, 10, 11, 12})  # delimiter, ends, filler
_AGGREGATE, _FRAGMENT = 24, 28
_RECOVERY_POINT = 6
_START_CODE = b"\x00\x00\x01"
_HEADERS = [bytes([header]) for header in range(256)]


class H264Pictures(PictureAssembler):
    shift = 16
    skip = 18

    def __init__(self, track: int) -> None:
        super().__init__(track)
        self._recovers = False

    def _add(self, payload: memoryview) -> None:
        kind = payload[0] & 31 if len(payload) > 1 else 0
        if not kind or payload[0] & 0x80:
            self._odd = True
        elif kind == _FRAGMENT:
            self._fragment(payload)
        elif kind < _AGGREGATE:
            self._whole(payload)
        elif kind == _AGGREGATE:
            self._aggregate(payload)
        else:
            self._odd = True

    def _whole(self, unit: memoryview) -> None:
        kind = unit[0] & 31
        if kind in _SLICES:
            self._judge(kind, bytes(unit[1:3]))
            self._keep(unit)
        else:
            self._unit(kind, unit)

    def _aggregate(self, payload: memoryview) -> None:
        at = 1
        while at + 2 < len(payload):
            end = at + 2 + (payload[at] << 8 | payload[at + 1])
            if end > len(payload) or end < at + 4 or payload[at + 2] & 0x80 or payload[at + 2] & 31 >= _AGGREGATE:
                self._odd = True
                return
            self._whole(payload[at + 2 : end])
            at = end

    def _fragment(self, payload: memoryview) -> None:
        if len(payload) < 3:
            self._odd = True
            return
        first, header = payload[0], payload[1]
        kind = header & 31
        if header & 0x80:
            self._begin_fragment(kind, _HEADERS[first & 0xE0 | kind], payload[2:], in_slice=kind in _SLICES)
            self.middle = first << 8 | kind
            if kind in _SLICES:
                self._judge(kind, bytes(payload[2:4]))
        elif self._fragment_at < 0:
            self._hurt = self._hurt or self._gap
            self._odd = self._odd or not self._hurt
            return
        else:
            self.pieces.append(payload[2:])
        if header & 0x40:
            self._end_fragment(is_slice=kind in _SLICES)

    def _judge(self, kind: int, head: bytes) -> None:
        """``head``: the first two bytes of the slice's header: first_mb_in_slice, slice_type."""
        begins = head[:1] >= b"\x80"
        if kind in (3, 4):  # the later partitions of a slice
            self._slice(begins=False, likely=True, key=False)
            return
        bits = int.from_bytes(head, "big") << 1 & 0xFFFF if begins else 0x8000
        zeros = 16 - bits.bit_length()
        slice_type = (bits >> 15 - 2 * zeros) - 1 if zeros <= 3 else 10
        intra = slice_type % 5 in (2, 4)
        key = kind == _IDR or (self._recovers and intra and begins)
        self._recovers = False
        self._slice(begins=begins, likely=slice_type < 10 and (kind != _IDR or intra or not begins), key=key)

    def _unit(self, kind: int, unit: bytes | memoryview) -> None:
        if _START_CODE in bytes(unit):  # some cameras put a whole byte stream behind one header
            for part in _split(bytes(unit)):
                self._whole(memoryview(part))
        elif kind in (_SPS, _PPS):
            self._keep_set(unit)
        elif kind not in _DELIMITERS:
            if kind == _MESSAGE and unit[1] == _RECOVERY_POINT:
                self._recovers = True
            self._keep(unit)


def _split(stream: bytes) -> list[bytes]:
    parts = (part.rstrip(b"\x00") for part in stream.split(_START_CODE))
    return [part for part in parts if len(part) > 1 and not part[0] & 0x80 and 0 < part[0] & 31 < _AGGREGATE]
