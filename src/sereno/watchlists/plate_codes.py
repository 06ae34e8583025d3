"""Plates as numbers, and what is left of them without one character: who shares that is hardly different. Pure.

Six bits a character and room for ten of them: a code says text and length, and codes sort as their texts do.

Source: looking up what is left after deletions, instead of all that changes could make, is SymSpell's idea (W. Garbe).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint64]
"""(n,) uint64."""

PLACES = 10
_BITS = 6
_SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VALUE = {sign: value for value, sign in enumerate(_SIGNS, start=1)}
_VALUE_OF_BYTE = np.array([_VALUE.get(chr(byte), 0) for byte in range(256)], np.uint64)
_SHIFTS = [_BITS * (PLACES - 1 - place) for place in range(PLACES)]


def code(plate: str) -> int:
    """``plate`` is normalised: 1 to 10 of A-Z and 0-9."""
    return sum(_VALUE[sign] << shift for sign, shift in zip(plate, _SHIFTS, strict=False))


def coded(plates: Sequence[str]) -> Codes:
    table = np.array([plate.encode() for plate in plates], f"S{PLACES}").view(np.uint8).reshape(len(plates), PLACES)
    return np.asarray((_VALUE_OF_BYTE[table] << np.array(_SHIFTS, np.uint64)).sum(axis=1), np.uint64)


def text(number: int) -> str:
    values = (number >> shift & 63 for shift in _SHIFTS)
    return "".join(_SIGNS[value - 1] for value in values if value)


def parts(plate: str) -> Codes:
    """The plate itself and what is left of it without each of its characters."""
    whole = code(plate)
    return np.array([whole, *(_without(whole, shift) for shift in _SHIFTS[: len(plate)])], np.uint64)


def all_parts(codes: Codes) -> tuple[Codes, NDArray[np.uint32]]:
    """``parts`` of each code, sorted, and beside each the place of its plate in ``codes``."""
    found, rows = [codes], [np.arange(len(codes), dtype=np.uint32)]
    for shift in _SHIFTS:
        (has,) = np.nonzero(codes >> np.uint64(shift) & np.uint64(63))
        kept, last = codes[has], np.uint64(shift)
        tails = kept & ((np.uint64(1) << last) - np.uint64(1))
        found.append(kept >> last + np.uint64(_BITS) << last + np.uint64(_BITS) | tails << np.uint64(_BITS))
        rows.append(has.astype(np.uint32))
    together = np.concatenate(found)
    order = np.argsort(together, kind="stable")
    return together[order], np.concatenate(rows)[order]


def _without(whole: int, shift: int) -> int:
    return whole >> shift + _BITS << shift + _BITS | (whole & (1 << shift) - 1) << _BITS
