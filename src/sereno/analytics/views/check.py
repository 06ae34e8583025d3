"""Is the picture still what this camera is there for? Sharpness, exposure, covered, moved. Pure, on small pictures.

Everything is compared with the camera's own reference picture, so that a night, another lens or a plain wall is judged
by itself. Edges are compared by their direction, which light, gain and weather leave as it is; what moves through the
scene changes few blocks and is outvoted by the others. ``bench view`` measures the limits below.
Source: orientation correlation after Fitch, Kadyrov, Christmas and Kittler, BMVC 2002.
"""

from dataclasses import dataclass, replace
from math import hypot

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import fft, ndimage

from sereno.analytics.model import ViewFault, ViewFigures

Luma = NDArray[np.uint8]
Plane = NDArray[np.float32]

WIDTH = 320
_BLOCK = 16
_TEXTURE = 5.0
"""Deviation of brightness in a block that has something to compare."""
_FEWEST_BLOCKS = 12
_EDGE_SHARE = 70
"""Percentile of the gradient above which a pixel is an edge."""
_DARK, _BRIGHT = 26, 245
_DARK_SHARE, _BRIGHT_SHARE = 0.92, 0.60
_UNSHARP = 0.50
"""Of the reference's fineness: a blur of about 0.4 % of the picture's width."""
_LOST_TEXTURE, _ALIKE = 0.30, 0.30
_COVERED, _VEILED = 0.45, 0.60
_VEIL_MEAN = 60.0
"""Below this brightness, faint texture is a night and no veil."""
_LEAST_SHIFT = 0.02
"""In picture widths; poles shake, and this is what zones drawn on the picture can bear."""
_CLEAR_PEAK, _LEADS = 8.0, 1.5
_NOWHERE_PEAK, _NOWHERE_HERE = 10.0, 7.5
"""In deviations of the correlation: below both, the view agrees with the reference nowhere."""
_STILL_SHARP, _STILL_TEXTURED = 0.6, 0.6


@dataclass(frozen=True, slots=True)
class Reference:
    """What the camera should show, with what each look needs of it. Shapes: (h, w), in blocks (h / 16, w / 16)."""

    luma: Luma
    blocks: Plane
    texture: Plane
    fineness: Plane
    edges: NDArray[np.complex64]

    @property
    def comparable(self) -> NDArray[np.bool_]:
        """The blocks where there is something to compare."""
        return self.texture > _TEXTURE


@dataclass(frozen=True, slots=True)
class ViewLook:
    figures: ViewFigures
    faults: frozenset[ViewFault]


@dataclass(frozen=True, slots=True)
class _Seen:
    blocks: Plane
    texture: Plane
    fineness: Plane


@dataclass(frozen=True, slots=True)
class _Agreement:
    """Of edge directions; ``here`` and ``peak`` in deviations of the whole correlation, ``shift`` in picture widths."""

    here: float
    peak: float
    shift: float


def small(luma: Luma) -> Luma:
    """The picture 320 wide, by averaging."""
    height, width = luma.shape
    size = (WIDTH, max(2 * _BLOCK, round(height * WIDTH / width)))
    return np.asarray(Image.fromarray(np.ascontiguousarray(luma)).resize(size, Image.Resampling.BOX))


def reference_of(picture: Luma) -> Reference:
    """``picture`` as ``small`` gives it."""
    plane = picture.astype(np.float32)
    seen = _seen(plane)
    return Reference(picture, seen.blocks, seen.texture, seen.fineness, _edges(plane))


def fit_for_reference(picture: Luma) -> bool:
    """Whether this picture shows enough, in good light, to compare others with."""
    plane = picture.astype(np.float32)
    dark, bright = float((plane < _DARK).mean()), float((plane > _BRIGHT).mean())
    textured = int((_seen(plane).texture > _TEXTURE).sum())
    return 50 <= float(plane.mean()) <= 205 and dark < 0.3 and bright < 0.2 and textured >= 2 * _FEWEST_BLOCKS


def look(picture: Luma, reference: Reference | None) -> ViewLook:
    """What is wrong with this picture by itself, and against the reference."""
    plane = picture.astype(np.float32)
    figures = ViewFigures(
        mean=round(float(plane.mean()), 1),
        dark_share=round(float((plane < _DARK).mean()), 3),
        bright_share=round(float((plane > _BRIGHT).mean()), 3),
    )
    if figures.dark_share >= _DARK_SHARE:
        return ViewLook(figures, frozenset({ViewFault.DARK}))
    if figures.bright_share >= _BRIGHT_SHARE:
        return ViewLook(figures, frozenset({ViewFault.BRIGHT}))
    if reference is None or reference.luma.shape != picture.shape:
        return ViewLook(figures, frozenset())
    if int(reference.comparable.sum()) < _FEWEST_BLOCKS:
        return ViewLook(figures, frozenset())
    return _compared(plane, reference, figures)


def _compared(plane: Plane, reference: Reference, figures: ViewFigures) -> ViewLook:
    seen, there = _seen(plane), reference.comparable
    faint = seen.texture < _LOST_TEXTURE * reference.texture
    lost = float((faint & (_likeness(seen.blocks, reference.blocks) < _ALIKE))[there].mean())
    both = there & (seen.texture > _TEXTURE)
    sharpness: float | None = None
    if int(both.sum()) >= _FEWEST_BLOCKS:
        sharpness = float(np.median((seen.fineness / np.maximum(reference.fineness, 1e-6))[both]))
    blurred = sharpness is not None and sharpness < _UNSHARP
    veiled = figures.mean >= _VEIL_MEAN and not blurred and float(faint[there].mean()) >= _VEILED
    figures = replace(figures, lost_share=round(lost, 3), sharpness=None if sharpness is None else round(sharpness, 3))
    if lost >= _COVERED or veiled:
        return ViewLook(replace(figures, sharpness=None), frozenset({ViewFault.COVERED}))
    agreement = _agreement(_edges(plane), reference.edges)
    if agreement.shift >= _LEAST_SHIFT and agreement.peak >= max(_CLEAR_PEAK, _LEADS * agreement.here):
        shifted = replace(figures, shift=round(agreement.shift, 3), sharpness=None)
        return ViewLook(shifted, frozenset({ViewFault.MOVED}))
    if blurred:
        return ViewLook(figures, frozenset({ViewFault.UNSHARP}))
    textured = float((seen.texture > _TEXTURE).sum()) >= _STILL_TEXTURED * float(there.sum())
    nowhere = agreement.peak < _NOWHERE_PEAK and agreement.here < _NOWHERE_HERE
    if nowhere and textured and sharpness is not None and sharpness >= _STILL_SHARP:
        return ViewLook(replace(figures, sharpness=None), frozenset({ViewFault.MOVED}))
    return ViewLook(figures if nowhere else replace(figures, shift=0.0), frozenset())


def _seen(plane: Plane) -> _Seen:
    """Texture is the deviation in a block, fineness how much of it is fine: neither light nor gain changes that."""
    blocks = _in_blocks(plane)
    texture = blocks.std(axis=-1)
    edges = _in_blocks(ndimage.laplace(ndimage.gaussian_filter(plane, 0.7)))
    return _Seen(blocks, texture, edges.std(axis=-1) / np.maximum(texture, 1.0))


def _in_blocks(plane: Plane) -> Plane:
    """(rows, columns, 256): what does not fill a block is left out."""
    rows, columns = plane.shape[0] // _BLOCK, plane.shape[1] // _BLOCK
    cut = plane[: rows * _BLOCK, : columns * _BLOCK].reshape(rows, _BLOCK, columns, _BLOCK)
    return cut.transpose(0, 2, 1, 3).reshape(rows, columns, -1)


def _likeness(blocks: Plane, others: Plane) -> Plane:
    """Normalised correlation of each block, -1..1."""
    one = blocks - blocks.mean(axis=-1, keepdims=True)
    other = others - others.mean(axis=-1, keepdims=True)
    size = np.sqrt((one**2).sum(axis=-1) * (other**2).sum(axis=-1))
    return np.asarray((one * other).sum(axis=-1) / np.maximum(size, 50.0), np.float32)


def _edges(plane: Plane) -> NDArray[np.complex64]:
    """Unit numbers at the strongest edges, with twice the angle: light and dark may change places."""
    smooth = ndimage.gaussian_filter(plane, 1.0)
    gradient = ndimage.sobel(smooth, 1) / 8 + 1j * ndimage.sobel(smooth, 0) / 8
    size = np.abs(gradient)
    floor = max(1.0, 0.6 * float(np.median(size)) + 1.0, float(np.percentile(size, _EDGE_SHARE)))
    unit = np.where(size > floor, gradient / np.maximum(size, 1e-6), 0)
    return (unit * unit).astype(np.complex64)


def _agreement(edges: NDArray[np.complex64], reference: NDArray[np.complex64]) -> _Agreement:
    found = np.real(fft.ifft2(fft.fft2(edges) * np.conj(fft.fft2(reference))))
    deviation = max(float(found.std()), 1e-6)
    here = max(float(found[dy, dx]) for dy in (-1, 0, 1) for dx in (-1, 0, 1))
    height, width = found.shape
    y, x = np.unravel_index(int(np.argmax(found)), found.shape)
    dy, dx = (int(y) + height // 2) % height - height // 2, (int(x) + width // 2) % width - width // 2
    return _Agreement(here / deviation, float(found.max()) / deviation, hypot(dx, dy) / width)
