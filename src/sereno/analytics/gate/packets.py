"""Whether a camera's next packet is worth decoding, told from its size alone. Pure.

Movement makes pictures that are predicted from those before larger. How large a quiet one is, and how much that
varies, is learned per camera and per place after the key frame, from pictures that were decoded and found quiet; so a
noisy night or rain raises its own threshold. Growth is summed up over packets, so that little of it for long wakes as
much as a lot of it at once (Page's cumulative sum test, Biometrika 1954).

Some encoders hide movement: at a constant bit rate a quiet picture is as large as a moving one. Therefore sizes must
earn trust: only a camera whose movements were announced by its packets may be left undecoded, and each look that
finds a movement which they did not announce takes trust away.
"""

from dataclasses import dataclass, replace
from math import log2

_APART = 32
"""So many places after the key frame are learned one by one, later ones in runs of sixteen up to ``LEVELS``."""
LEVELS = 64
_LEARN = 0.02
"""Share of a new size in what is learned; about the last fifty count."""
_FIRST = 8
"""Sizes of a place before it may be judged."""
_LEAST_SPREAD = 0.04
"""Of a size's binary logarithm: 3 % of its bytes."""
_SLACK = 0.8
_WAKE = 4.0
"""The sum, in spreads, that wakes."""
_AWAKE_S = 2.0
"""How long it stays awake after the last sign."""
_ANNOUNCED_S = 1.0
"""A movement that begins so soon after or before a sign was announced by it."""
_LEAST_ONSETS = 8
_MOST_MISSED = 0.1
_DEAR = 3.0
"""A miss counts so often once it sleeps, since most of what passes unannounced is then not found out."""
_MEMORY = 0.97
"""How much of earlier movements counts at each new one: about the last thirty."""


@dataclass(frozen=True, slots=True)
class Level:
    """Binary logarithm of quiet sizes: their mean and mean deviation."""

    mean: float = 0.0
    spread: float = 0.0
    count: int = 0

    def after(self, size: float) -> "Level":
        if self.count == 0:
            return Level(size, 0.0, 1)
        share = max(_LEARN, 1 / (self.count + 1))
        off = size - self.mean
        return Level(self.mean + share * off, self.spread + share * (abs(off) - self.spread), self.count + 1)

    def excess(self, size: float) -> float:
        """How much larger than usual, in spreads."""
        return (size - self.mean) / max(_LEAST_SPREAD, 1.25 * self.spread)


@dataclass(frozen=True, slots=True)
class Trust:
    """Movements that began while all was quiet, and how many of them no packet announced; old ones fade."""

    onsets: float = 0.0
    missed: float = 0.0

    def after(self, *, announced: bool) -> "Trust":
        weight = _DEAR if self.earned and not announced else 1.0
        return Trust(_MEMORY * self.onsets + weight, _MEMORY * self.missed + (0.0 if announced else weight))

    @property
    def earned(self) -> bool:
        return self.onsets >= _LEAST_ONSETS * 0.8 and self.missed <= _MOST_MISSED * self.onsets


@dataclass(frozen=True, slots=True)
class Sizes:
    """All that is learned of a camera's packets. Units: seconds; ``place`` counts from the key frame."""

    levels: tuple[Level, ...] = (Level(),) * LEVELS
    place: int = 0
    sum: float = 0.0
    signed_s: float = float("-inf")
    """When a packet last gave a sign."""

    @property
    def known(self) -> bool:
        """Whether quiet sizes are known well enough to be judged."""
        seen = [level for level in self.levels if level.count]
        return bool(seen) and sum(level.count >= _FIRST for level in seen) * 2 >= len(seen)

    def stirs(self, at_s: float) -> bool:
        """Whether the packets say that something moves."""
        return not self.known or at_s - self.signed_s <= _AWAKE_S


@dataclass(frozen=True, slots=True)
class Measured:
    """One packet as it is learned once its picture is known to be quiet."""

    level: int
    size: float
    at_s: float


def step(sizes: Sizes, size: int, *, key: bool, at_s: float) -> tuple[Sizes, Measured]:
    """The state after a packet. Units: bytes, seconds."""
    place = 0 if key else sizes.place + 1
    packet = Measured(_level(place), log2(max(1, size)), at_s)
    level = sizes.levels[packet.level]
    total = sizes.sum
    if level.count >= _FIRST and not key:
        total = min(2 * _WAKE, max(0.0, total + min(_WAKE + 1, level.excess(packet.size)) - _SLACK))
    signed_s = at_s if total >= _WAKE else sizes.signed_s
    return replace(sizes, place=place, sum=total, signed_s=signed_s), packet


def _level(place: int) -> int:
    return place if place < _APART else min(LEVELS - 1, _APART + (place - _APART) // 16)


def learned(sizes: Sizes, quiet: tuple[Measured, ...]) -> Sizes:
    """After it is known that these packets' pictures were quiet."""
    levels = list(sizes.levels)
    for packet in quiet:
        levels[packet.level] = levels[packet.level].after(packet.size)
    return replace(sizes, levels=tuple(levels))


def announced(sizes: Sizes, onset_s: float) -> bool:
    """Whether packets gave a sign of the movement that began at ``onset_s``."""
    return sizes.signed_s >= onset_s - _ANNOUNCED_S
