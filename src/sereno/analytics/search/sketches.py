"""Small sketches of many vectors, every one compared: who may be alike, to be told apart by the vectors themselves.

A sketch holds the 96 directions in which looks differ most, two of them in four bits. Nothing is linked to anything:
one is forgotten by taking its bytes out, and a million are made in seconds.
Source: product quantisation in registers (André et al., 2017), as faiss has it.
"""

import faiss
import numpy as np
from numpy.typing import NDArray

from sereno.analytics.appearance.portrait import Vector

_DIRECTIONS = 96
_LEARNT_FROM = 4_000

Rows = NDArray[np.int64]

faiss.omp_set_num_threads(1)  # one question needs a few milliseconds; the other cores decode video


class Sketches:
    """Sketches of ``rows``, (n, d), in their order; what matters in them is learnt from some of these rows.

    ``shelf``: so many lie together; to take one out moves all that lie behind it on its shelf.
    """

    def __init__(self, rows: NDArray[np.float16], shelf: int = 50_000) -> None:
        self._shelf = shelf
        dimension = rows.shape[1]
        parts = min(_DIRECTIONS, dimension) // 2
        self._empty = faiss.index_factory(dimension, f"PCAR{2 * parts},PQ{parts}x4fs", faiss.METRIC_L2)
        self._empty.train(np.asarray(rows[:: max(1, len(rows) // _LEARNT_FROM)], np.float32))
        self._shelves: list[faiss.Index] = []
        self.append(rows)

    def append(self, rows: NDArray[np.float16]) -> None:
        start = 0
        while start < len(rows):
            if not self._shelves or self._shelves[-1].ntotal >= self._shelf:
                self._shelves.append(faiss.clone_index(self._empty))
            part = rows[start : start + self._shelf - self._shelves[-1].ntotal]
            self._shelves[-1].add(np.asarray(part, np.float32))
            start += len(part)

    def remove(self, gone: Rows, left: NDArray[np.float16]) -> None:
        """``gone`` ascending; those that follow move up. ``left``: all rows that stay."""
        first, touched = 0, list[faiss.Index]()
        for shelf in self._shelves:
            before, first = first, first + shelf.ntotal
            low, high = np.searchsorted(gone, (before, first))
            if high - low == shelf.ntotal:
                shelf.reset()
            elif high > low:
                shelf.remove_ids(faiss.IDSelectorBatch(gone[low:high] - before))
                touched.append(shelf)
        self._shelves = [shelf for shelf in self._shelves if shelf.ntotal]
        if self._shelves and self._shelves[-1] in touched:
            self._renew_last(left)

    def _renew_last(self, left: NDArray[np.float16]) -> None:
        """faiss 1.15 leaves bits behind what was taken out, and mixes them into what is added next."""
        last = self._shelves.pop()
        self._shelves.append(faiss.clone_index(self._empty))
        self.append(left[len(left) - last.ntotal :])

    def likely(self, vector: Vector, count: int) -> Rows:
        """About the ``count`` rows most alike, in no order that counts."""
        sought = np.asarray(vector, np.float32)[None]
        first, apart, rows = 0, list[NDArray[np.float32]](), list[Rows]()
        for shelf in self._shelves:
            distances, found = shelf.search(sought, min(count, shelf.ntotal))
            apart.append(distances[0][found[0] >= 0])
            rows.append(found[0][found[0] >= 0] + first)
            first += shelf.ntotal
        every = np.concatenate(rows)
        if len(every) <= count:
            return every
        return np.asarray(every[np.argpartition(np.concatenate(apart), count)[:count]])
