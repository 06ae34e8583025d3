"""The ``Detector`` port."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sereno.analytics.model import Detection

Frame = NDArray[np.uint8]
"""(H, W, 3) uint8, RGB."""


class Detector(Protocol):
    """Finds things in one frame. One instance serves one thread."""

    def frame_size(self, width: int, height: int) -> tuple[int, int]:
        """The (width, height) at which a picture of this size is best handed over: larger ones are shrunk first."""
        ...

    def detect(self, frame: Frame) -> tuple[Detection, ...]:
        """What is there, best score first; no two boxes of one family overlap by more than half."""
        ...
