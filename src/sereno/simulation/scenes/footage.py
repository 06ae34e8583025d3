"""Clips of real places, brought to the size and pace of the demo's cameras."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from PIL import Image

from sereno.simulation.scenes.actors import FPS
from sereno.simulation.scenes.draw import simulated_mark, stamp
from sereno.simulation.scenes.scene import MAIN_SIZE
from sereno.simulation.scenes.stage import Picture

_FADE = 8
"""Frames over which the end runs into the beginning, where the camera stands still."""


def footage(clip: Path, title: str, *, fade: bool) -> Iterator[Picture]:
    """Whole seconds of the clip at 15 frames a second, filling the picture."""
    pictures = list(_sampled(clip))
    count = (len(pictures) - (_FADE if fade else 0)) // FPS * FPS
    mark = simulated_mark(title)
    for number in range(count):
        picture = pictures[number].copy()
        if fade and number < _FADE:
            share = (number + 1) / (_FADE + 1)
            tail = pictures[count + number].astype(np.float32)
            picture = (tail * (1 - share) + picture * share).astype(np.uint8)
        stamp(picture, mark)
        yield picture


def _sampled(clip: Path) -> Iterator[Picture]:
    step = 1 / FPS
    due = 0.0
    with av.open(str(clip)) as container:
        start: float | None = None
        for frame in container.decode(video=0):
            at = frame.time or 0.0
            start = at if start is None else start
            if at - start + 1e-6 >= due:
                due += step
                yield _filled(frame.to_image())


def _filled(image: Image.Image) -> Picture:
    """Scaled to cover the picture, what juts out cut off evenly."""
    width, height = MAIN_SIZE
    scale = max(width / image.width, height / image.height)
    size = (round(image.width * scale), round(image.height * scale))
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    grown = image.resize(size, Image.Resampling.BICUBIC)
    return np.asarray(grown.crop((left, top, left + width, top + height)), np.uint8)
