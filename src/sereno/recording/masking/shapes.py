"""Which samples of a picture a mask covers, and covering them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from sereno.core.errors import invalid
from sereno.core.geometry import Point

MIN_CORNERS, MAX_CORNERS, MAX_AREAS = 3, 64, 32
BLACK, GREY = 16, 128
"""Luma and chroma of what is covered. Source: Rec. ITU-R BT.709, video range."""


@dataclass(frozen=True, slots=True)
class Mask:
    """Areas that are never shown; corners in fractions of the picture."""

    areas: tuple[tuple[Point, ...], ...]

    def __post_init__(self) -> None:
        """Raises: AppError invalid ``mask_invalid``."""
        corners = [len(area) for area in self.areas]
        if not 0 < len(corners) <= MAX_AREAS or min(corners) < MIN_CORNERS or max(corners) > MAX_CORNERS:
            raise invalid(
                "mask_invalid",
                f"A mask has 1 to {MAX_AREAS} areas of {MIN_CORNERS} to {MAX_CORNERS} corners each.",
                "Draw the areas that must not be seen on the camera's picture.",
            )


class Cover:
    """A mask for pictures of one size. Shapes: planes of 4:2:0, luma (H, W) and chroma (H/2, W/2) uint8."""

    def __init__(self, mask: Mask, width: int, height: int) -> None:
        luma = np.zeros((height, width), dtype=bool)
        for area in mask.areas:
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
