"""From what a recogniser makes of each character to a plate that some country issues. Pure.

A recogniser confuses O with 0 and B with 8; the country's pattern says which of the two stands at each place.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import exp, log

import numpy as np
from numpy.typing import NDArray

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS = 10

Characters = NDArray[np.float32]
"""(n, 36) float32: for each character read, the probability of each sign of ``ALPHABET``."""


@dataclass(frozen=True, slots=True)
class PlatePattern:
    """``shape`` has L for a letter and D for a digit."""

    country: str
    shape: str


PATTERNS = (
    PlatePattern("AR, Mercosur", "LLDDDLL"),
    PlatePattern("AR, 1995", "LLLDDD"),
    PlatePattern("AR, motorcycles, Mercosur", "LDDDLLL"),
    PlatePattern("AR, motorcycles, 1995", "DDDLLL"),
    PlatePattern("BR, 1990; UY", "LLLDDDD"),
    PlatePattern("BR, Mercosur", "LLLDLDD"),
    PlatePattern("PY, Mercosur", "LLLLDDD"),
    PlatePattern("CL, 2007", "LLLLDD"),
)

_CONFUSED = ("O0", "Q0", "D0", "I1", "L1", "Z2", "S5", "G6", "T7", "B8")
_CONFUSION = 0.35
"""What a sign is worth that was read as its twin."""
_STRAY = 0.75
"""What is left of the certainty for each sign at an end that belongs to no pattern (a bolt, the frame)."""
_MAX_STRAYS = 2
_LEAST = 0.25
_LEAST_SIGN = 0.04
"""A sign less sure than this is a guess, and a plate with a guessed sign is none."""


@dataclass(frozen=True, slots=True)
class PlateText:
    """``confidence`` 0..1: the geometric mean over the characters."""

    text: str
    confidence: float


def plate_text(characters: Characters) -> PlateText | None:
    """The plate that fits best, or None when no pattern does."""
    worth = _with_twins(characters)
    best: PlateText | None = None
    for pattern in PATTERNS:
        length = len(pattern.shape)
        for start in range(len(worth) - length + 1):
            strays = len(worth) - length
            if strays > _MAX_STRAYS:
                break
            fit = _fit(worth[start : start + length], pattern.shape, strays)
            if fit.confidence >= _LEAST and (best is None or fit.confidence > best.confidence):
                best = fit
    return best


def raw_text(characters: Characters) -> str:
    """The likeliest sign at each place, pattern or not."""
    return "".join(ALPHABET[i] for i in characters.argmax(axis=1))


def _fit(worth: Characters, shape: str, strays: int) -> PlateText:
    letters = np.array([kind == "L" for kind in shape])
    allowed = np.where(letters[:, None], np.arange(len(ALPHABET)) >= _DIGITS, np.arange(len(ALPHABET)) < _DIGITS)
    masked = np.where(allowed, worth, 0)
    chosen = masked.argmax(axis=1)
    certainties = masked[np.arange(len(shape)), chosen]
    if certainties.min() < _LEAST_SIGN:
        return PlateText("", 0.0)
    mean = exp(sum(log(float(c)) for c in certainties) / len(shape))
    return PlateText("".join(ALPHABET[i] for i in chosen), min(1.0, mean) * _STRAY**strays)


def _with_twins(characters: Characters) -> Characters:
    twins: Characters = np.maximum(characters, characters @ _twin_table())
    return twins


@lru_cache(maxsize=1)
def _twin_table() -> Characters:
    table = np.zeros((len(ALPHABET), len(ALPHABET)), np.float32)
    for pair in _CONFUSED:
        a, b = (ALPHABET.index(sign) for sign in pair)
        table[a, b] = table[b, a] = _CONFUSION
    return table
