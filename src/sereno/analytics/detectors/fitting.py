"""A picture of any size, made to fit a network's input."""

import numpy as np
from PIL import Image

from sereno.analytics.detectors.port import Frame


def fitted_size(width: int, height: int, side_w: int, side_h: int) -> tuple[int, int]:
    """(width, height) at which a picture fits into the input; it is never enlarged."""
    scale = min(1.0, side_w / width, side_h / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def fitted(frame: Frame, side_w: int, side_h: int) -> Frame:
    """``frame`` as large as the input allows, enlarged too, its shape kept."""
    height, width = frame.shape[:2]
    scale = min(side_w / width, side_h / height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if size == (width, height):
        return frame
    return np.asarray(Image.fromarray(frame).resize(size, Image.Resampling.BILINEAR))
