"""Appearance without a trained model: soft colour histograms of horizontal stripes, and their texture.

Nothing in it was learned from anybody's pictures. Stripes keep top and trousers apart and forgive a person turning
round; smoothed bins compare near colours; square roots make the dot product a Bhattacharyya coefficient.

Source: Liao et al., "Person re-identification by local maximal occurrence", CVPR 2015, for stripes and maximal
occurrence; Jobson et al., "Properties and performance of a center/surround retinex", IEEE TIP 1997.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from sereno.analytics.appearance.colours import to_lab
from sereno.analytics.appearance.embedder import Vectors, unit_rows
from sereno.analytics.detectors.port import Frame

_SIZE = 48, 128
"""(width, height) at which crops are compared."""
_STRIPES = 12
_CHROMA_BINS, _CHROMA_REACH = 10, 60.0
_LIGHT_BINS = 8
_RETINEX_SHARE = 0.5


class ColourStripes:
    """An ``Embedder`` for whatever has no better one."""

    name = "colour-stripes-1"
    dimension = _STRIPES * (_CHROMA_BINS * _CHROMA_BINS + 2 * _LIGHT_BINS)

    def embed(self, crops: Sequence[Frame]) -> Vectors:
        if not crops:
            return np.zeros((0, self.dimension), np.float32)
        return unit_rows(np.stack([_described(crop) for crop in crops]))


def _described(crop: Frame) -> NDArray[np.float32]:
    pixels = np.asarray(Image.fromarray(crop).resize(_SIZE, Image.Resampling.BILINEAR))
    lab = to_lab(_evened(pixels).reshape(-1, 3)).reshape(*pixels.shape)
    weights = _body(pixels.shape[:2])
    parts = []
    height = pixels.shape[0] // _STRIPES
    for stripe in range(_STRIPES):
        rows = slice(max(0, stripe * height - height // 2), (stripe + 1) * height + height // 2)
        parts.append(_histograms(lab[rows].reshape(-1, 3), weights[rows].reshape(-1)))
    return np.concatenate(parts).astype(np.float32)


def _evened(pixels: Frame) -> NDArray[np.float32]:
    """Cameras differ in exposure and tint: half of each channel's own level is taken out of it."""
    values = pixels.astype(np.float32)
    level = np.maximum(1.0, values.reshape(-1, 3).mean(axis=0))
    gains = (110.0 / level) ** _RETINEX_SHARE
    return np.asarray(np.minimum(255.0, values * gains), np.float32)


def _body(size: tuple[int, int]) -> NDArray[np.float32]:
    """(H, W) weights that leave out what stands beside a person."""
    y = np.linspace(0, 1, size[0], dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, size[1], dtype=np.float32)[None, :]
    half = np.where(y < 0.18, 0.3, 0.5)
    return np.asarray(np.exp(-((x / half) ** 2) / 2), np.float32)


def _histograms(lab: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    scaled = np.clip((lab[:, 1:] / _CHROMA_REACH + 1) / 2, 0, 1) * (_CHROMA_BINS - 1)
    chroma = _soft(scaled[:, 0], scaled[:, 1], weights)
    light = np.histogram(lab[:, 0], bins=_LIGHT_BINS, range=(0, 100), weights=weights)[0]
    plain = np.hypot(lab[:, 1], lab[:, 2]) < 10
    grey = np.histogram(lab[plain, 0], bins=_LIGHT_BINS, range=(0, 100), weights=weights[plain])[0]
    parts = (chroma, ndimage.gaussian_filter1d(light, 0.8), ndimage.gaussian_filter1d(grey, 0.8))
    return np.concatenate([np.sqrt(part.reshape(-1) / max(1e-9, weights.sum())) for part in parts])


def _soft(x: NDArray[np.floating], y: NDArray[np.floating], weights: NDArray[np.float32]) -> NDArray[np.float64]:
    """Bilinear votes, then smoothed: a colour at a bin's border counts for both."""
    bins = _CHROMA_BINS
    left, top = np.floor(x).astype(np.intp), np.floor(y).astype(np.intp)
    fx, fy = x - left, y - top
    total = np.zeros(bins * bins)
    for dx, wx in ((0, 1 - fx), (1, fx)):
        for dy, wy in ((0, 1 - fy), (1, fy)):
            cells = np.minimum(left + dx, bins - 1) * bins + np.minimum(top + dy, bins - 1)
            total += np.bincount(cells, weights=weights * wx * wy, minlength=bins * bins)
    return np.asarray(ndimage.gaussian_filter(total.reshape(bins, bins), 0.7))
