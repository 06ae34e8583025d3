"""Looks of a town, enlarged from the OSNet vectors of 428 real crops of 50 persons.

A thing is their common look and three of the persons' differences from it, mixed by chance, so that things differ as
much as persons do. Each time it is seen, two of the crops' differences from their person come upon it, and a jitter of
0.15 in every direction. Cosines of the same and of others lie where those of the crops do (medians 0.72 and 0.50; of
the crops 0.74 and 0.47). What fifty persons do not show, more directions in which people differ, is not in it.
"""

from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from bench.reid import CROPS, OSNET, labelled
from sereno.analytics.appearance.onnx_embedder import OnnxEmbedder

_JITTER = 0.15
_MIXED = 3


class MadeLooks:
    """``things`` of them, numbered."""

    def __init__(self, things: int, draw: np.random.Generator) -> None:
        crops = labelled(CROPS)
        embedder = OnnxEmbedder(OSNET, sha256(OSNET.read_bytes()).hexdigest())
        vectors = np.concatenate([embedder.embed((crop.pixels,)) for crop in crops])
        persons, of = np.unique([crop.person for crop in crops], return_inverse=True)
        means = np.stack([vectors[of == number].mean(axis=0) for number in range(len(persons))])
        # the spread around a mean of few is less than around the truth
        self._changes = (vectors - means[of]) * np.sqrt(len(vectors) / (len(vectors) - len(persons)))
        shares = np.zeros((things, len(persons)), np.float32)
        for _ in range(_MIXED):
            shares[np.arange(things), draw.integers(0, len(persons), things)] += draw.normal(size=things)
        self._things = means.mean(axis=0) + shares @ (means - means.mean(axis=0)) / np.sqrt(_MIXED)
        self._draw = draw
        self.things, self.dimension = things, vectors.shape[1]

    def seen(self, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        """(n, d), each of length 1: those things once more."""
        turn = self._draw.uniform(0, 2 * np.pi, (len(numbers), 1))
        one, other = self._draw.integers(0, len(self._changes), (2, len(numbers)))
        jitter = self._draw.normal(size=(len(numbers), self.dimension)) * (_JITTER / np.sqrt(self.dimension))
        rows = self._things[numbers] + self._changes[one] * np.cos(turn) + self._changes[other] * np.sin(turn) + jitter
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)
