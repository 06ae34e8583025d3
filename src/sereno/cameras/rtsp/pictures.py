"""Whole pictures out of a video track's payloads: what H.264 and H.265 have in common.

A picture ends at its marker, or when the time stamp changes. One that misses a part is dropped and counted; those after
it stay, although they may lean on it: a decoder conceals, and a smear tells more than ten seconds of nothing.
"""

from abc import ABC, abstractmethod

from sereno.cameras.faults import StreamFault, stream_fault
from sereno.cameras.rtsp.media import Event, Sample

MAX_PICTURE_BYTES = 16_000_000
MAX_PIECES = 20_000
MAX_SETS = 48
MAX_SET_BYTES = 4_096
_MAX_DOUBTS = 12
"""Pictures that look like noise, less those that do not, before a stream is given up."""


class PictureAssembler(ABC):
    """``pieces``, ``middle``, ``shift`` and ``skip`` are open to the tight loop of ``track``.

    A packet whose first four bytes, shifted right by ``shift``, are ``middle`` goes on with the fragmented unit that is
    open: what follows its ``skip`` bytes of headers is appended to ``pieces`` as it is.
    """

    shift: int
    skip: int
    end_bit = 0x40
    """What ``middle`` has besides in the last packet of a unit; with a marker, ``end`` follows."""

    def __init__(self, track: int) -> None:
        self.pieces: list[bytes | memoryview] = []
        self.middle = -1
        self.damaged = 0
        """Pictures that were dropped because a part was missing."""
        self._track = track
        self._stamp: int | None = None
        self._finished: int | None = None
        """Time stamp of the last picture that its marker ended."""
        self._fragment_at = -1
        self._fragment_kind = 0
        self._in_slice = False
        self._sets: list[bytes] = []
        self._begun = self._key = self._hurt = self._odd = self._gap = False
        self._marker_lies = False
        self._doubts = 0

    def take(self, payload: memoryview, timestamp: int, marker: bool, into: list[Event]) -> None:
        if timestamp != self._stamp:
            if self._begun or self._fragment_at >= 0:
                self._finish(into)
            self._stamp = timestamp
        self._add(payload)
        if marker and not self._marker_lies:
            self._finished = timestamp
            self._finish(into)
        elif len(self.pieces) > MAX_PIECES:
            self._hurt = self._odd = True
            self._finish(into)

    def end(self, into: list[Event]) -> None:
        """The last piece of a fragmented unit was appended, and it had the marker."""
        self._end_fragment(is_slice=self._in_slice)
        if not self._marker_lies:
            self._finished = self._stamp
            self._finish(into)

    def lose(self) -> None:
        """Packets are missing before the next one."""
        if self._fragment_at >= 0:
            self._drop_fragment()
            self._hurt = True
        self._hurt = self._hurt or self._begun
        self._gap = True

    def settle(self) -> None:
        """The memory behind the payloads so far is about to be used again: copy what is still needed."""
        pieces, at = self.pieces, self._fragment_at
        if not pieces:
            return
        if at < 0:
            pieces[:] = [b"".join(pieces)]
        else:
            pieces[:] = [b"".join(pieces[:at]), b"", b"".join(pieces[at + 1 :])]
            self._fragment_at = 1

    @abstractmethod
    def _add(self, payload: memoryview) -> None: ...

    @abstractmethod
    def _unit(self, kind: int, unit: bytes | memoryview) -> None:
        """A whole unit that is no slice of a picture."""

    def _keep(self, unit: bytes | memoryview) -> None:
        self.pieces.append(len(unit).to_bytes(4, "big"))
        self.pieces.append(unit)

    def _keep_set(self, unit: bytes | memoryview) -> None:
        if len(unit) > MAX_SET_BYTES or len(self._sets) >= MAX_SETS:
            self._odd = True
        else:
            self._sets.append(bytes(unit))

    def _slice(self, *, begins: bool, likely: bool, key: bool) -> None:
        """A slice is about to be kept. ``begins`` says that it is the first of a picture."""
        if self._begun:
            self._odd = self._odd or not likely
            return
        if not begins:
            if self._finished is not None and self._finished == self._stamp:
                self._marker_lies = True  # it stands on every slice: from now on the time stamp ends a picture
                self._hurt = True
            elif self._gap:
                self._hurt = True
            else:
                self._odd = True
        self._odd = self._odd or not likely
        self._begun, self._key, self._gap = True, key, False

    def _begin_fragment(self, kind: int, header: bytes, content: memoryview, *, in_slice: bool) -> None:
        if self._fragment_at >= 0:
            self._drop_fragment()
            self._hurt = True
        self._fragment_at, self._fragment_kind, self._in_slice = len(self.pieces), kind, in_slice
        self.pieces += [b"", header, content]

    def _end_fragment(self, *, is_slice: bool) -> None:
        at, self._fragment_at, self.middle = self._fragment_at, -1, -1
        size = sum(map(len, self.pieces[at:] if at else self.pieces))
        if size > MAX_PICTURE_BYTES:
            self._hurt = True
        if is_slice:
            self.pieces[at] = size.to_bytes(4, "big")
            return
        unit = b"".join(self.pieces[at:])
        del self.pieces[at:]
        self._unit(self._fragment_kind, unit)

    def _drop_fragment(self) -> None:
        del self.pieces[self._fragment_at :]
        self._fragment_at = self.middle = -1

    def _finish(self, into: list[Event]) -> None:
        """Raises: AppError invalid ``camera_garbage`` when most of the last pictures were none."""
        if self._fragment_at >= 0:
            self._drop_fragment()
            self._hurt = True
        if not (self._begun or self._odd or self._hurt) and len(self.pieces) < 64:
            return  # parameter sets and messages alone belong to the next picture
        hurt, odd, begun = self._hurt, self._odd, self._begun
        if begun and not (hurt or odd):
            stamp = self._stamp or 0
            into.append(Sample(self._track, stamp, self._key, b"".join(self.pieces), tuple(self._sets)))
        self.pieces.clear()
        self._sets.clear()
        self._begun = self._key = self._hurt = self._odd = False
        self.damaged += hurt
        if hurt:
            return
        self._doubts = max(0, self._doubts - 1) if begun and not odd else self._doubts + 1
        if self._doubts >= _MAX_DOUBTS:
            self._doubts = 0
            raise stream_fault(StreamFault.GARBAGE)
