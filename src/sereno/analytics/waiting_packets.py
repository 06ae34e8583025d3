"""Packets that wait undecoded while nothing seems to happen: bounded, and always enough to catch up. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from sereno.cameras.local_feed.wire import Sample
from sereno.core.media_time import TICKS_PER_S

MAX_BYTES = 8_000_000
MAX_TICKS = 4 * TICKS_PER_S


class PacketGate(Protocol):
    """Decides by the size of a packet whether its picture is worth decoding. Called from the decoder's thread."""

    def step(self, size: int, *, key: bool, at: datetime) -> bool:
        """Whether to decode now, and all before that it needs. Units: bytes."""
        ...


class EveryPacket:
    """Decodes all."""

    def step(self, size: int, *, key: bool, at: datetime) -> bool:
        return True


class Due(NamedTuple):
    """What is to be decoded now; ``anew`` when the decoder must forget what it knows, because pictures were skipped."""

    samples: Sequence[Sample]
    anew: bool


NOTHING = Due((), False)


class WaitingPackets:
    """The samples that the decoder has not seen, from a key frame or from where it stands.

    A key frame frees what waits, for no later picture needs it. Where key frames are rarer than the bounds, what waits
    is decoded although nobody asked, so that the decoder can always go on.
    """

    def __init__(self) -> None:
        self._held: list[Sample] = []
        self._bytes = 0
        self._whole = False
        """Whether the next sample's forerunners are known."""
        self._skipped = False

    def take(self, sample: Sample, *, wanted: bool) -> Due:
        if sample.key:
            self._skipped = self._skipped or bool(self._held) or sample.missed > 0
            self._held, self._bytes, self._whole = [], 0, True
        elif sample.missed:
            self.lose()
        if not self._whole:
            return NOTHING
        self._held.append(sample)
        self._bytes += len(sample.content)
        if not wanted and self._bytes < MAX_BYTES and sample.media - self._held[0].media < MAX_TICKS:
            return NOTHING
        due, self._held, self._bytes = self._held, [], 0
        anew, self._skipped = self._skipped and due[0].key, False
        return Due(due, anew)

    def lose(self) -> None:
        """Something is missing: nothing decodes before the next key frame."""
        self._held, self._bytes, self._whole, self._skipped = [], 0, False, True
