"""H.265 from RTP: single units, AP, FU. Source: RFC 7798 section 4.4; ITU-T H.265 table 7-1, 7.3.1.2, 7.3.6.1."""

from sereno.cameras.rtsp.pictures import PictureAssembler

_SLICES_END = 32
_KEY = range(16, 22)  # BLA, IDR, CRA
_SETS = frozenset({32, 33, 34})
_DELIMITERS = frozenset({35, 36, 37, 38})
_AGGREGATE, _FRAGMENT = 48, 49
_START_CODE = b"\x00\x00\x01"


class H265Pictures(PictureAssembler):
    shift = 8
    skip = 19

    def _add(self, payload: memoryview) -> None:
        if len(payload) < 3 or payload[0] & 0x80:
            self._odd = True
            return
        kind = payload[0] >> 1
        if kind == _FRAGMENT:
            self._fragment(payload)
        elif kind < _AGGREGATE:
            self._whole(payload)
        elif kind == _AGGREGATE:
            self._aggregate(payload)
        else:
            self._odd = True

    def _whole(self, unit: memoryview) -> None:
        kind = unit[0] >> 1
        if kind < _SLICES_END:
            self._judge(kind, unit[0], unit[2])
            self._keep(unit)
        else:
            self._unit(kind, unit)

    def _aggregate(self, payload: memoryview) -> None:
        at = 2
        while at + 2 < len(payload):
            end = at + 2 + (payload[at] << 8 | payload[at + 1])
            if end > len(payload) or end < at + 5 or payload[at + 2] >> 1 >= _AGGREGATE:
                self._odd = True
                return
            self._whole(payload[at + 2 : end])
            at = end

    def _fragment(self, payload: memoryview) -> None:
        if len(payload) < 4:
            self._odd = True
            return
        first, second, header = payload[0], payload[1], payload[2]
        kind = header & 63
        if header & 0x80:
            self._begin_fragment(
                kind, bytes([first & 0x81 | kind << 1, second]), payload[3:], in_slice=kind < _SLICES_END
            )
            self.middle = first << 16 | second << 8 | kind
            if kind < _SLICES_END:
                self._judge(kind, first, payload[3])
        elif self._fragment_at < 0:
            self._hurt = self._hurt or self._gap
            self._odd = self._odd or not self._hurt
            return
        else:
            self.pieces.append(payload[3:])
        if header & 0x40:
            self._end_fragment(is_slice=kind < _SLICES_END)

    def _judge(self, kind: int, first: int, head: int) -> None:
        """``head``: the first byte of the slice's header, whose top bit says that it begins a picture."""
        self._slice(begins=head >= 0x80, likely=not first & 1, key=kind in _KEY)

    def _unit(self, kind: int, unit: bytes | memoryview) -> None:
        if _START_CODE in bytes(unit):  # some cameras put a whole byte stream behind one header
            for part in _split(bytes(unit)):
                self._whole(memoryview(part))
        elif kind in _SETS:
            self._keep_set(unit)
        elif kind not in _DELIMITERS:
            self._keep(unit)


def _split(stream: bytes) -> list[bytes]:
    parts = (part.rstrip(b"\x00") for part in stream.split(_START_CODE))
    return [part for part in parts if len(part) > 2 and not part[0] & 0x80 and part[0] >> 1 < _AGGREGATE]
