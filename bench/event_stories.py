"""Made events on a real square: bags put beside real walkers, and real walkers laid down. The model card says so."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from bench.event_clips import Rgb, Timed
from bench.mot import Frames
from sereno.core.geometry import Box

_BAG = np.random.default_rng(11).integers(20, 70, (24, 24, 3)).astype(np.uint8)
_LEAST_DIFFERENCE = 28
_FALLS_S = 0.8


@dataclass(frozen=True, slots=True)
class PutDown:
    """``box`` stands there from ``at_s`` on."""

    at_s: float
    box: Box


def bags(truth: Frames, fps: float, every_s: float, until_s: float) -> list[PutDown]:
    """One each ``every_s``: beside whoever is nearest to the middle of the picture and has room around."""
    found: list[PutDown] = []
    at_s = 12.0
    while at_s < until_s:
        rows = [box for _, box, _ in truth.get(round(at_s * fps) + 1, ())]
        free = [box for box in rows if all(other is box or box.iou(other) == 0 for other in rows)]
        spots = [spot for spot in map(_beside, free) if not any(_touch(spot, put.box) for put in found)]
        if spots:
            found.append(PutDown(at_s, min(spots, key=lambda s: abs(s.centre.x - 0.5))))
        at_s += every_s
    return found


def _beside(person: Box) -> Box:
    side, foot = 0.22 * person.height, person.foot
    return Box(foot.x + 0.5 * side, person.bottom - side, foot.x + 0.5 * side + 0.8 * side, person.bottom)


def _touch(a: Box, b: Box) -> bool:
    return abs(a.centre.x - b.centre.x) < 0.08 and abs(a.centre.y - b.centre.y) < 0.12


def with_bags(frames: Iterator[Timed], put: Sequence[PutDown]) -> Iterator[Timed]:
    for at_s, picture in frames:
        drawn = picture.copy()
        height, width = drawn.shape[:2]
        for each in put:
            if at_s < each.at_s:
                continue
            left, top = int(each.box.left * width), int(each.box.top * height)
            size = max(3, round(each.box.width * width)), max(3, round(each.box.height * height))
            bag = np.asarray(Image.fromarray(_BAG).resize(size, Image.Resampling.BILINEAR))
            part = drawn[top : top + size[1], left : left + size[0]]
            part[:] = bag[: part.shape[0], : part.shape[1]]
        yield at_s, drawn


@dataclass(frozen=True, slots=True)
class Figure:
    """A person cut out of a frame. Shapes: pixels (h, w, 3), mask (h, w) 0..255; ``foot`` in pixels of the frame."""

    pixels: Rgb
    mask: NDArray[np.uint8]
    foot: tuple[int, int]


def empty_square(frames: Sequence[Timed]) -> Rgb:
    """The median of some pictures: nobody is in it."""
    chosen = frames[:: max(1, len(frames) // 25)]
    return np.asarray(np.median(np.stack([picture for _, picture in chosen]), axis=0), np.uint8)


def cut_out(picture: Rgb, empty: Rgb, person: Box) -> Figure:
    height, width = picture.shape[:2]
    rows = slice(max(0, int((person.top - 0.01) * height)), min(height, round((person.bottom + 0.01) * height)))
    columns = slice(max(0, int((person.left - 0.01) * width)), min(width, round((person.right + 0.01) * width)))
    pixels = picture[rows, columns]
    off = np.abs(pixels.astype(np.int16) - empty[rows, columns]).max(axis=2)
    mask = Image.fromarray(np.where(off > _LEAST_DIFFERENCE, 255, 0).astype(np.uint8))
    smooth = mask.filter(ImageFilter.MaxFilter(5)).filter(ImageFilter.GaussianBlur(1))
    foot = (columns.start + columns.stop) // 2, rows.stop
    return Figure(pixels, np.asarray(smooth, np.uint8), foot)


def fall(empty: Rgb, figure: Figure, way: int, lies_s: float = 12.0, fps: float = 5.0) -> Iterator[Timed]:
    """Comes after 6 s, falls to the side ``way`` (-1, 1) after 10 s within 0.8 s, and lies."""
    for number in range(round((10 + _FALLS_S + lies_s) * fps)):
        at_s = number / fps
        turned = 85.0 * min(1.0, max(0.0, (at_s - 10) / _FALLS_S))
        walked = -20 * way * max(0.0, 10 - at_s) * figure.pixels.shape[0] / 80
        yield at_s, empty if at_s < 6 else posed(empty, figure, turned * -way, round(walked))


def bending(empty: Rgb, figure: Figure, fps: float = 5.0) -> Iterator[Timed]:
    """Sways to 40 degrees and back every four seconds: no fall."""
    for number in range(round(18 * fps)):
        at_s = number / fps
        turned = 40.0 * float(np.sin(np.pi * at_s / 4) ** 2)
        yield at_s, empty if at_s < 6 else posed(empty, figure, turned, 0)


def posed(empty: Rgb, figure: Figure, turned_deg: float, shift: int) -> Rgb:
    """The figure on the empty square, turned around its foot, its lowest point on the ground."""
    pixels = Image.fromarray(figure.pixels).rotate(turned_deg, expand=True, resample=Image.Resampling.BILINEAR)
    mask = Image.fromarray(figure.mask).rotate(turned_deg, expand=True, resample=Image.Resampling.BILINEAR)
    canvas = Image.fromarray(empty)
    x, y = figure.foot
    canvas.paste(pixels, (x - pixels.width // 2 + shift, y - pixels.height), mask)
    return np.asarray(canvas, np.uint8)
