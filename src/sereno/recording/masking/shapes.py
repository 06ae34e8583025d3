"""Which samples of a picture a mask covers, and covering them."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from sereno.core.geometry import Point

BLACK, GREY = 16, 128
"""Luma and chroma of what is covered. Source: Rec. ITU-R BT.709, video range."""


Areas = tuple[tuple[Point, ...], ...]
"""What is never shown; corners in fractions of the picture."""


class Cover:
    """Areas, for pictures of one size. Shapes: planes of 4:2:0, luma (H, W) and chroma (H/2, W/2) uint8."""

    def __init__(self, areas: Areas, width: int, height: int) -> None:
        luma = np.zeros((height, width), dtype=bool)
        for area in areas:
            picture = Image.new("1", (width, height))
            ImageDraw.Draw(picture).polygon([(p.x * width, p.y * height) for p in area], fill=1, outline=1)
            luma |= np.asarray(picture)
        even = np.zeros((height + height % 2, width + width % 2), dtype=bool)
        even[:height, :width] = luma
        self._chroma = even[0::2, 0::2] | even[1::2, 0::2] | even[0::2, 1::2] | even[1::2, 1::2]
        self._luma = np.repeat(np.repeat(self._chroma, 2, axis=0), 2, axis=1)[:height, :width]

    @property
    def share(self) -> float:
        """Of the picture."""
        return float(self._luma.mean())

    def apply(self, luma: NDArray[np.uint8], blue: NDArray[np.uint8], red: NDArray[np.uint8]) -> None:
        luma[self._luma] = BLACK
        blue[self._chroma] = GREY
        red[self._chroma] = GREY
