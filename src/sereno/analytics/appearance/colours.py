"""What colour words the pixels of a thing add up to. Pure.

A pixel is named by its place in CIELAB, after the scene's light is partly taken out of it; a region by what most of
its pixels are called, those weighted most that the background does not show. Where the light tells no colour there is
no word.

Source: CIE 15 (CIELAB, D65); shades of grey: Finlayson and Trezzi, "Shades of gray and colour constancy", CIC 2004.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from sereno.analytics.appearance.crops import Crop, part_of
from sereno.analytics.detectors.port import Frame
from sereno.analytics.model import Colour
from sereno.core.geometry import Box

COLOURS = tuple(Colour)
_INDEX = {colour: i for i, colour in enumerate(COLOURS)}

_UPPER = Box(0.24, 0.19, 0.76, 0.46)
_LOWER = Box(0.26, 0.54, 0.74, 0.86)
_BODY = Box(0.1, 0.3, 0.9, 0.78)
"""Where on the box of a person the clothes are, and on that of a vehicle the paint."""
_LEAST_HEIGHT_PX = 32
"""Of a person's or vehicle's crop; what is smaller is told no colour."""
_LEAST_WIDTH_PX = 12

_INFRARED_CHROMA = 9.0
"""A picture whose 95th percentile of max - min of the channels is lower has no colour: infrared, or a grey camera."""
_DARK_LUMA = 38.0
"""A picture whose bright parts (90th percentile) are darker shows noise rather than colour."""
_NORM = 6
_LIGHT_SHARE = 0.8
"""How much of the estimated tint of the light is taken out; all of it would turn a red wall's scene green."""
_LARGEST_GAIN = 3.0
_WHITE = 215.0

_LEAST_SHARE = 0.34
_LEAST_LEAD = 1.15
"""A word needs this share of the votes, and so many times those of the next."""
_CHROMATIC_LEAD = 0.22
"""Share of a vehicle's body that must have one colour: windows, shine and tyres are grey on cars of any paint."""
_PAINT = frozenset(COLOURS) - {Colour.BLACK, Colour.GREY, Colour.WHITE}

Lab = NDArray[np.float32]
Votes = NDArray[np.float32]
"""(11,) share of each word of ``COLOURS``; sums to 1, or all zero."""


@dataclass(frozen=True, slots=True)
class Light:
    """The light of a scene. ``gains`` are for the channels (3,); None: this light shows no colours."""

    gains: NDArray[np.float32]


def light_of(small: Frame) -> Light | None:
    """From the whole picture, shrunk to a few hundred pixels."""
    pixels = small.reshape(-1, 3).astype(np.float32)
    chroma = pixels.max(axis=1) - pixels.min(axis=1)
    bright = float(np.percentile(pixels.mean(axis=1), 90))
    if bright < _DARK_LUMA or float(np.percentile(chroma, 95)) < _INFRARED_CHROMA:
        return None
    unsaturated = pixels[pixels.max(axis=1) < 250]
    seen = unsaturated if len(unsaturated) > 16 else pixels
    tint = (seen**_NORM).mean(axis=0) ** (1 / _NORM)
    neutral = (tint.mean() / np.maximum(tint, 1.0)) ** _LIGHT_SHARE
    gain = float(np.clip(_WHITE / max(1.0, bright), 1.0, _LARGEST_GAIN))
    return Light((neutral * gain).astype(np.float32))


def upper_votes(crop: Crop, light: Light) -> Votes | None:
    """Of a person's clothing above the belt; None when the crop is too small."""
    return _region_votes(crop, _UPPER, light)


def lower_votes(crop: Crop, light: Light) -> Votes | None:
    return _region_votes(crop, _LOWER, light)


def body_votes(crop: Crop, light: Light) -> Votes | None:
    """Of a vehicle's paint."""
    votes = _region_votes(crop, _BODY, light)
    return None if votes is None else painted(votes)


def painted(votes: Votes) -> Votes:
    """Without black, grey and white where there is enough of a colour."""
    paint = np.array([colour in _PAINT for colour in COLOURS])
    coloured = np.where(paint, votes, 0)
    if coloured.max() < _CHROMATIC_LEAD:
        return votes
    return np.asarray(coloured / coloured.sum(), np.float32)


def told(votes: Votes) -> Colour | None:
    """The word for these votes; None when none leads clearly."""
    order = np.argsort(votes)[::-1]
    first, second = float(votes[order[0]]), float(votes[order[1]])
    if first < _LEAST_SHARE or first < _LEAST_LEAD * second:
        return None
    return COLOURS[int(order[0])]


@dataclass(slots=True)
class ColourVotes:
    """The looks at one region of a track, the better ones weighing more."""

    total: Votes = field(default_factory=lambda: np.zeros(len(COLOURS), np.float32))

    def add(self, votes: Votes | None, quality: float) -> None:
        if votes is not None:
            self.total = (self.total + votes * quality**2).astype(np.float32)

    @property
    def told(self) -> Colour | None:
        weight = float(self.total.sum())
        return told((self.total / weight).astype(np.float32)) if weight > 0 else None


def _region_votes(crop: Crop, region: Box, light: Light) -> Votes | None:
    thing = crop.tight()
    if thing.shape[0] < _LEAST_HEIGHT_PX or thing.shape[1] < _LEAST_WIDTH_PX:
        return None
    part = _calm(part_of(thing, region))
    weights = _centre(part.shape[:2]) * _foreground(part, _surround(crop))
    words = named(lit(part.reshape(-1, 3), light))
    votes = np.bincount(words, weights=weights.reshape(-1), minlength=len(COLOURS))
    return np.asarray(votes / max(1e-9, float(votes.sum())), np.float32)


def _calm(pixels: Frame) -> Frame:
    """Without the sensor's noise: each pixel the mean of its 3 x 3 neighbours."""
    return np.asarray(ndimage.uniform_filter(pixels, size=(3, 3, 1), mode="nearest"), np.uint8)


def lit(pixels: Frame, light: Light) -> NDArray[np.float32]:
    """(n, 3) float32 0..255 as they would look in even light."""
    return np.asarray(np.minimum(255.0, pixels * light.gains), np.float32)


def _centre(size: tuple[int, int]) -> NDArray[np.float32]:
    """(H, W) weights, more in the middle of each row, where background is rare."""
    x = np.linspace(-1, 1, size[1], dtype=np.float32)
    return np.broadcast_to(np.exp(-1.2 * x * x), size).astype(np.float32)


def _surround(crop: Crop) -> Frame:
    """(n, 3): pixels beside the thing, left and right of it, from its head to its knees."""
    height, width = crop.pixels.shape[:2]
    left, right = round(crop.inner.left * width) + 1, round(crop.inner.right * width) - 1
    rows = slice(int(height * 0.1), max(int(height * 0.1) + 1, int(height * 0.8)))
    sides = (crop.pixels[rows, : max(1, left)], crop.pixels[rows, min(width - 1, right) :])
    return np.concatenate([side.reshape(-1, 3) for side in sides])


def _foreground(part: Frame, around: Frame) -> NDArray[np.float32]:
    """(H, W) 0.1..1: how much more often a pixel's colour is found inside than beside the thing."""
    inside = _cells(part.reshape(-1, 3))
    own = np.bincount(inside, minlength=512) / len(inside)
    beside = np.bincount(_cells(around), minlength=512) / len(around)
    share = own / np.maximum(1e-9, own + beside)
    weights = np.maximum(0.1, share[inside]).astype(np.float32)
    return weights.reshape(part.shape[:2])


def _cells(pixels: Frame) -> NDArray[np.intp]:
    coarse = (pixels >> 5).astype(np.intp)
    return coarse[:, 0] * 64 + coarse[:, 1] * 8 + coarse[:, 2]


def named(pixels: NDArray[np.float32]) -> NDArray[np.intp]:
    """(n,) index into ``COLOURS`` of each of the (n, 3) RGB pixels, 0..255."""
    lab = to_lab(pixels)
    light, chroma = lab[:, 0], np.hypot(lab[:, 1], lab[:, 2])
    hue = np.degrees(np.arctan2(lab[:, 2], lab[:, 1])) % 360
    words = np.full(len(pixels), _INDEX[Colour.RED], np.intp)
    for colour, chosen in _hues(light, chroma, hue).items():
        words[chosen] = _INDEX[colour]
    # Dark and pale pixels need less chroma to look coloured than mid-grey ones of the same noise.
    plain = chroma < np.interp(light, (0, 20, 50, 85, 100), (14, 12, 11, 9, 8))
    words[plain & (light < 30)] = _INDEX[Colour.BLACK]
    words[plain & (light >= 30) & (light < 74)] = _INDEX[Colour.GREY]
    words[plain & (light >= 74)] = _INDEX[Colour.WHITE]
    words[light < 12] = _INDEX[Colour.BLACK]
    return words


def _hues(
    light: NDArray[np.float32], chroma: NDArray[np.float32], hue: NDArray[np.float32]
) -> Mapping[Colour, NDArray[np.bool_]]:
    """Where each hue's word holds; degrees of CIELAB. Red is what is left."""
    reddish = (hue >= 340) | (hue < 48)
    warm = (hue >= 48) & (hue < 84)
    yellowish = (hue >= 84) & (hue < 114)
    return {
        Colour.PINK: reddish & ((light > 58) & (chroma < 52) | (hue >= 340) & (light > 42)),
        Colour.ORANGE: warm & (light >= 48) & (chroma >= 38),
        Colour.BROWN: warm & ((light < 48) | (chroma < 38)) | yellowish & (light < 58) & (chroma < 45),
        Colour.YELLOW: yellowish & ((light >= 58) | (chroma >= 45)),
        Colour.GREEN: (hue >= 114) & (hue < 195),
        Colour.BLUE: (hue >= 195) & (hue < 304),
        Colour.PURPLE: (hue >= 304) & (hue < 340) | (hue >= 340) & (light <= 42) & (chroma < 30),
    }


_RGB_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]],
    np.float32,
)
_D65 = np.array([0.95047, 1.0, 1.08883], np.float32)


def to_lab(pixels: NDArray[np.float32]) -> Lab:
    """(n, 3) CIELAB of sRGB pixels 0..255."""
    values = pixels / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    xyz = linear @ _RGB_TO_XYZ.T / _D65
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    lab = np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)
    return lab.astype(np.float32)
