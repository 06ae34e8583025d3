"""Unit vectors in rows, every one compared: nothing alike is missed, and a row is forgotten by taking it out."""

import numpy as np
from numpy.typing import NDArray

from sereno.analytics.appearance.portrait import Vector

_AT_ONCE = 20_000
_GROWTH = 1.5

Rows = NDArray[np.int64]


class FlatVectors:
    def __init__(self, dimension: int) -> None:
        self._rows: NDArray[np.float16] = np.zeros((0, dimension), np.float16)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def append(self, vectors: NDArray[np.float32]) -> None:
        """``vectors``: (n, d), each of length 1."""
        needed = self._count + len(vectors)
        if needed > len(self._rows):
            grown = np.zeros((max(needed, int(len(self._rows) * _GROWTH)), self._rows.shape[1]), np.float16)
            grown[: self._count] = self._rows[: self._count]
            self._rows = grown
        self._rows[self._count : needed] = vectors
        self._count = needed

    def keep(self, rows: Rows) -> None:
        """Only these are left; the bytes of the others are gone."""
        self._rows = self._rows[rows]
        self._count = len(rows)

    def row(self, number: int) -> Vector:
        return np.asarray(self._rows[number], np.float32)

    def nearest(self, vector: Vector, count: int, allowed: NDArray[np.bool_]) -> tuple[Rows, NDArray[np.float32]]:
        """Rows and likenesses, most alike first; only among ``allowed``, one flag a row."""
        rows = np.flatnonzero(allowed[: self._count])
        values = np.empty(len(rows), np.float32)
        for start in range(0, len(rows), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            values[part] = np.asarray(self._rows[rows[part]], np.float32) @ vector
        best = np.argsort(-values, kind="stable")[:count]
        return rows[best], values[best]
