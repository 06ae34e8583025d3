"""The ``Embedder`` port: what makes a crop comparable with crops of other cameras."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sereno.analytics.detectors.port import Frame

Vectors = NDArray[np.float32]
"""(n, d) float32, each row of length 1."""


class Embedder(Protocol):
    """One instance serves one thread. The dot product of two vectors, -1..1, says how alike two things look."""

    @property
    def name(self) -> str:
        """Only vectors of the same name compare."""
        ...

    @property
    def dimension(self) -> int: ...

    def embed(self, crops: Sequence[Frame]) -> Vectors:
        """(n, ``dimension``); each crop is (H, W, 3) uint8, RGB, of any size, tight around the thing."""
        ...


def unit_rows(rows: NDArray[np.float32]) -> Vectors:
    """Each row at length 1; a row of zeros stays."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(1e-9, lengths), np.float32)
