"""Synthetic number plates: text in a country's series, drawn on a plate and photographed by a poor camera.

Everything is invented: no photograph, no plate of anybody. Grey pictures, 0..255.
"""

import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from sereno.analytics.plates.patterns import ALPHABET, PATTERNS

HEIGHT, WIDTH = 40, 160
STEPS = WIDTH // 4
IGNORED, BLANK = -1, 0

Grey = NDArray[np.uint8]
Random = np.random.Generator

_LETTERS, _DIGITS = ALPHABET[10:], ALPHABET[:10]
_COUNTRY_WEIGHTS = {"AR": 6.0, "BR": 4.0, "CL": 2.0, "CO": 2.0, "MX": 2.0, "PE": 2.0}
_FREE_SHARE = 0.2
"""Plates of no pattern, so that the network learns signs and not only series."""
_SMALL_PRINT = (
    "REPUBLICA ARGENTINA",
    "BRASIL",
    "MERCOSUR",
    "URUGUAY",
    "PARAGUAY",
    "CHILE",
    "COLOMBIA",
    "MEXICO",
    "PERU",
    "ESTADO - MUNICIPIO",
    "TRANSPORTE",
    "STATE OF NOWHERE",
    "www.example.org",
    "BOGOTA D.C.",
)


@dataclass(frozen=True)
class Sample:
    """``picture`` (HEIGHT, WIDTH) uint8; ``columns`` (STEPS,): a sign's number, BLANK or IGNORED at each step."""

    picture: Grey
    text: str
    columns: NDArray[np.int64]


def sample(random: Random, fonts: tuple[Path, ...]) -> Sample:
    text, upper = _text(random)
    picture, centres = photographed(random, fonts, text, upper)
    small = np.asarray(Image.fromarray(picture).resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR))
    return Sample(_compressed(random, small), text, _columns(text, centres))


def photographed(random: Random, fonts: tuple[Path, ...], text: str, upper: int) -> tuple[Grey, NDArray[np.float64]]:
    """A plate's text in one line as a camera shows it, and where its signs stand as shares of the width."""
    font = fonts[random.integers(len(fonts))]
    dark_ground = random.random() < 0.3
    tones = _tones(random, dark_ground)
    lines = [text[:upper], text[upper:]] if upper else [text]
    parts = [_tilted(random, *_drawn(random, line, font, tones)) for line in lines]
    wide = [max(8, int(part.width * 60 / part.height)) for part, _ in parts]
    joined = Image.new("L", (sum(wide), 60))
    centres = np.empty(0)
    for i, (part, places) in enumerate(parts):
        joined.paste(part.resize((wide[i], 60)), (sum(wide[:i]), 0))
        centres = np.append(centres, (sum(wide[:i]) + places * wide[i]) / sum(wide))
    return _worn(random, joined), centres


def again(random: Random, picture: Grey) -> Grey:
    """The same picture under other light, noise and cut: cheap variety."""
    dx, dy = random.integers(-2, 3), random.integers(-2, 3)
    moved = np.roll(picture, (dy, dx), (0, 1)).astype(np.float32)
    moved = (moved - 128) * random.uniform(0.5, 1.3) + 128 + random.uniform(-40, 40)
    return np.clip(moved + random.normal(0, random.uniform(0, 8), moved.shape), 0, 255).astype(np.uint8)


def _text(random: Random) -> tuple[str, int]:
    """A text, and how many of its signs stand on the upper of two lines (0: one line)."""
    if random.random() < _FREE_SHARE:
        length = int(random.integers(4, 9))
        return "".join(random.choice(list(ALPHABET), length)), int(random.random() < 0.15) * (length // 2)
    weights = np.array([p.share * _COUNTRY_WEIGHTS.get(p.country, 1.0) for p in PATTERNS])
    pattern = PATTERNS[random.choice(len(PATTERNS), p=weights / weights.sum())]
    signs = {"L": _LETTERS, "D": _DIGITS, "X": ALPHABET}
    return "".join(signs[kind][random.integers(len(signs[kind]))] for kind in pattern.shape), pattern.upper


def _tones(random: Random, dark_ground: bool) -> tuple[float, float]:
    """Of ground and ink."""
    if dark_ground:
        return random.uniform(15, 90), random.uniform(130, 240)
    return random.uniform(130, 245), random.uniform(5, 90)


def _drawn(
    random: Random, text: str, font: Path, tones: tuple[float, float]
) -> tuple[Image.Image, NDArray[np.float64]]:
    high, (ground, ink) = 72, tones
    face = _face(font, 60)
    stretch = round(random.uniform(0.8, 1.45), 1)
    bold = int(random.random() < 0.4)
    gap, pause = random.uniform(1, 9), random.uniform(8, 34)
    breaks = _breaks(random, text)
    x, tiles = random.uniform(6, 26), []
    for i, sign in enumerate(text):
        tile = _tile(face, sign, high, bold, stretch)
        tiles.append((x, tile))
        x += tile.width + gap + (pause if i + 1 in breaks else 0)
    wide = int(x + random.uniform(4, 24))
    top, bottom = int(random.uniform(0, 30) if random.random() < 0.6 else 4), int(random.uniform(2, 14))
    image = Image.new("L", (wide, high + top + bottom), int(ground))
    pen = ImageDraw.Draw(image)
    _decorated(random, pen, image.size, top, (ground, ink))
    for left, tile in tiles:
        image.paste(int(ink), (int(left), top), tile)
    if breaks and random.random() < 0.35:
        left, tile = tiles[min(breaks)]
        r = random.uniform(2, 8)
        middle = left - gap / 2 - pause / 2, top + high * random.uniform(0.3, 0.7)
        mark = pen.ellipse if random.random() < 0.5 else pen.rectangle
        mark((middle[0] - r, middle[1] - r, middle[0] + r, middle[1] + r), fill=int(ink))
    return image, np.array([(left + tile.width / 2) for left, tile in tiles])


def _decorated(
    random: Random, pen: ImageDraw.ImageDraw, size: tuple[int, int], top: int, tones: tuple[float, float]
) -> None:
    """The band with the country's name, the frame, bolts."""
    wide, high = size
    ground, ink = tones
    if top > 9:
        band = ink if random.random() < 0.5 else ground
        pen.rectangle((0, 0, wide, top - 2), fill=int(band))
        words = str(random.choice(_SMALL_PRINT))
        pen.text(
            (wide * random.uniform(0.05, 0.4), 0),
            words,
            font=_face(_PLAIN[0], max(6, top - 5)),
            fill=int(ground if band == ink else ink),
        )
    if random.random() < 0.5:
        pen.rectangle((1, 1, wide - 2, high - 2), outline=int(ink), width=int(random.integers(1, 5)))
    if random.random() < 0.4:
        for x in (wide * 0.25, wide * 0.75):
            y, r = random.choice((6, high - 7)), random.uniform(2, 4)
            pen.ellipse((x - r, y - r, x + r, y + r), fill=int(random.uniform(0, 255)))


def _framed(
    random: Random, plate: Image.Image, centres: NDArray[np.float64]
) -> tuple[Image.Image, NDArray[np.float64]]:
    """Within a holder or a painted border of another tone, with bolts and small print."""
    left, top, right, bottom = (int(side) for side in random.uniform(2, 22, 4))
    size = plate.width + left + right, plate.height + top + bottom
    tone = random.uniform(0, 255)
    frame = Image.new("L", size, int(tone))
    pen = ImageDraw.Draw(frame)
    other = 255 - tone if abs(tone - 128) > 40 else 255
    if top > 10:
        words = str(random.choice(_SMALL_PRINT))
        pen.text((size[0] * random.uniform(0.05, 0.5), 0), words, font=_face(_PLAIN[0], top - 3), fill=int(other))
    for x in random.uniform(0, size[0], random.integers(0, 5)):
        y, r = random.choice((top / 2, size[1] - bottom / 2)), random.uniform(2, 6)
        pen.ellipse((x - r, y - r, x + r, y + r), fill=int(random.uniform(0, 255)))
    frame.paste(plate, (left, top))
    return frame, centres + left


def _breaks(random: Random, text: str) -> set[int]:
    kinds = [c.isdigit() for c in text]
    changes = {i for i in range(1, len(text)) if kinds[i] != kinds[i - 1]}
    return changes if changes and random.random() < 0.75 else {len(text) // 2} if random.random() < 0.3 else set()


def _tilted(
    random: Random, plate: Image.Image, centres: NDArray[np.float64]
) -> tuple[Image.Image, NDArray[np.float64]]:
    """Framed, turned, sheared and cut as loosely as a detector cuts."""
    if random.random() < 0.4:
        plate, centres = _framed(random, plate, centres)
    wide, high = plate.size
    margin = random.uniform(-0.06, random.choice((0.14, 0.35)), 4) * high
    left, top, right, bottom = -margin[0], -margin[1], wide + margin[2], high + margin[3]
    tilt, shear = random.normal(0, 0.06), random.normal(0, 0.14)
    squeeze = random.normal(0, 0.06)
    centre_x, centre_y = wide / 2, high / 2

    def back(x: float, y: float) -> tuple[float, float]:
        """Where on the plate a corner of the cut lies."""
        u, v = x - centre_x, (y - centre_y) * (1 + squeeze * (x - centre_x) / wide)
        return centre_x + u + shear * v, centre_y + v + tilt * u

    corners = [back(x, y) for x, y in ((left, top), (left, bottom), (right, bottom), (right, top))]
    out = int(right - left), int(bottom - top)
    around = Image.new("L", (wide + 80, high + 80), int(random.uniform(0, 255)))
    around.paste(plate, (40, 40))
    quad = [value + 40 for corner in corners for value in corner]
    seen = around.transform(out, Image.Transform.QUAD, quad, Image.Resampling.BILINEAR)
    middle_left, middle_right = (corners[0][0] + corners[1][0]) / 2, (corners[2][0] + corners[3][0]) / 2
    return seen, (centres - middle_left) / (middle_right - middle_left)


def _worn(random: Random, image: Image.Image) -> Grey:
    """Shadow, dirt, few pixels, blur, movement and noise."""
    pixels = np.asarray(image, np.float32)
    high, wide = pixels.shape
    if random.random() < 0.4:
        slope = random.uniform(-1, 1, 2)
        y, x = np.mgrid[0:high, 0:wide]
        side = slope[0] * (x / wide - random.uniform(0.1, 0.9)) + slope[1] * (y / high - random.uniform(0.1, 0.9))
        soft = 1 / (1 + np.exp(-side * random.choice((3, 40))))
        pixels = pixels * (1 - random.uniform(0.1, 0.65) * soft)
    for _ in range(random.poisson(0.4)):
        x, y, r = random.integers(wide), random.integers(high), int(random.integers(2, 9))
        pixels[max(0, y - r) : y + r, max(0, x - r) : x + r] *= random.uniform(0.4, 1.4)
    width = int(np.exp(random.uniform(np.log(44), np.log(200))))
    size = width, max(9, int(width * high / wide))
    image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).resize(size, Image.Resampling.BOX)
    if random.random() < 0.6:
        image = image.filter(ImageFilter.GaussianBlur(abs(random.normal(0, 0.008)) * width))
    pixels = np.asarray(image, np.float32)
    if random.random() < 0.3:
        length = int(random.integers(2, max(3, width // 26)))
        pixels = np.stack([np.roll(pixels, i, axis=1) for i in range(length)]).mean(axis=0)
    dark = random.random() < 0.35
    gain, lift = (
        (random.uniform(0.2, 0.7), random.uniform(0, 40))
        if dark
        else (random.uniform(0.6, 1.6), random.uniform(-50, 40))
    )
    pixels = 255 * (np.clip(pixels * gain + lift, 0, 255) / 255) ** random.uniform(0.6, 1.6)
    pixels += random.normal(0, abs(random.normal(0, 5 if dark else 9)), pixels.shape)
    return np.clip(pixels, 0, 255).astype(np.uint8)


def _compressed(random: Random, picture: Grey) -> Grey:
    if random.random() < 0.4:
        return picture
    memory = io.BytesIO()
    Image.fromarray(picture).save(memory, "JPEG", quality=int(random.integers(15, 85)))
    return np.asarray(Image.open(memory), np.uint8)


def _columns(text: str, centres: NDArray[np.float64]) -> NDArray[np.int64]:
    places = np.clip((centres * STEPS).astype(int), 0, STEPS - 1)
    columns = np.full(STEPS, IGNORED)
    between = (places[1:] + places[:-1]) // 2
    columns[between] = BLANK
    pitch = max(2, int(np.median(np.diff(places)))) if len(places) > 1 else 2
    columns[: max(0, places[0] - pitch)] = BLANK
    columns[places[-1] + pitch :] = BLANK
    columns[places] = [ALPHABET.index(sign) + 1 for sign in text]
    return columns


@lru_cache(maxsize=4096)
def _tile(face: ImageFont.FreeTypeFont, sign: str, high: int, bold: int, stretch: float) -> Image.Image:
    left, top, right, bottom = face.getbbox(sign, stroke_width=bold)
    mask = Image.new("L", (int(right - left) + 2, int(bottom - top) + 2), 0)
    ImageDraw.Draw(mask).text((1 - left, 1 - top), sign, font=face, fill=255, stroke_width=bold)
    return mask.resize((max(6, int(mask.width * stretch * high / mask.height * 0.8)), high), Image.Resampling.BILINEAR)


@lru_cache(maxsize=512)
def _face(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), size)


_PLAIN: list[Path] = []


def font_files(folder: Path, weights: tuple[int, ...] = (500, 600, 700)) -> tuple[Path, ...]:
    """The upright Latin cuts of medium weight under ``folder`` (node_modules/@fontsource)."""
    found = sorted(
        path
        for path in folder.glob("*/files/*-latin-*-normal.woff")
        if "latin-ext" not in path.stem and (_weight(path) in weights or path.parts[-3] in _ONE_CUT)
    )
    _PLAIN[:] = found[:1]
    return tuple(found)


_ONE_CUT = frozenset({"share-tech", "share-tech-mono", "fjalla-one", "pathway-gothic-one", "b612-mono"})


def _weight(path: Path) -> int:
    return int(path.stem.split("-")[-2])
