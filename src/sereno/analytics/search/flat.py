"""Unit vectors in rows: few are compared one and all; of many, those that their sketches hold likely."""

import numpy as np
from numpy.typing import NDArray

from sereno.analytics.appearance.portrait import Vector
from sereno.analytics.search.sketches import Sketches

FEW = 20_000
"""So many are compared one and all."""
_LIKELY, _LIKELY_EACH = 500, 4
"""Rows compared after their sketches: so many at least, and so many for each that is asked for."""
_AT_ONCE = 20_000
_GROWTH = 1.5

Rows = NDArray[np.int64]


class FlatVectors:
    def __init__(self, dimension: int) -> None:
        self._rows: NDArray[np.float16] = np.zeros((0, dimension), np.float16)
        self._count = 0
        self._sketches: Sketches | None = None

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
        if self._sketches is not None:
            self._sketches.append(self._rows[self._count : needed])
        elif needed > FEW:
            self._sketches = Sketches(self._rows[:needed])
        self._count = needed

    def keep(self, rows: Rows) -> None:
        """Only these, in their order, are left; the bytes of the others are gone."""
        left = self._rows[rows]
        if len(rows) <= FEW:
            self._sketches = None
        if self._sketches is not None:
            gone = np.ones(self._count, np.bool_)
            gone[rows] = False
            self._sketches.remove(np.flatnonzero(gone), left)
        self._rows, self._count = left, len(rows)

    def row(self, number: int) -> Vector:
        return np.asarray(self._rows[number], np.float32)

    def nearest(self, vector: Vector, count: int, allowed: NDArray[np.bool_]) -> tuple[Rows, NDArray[np.float32]]:
        """Rows and likenesses, most alike first; only among ``allowed``, one flag a row."""
        many = int(np.count_nonzero(allowed[: self._count]))
        if self._sketches is not None and many > FEW:
            likely = int(max(_LIKELY, _LIKELY_EACH * count) * self._count / many)
            rows = self._sketches.likely(vector, min(likely, self._count))
            rows = np.sort(rows[allowed[rows]])
            if len(rows) >= count:
                return self._compared(rows, vector, count)
        return self._compared(np.flatnonzero(allowed[: self._count]), vector, count)

    def _compared(self, rows: Rows, vector: Vector, count: int) -> tuple[Rows, NDArray[np.float32]]:
        values = np.empty(len(rows), np.float32)
        for start in range(0, len(rows), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            values[part] = np.asarray(self._rows[rows[part]], np.float32) @ vector
        best = np.argsort(-values, kind="stable")[:count]
        return rows[best], values[best]
