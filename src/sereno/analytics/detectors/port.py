"""The ``Detector`` port."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sereno.analytics.model import Detection, ObjectKind

Frame = NDArray[np.uint8]
"""(H, W, 3) uint8, RGB."""

Found = tuple[Detection, ...]
"""What is in one frame, best score first; no two boxes of one family overlap by more than half."""


class Detector(Protocol):
    """Finds things in frames. One instance serves one thread.

    Raises: AppError from ``detect`` and ``detect_batch`` when the model failed and no other back end took over.
    """

    @property
    def batch(self) -> int:
        """How many frames at once are worth waiting for; 1: one by one is as quick."""
        ...

    @property
    def kinds(self) -> frozenset[ObjectKind]:
        """All that it can find."""
        ...

    def frame_size(self, width: int, height: int) -> tuple[int, int]:
        """The (width, height) at which a picture of this size is best handed over: larger ones are shrunk first."""
        ...

    def detect(self, frame: Frame) -> Found: ...

    def detect_batch(self, frames: Sequence[Frame]) -> tuple[Found, ...]:
        """One answer a frame, in order, the same as ``detect`` would give; frames may differ in size."""
        ...
