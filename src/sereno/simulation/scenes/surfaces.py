"""Painted surfaces: asphalt and pavements, house fronts, sky."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from sereno.simulation.scenes.mesh import Mesh, Rgb, Texture, as_bytes, quad, toned

GROUND_PX = 36
"""Pixels a metre of the ground."""
_FRONT_PX = 64


def _noise(shape: tuple[int, int], rng: np.random.Generator, scales: tuple[int, ...]) -> NDArray[np.float32]:
    """Unit-variance noise with grain at several sizes, in pixels."""
    total = np.zeros(shape, np.float32)
    for scale in scales:
        small = rng.normal(0, 1, (shape[0] // scale + 2, shape[1] // scale + 2)).astype(np.float32)
        grown = Image.fromarray(small).resize(
            (small.shape[1] * scale, small.shape[0] * scale), Image.Resampling.BICUBIC
        )
        total += np.asarray(grown)[: shape[0], : shape[1]]
    return total / np.float32(np.sqrt(len(scales)))


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle on the ground, metres."""

    x0: float
    y0: float
    x1: float
    y1: float


class Ground:
    """The ground of a scene as one picture; paint in metres, then ask for the mesh."""

    def __init__(self, area: Area, seed: int) -> None:
        self.area = area
        self._rng = np.random.default_rng(seed)
        self._size = (round((area.x1 - area.x0) * GROUND_PX), round((area.y1 - area.y0) * GROUND_PX))
        self._image = Image.new("RGB", self._size, (96, 96, 97))
        self._draw = ImageDraw.Draw(self._image)
        self._marks = Image.new("L", self._size, 0)
        self._mark = ImageDraw.Draw(self._marks)
        self._yellow = Image.new("L", self._size, 0)

    def _at(self, x: float, y: float) -> tuple[float, float]:
        return (x - self.area.x0) * GROUND_PX, (self.area.y1 - y) * GROUND_PX

    def _rectangle(self, area: Area) -> list[float]:
        left, top = self._at(area.x0, area.y1)
        right, bottom = self._at(area.x1, area.y0)
        return [left, top, right, bottom]

    def plain(self, area: Area, colour: Rgb) -> None:
        self._draw.rectangle(self._rectangle(area), fill=colour)

    def tiles(self, area: Area, side: float = 0.4, colour: Rgb = (150, 144, 134)) -> None:
        """A pavement of square tiles, no two quite alike."""
        self.plain(area, toned(colour, 0.8))
        for row in range(int((area.y1 - area.y0) / side) + 1):
            for column in range(int((area.x1 - area.x0) / side) + 1):
                x, y = area.x0 + column * side, area.y0 + row * side
                tone = float(self._rng.normal(1, 0.045))
                fill = toned(colour, tone)
                inner = Area(x + 0.012, y + 0.012, min(x + side, area.x1) - 0.012, min(y + side, area.y1) - 0.012)
                if inner.x1 > inner.x0 and inner.y1 > inner.y0:
                    self._draw.rectangle(self._rectangle(inner), fill=fill)

    def white(self, area: Area) -> None:
        """Road paint."""
        self._mark.rectangle(self._rectangle(area), fill=255)

    def yellow(self, area: Area) -> None:
        ImageDraw.Draw(self._yellow).rectangle(self._rectangle(area), fill=255)

    def crossing(self, area: Area, along_x: bool) -> None:
        """A zebra crossing; ``along_x``: people walk along x."""
        start, end = (area.y0, area.y1) if along_x else (area.x0, area.x1)
        at = start + 0.2
        while at + 0.5 < end:
            self.white(Area(area.x0, at, area.x1, at + 0.5) if along_x else Area(at, area.y0, at + 0.5, area.y1))
            at += 1.0

    def arrow(self, x: float, y: float, up: bool) -> None:
        """A direction arrow, 3 m long."""
        sign = 1.0 if up else -1.0
        shape = [(-0.1, -1.5), (0.1, -1.5), (0.1, 0.4), (0.38, 0.4), (0, 1.5), (-0.38, 0.4), (-0.1, 0.4)]
        self._mark.polygon([self._at(x + dx, y + sign * dy) for dx, dy in shape], fill=255)

    def word(self, text: str, x: float, y: float, height: float) -> None:
        """A word painted on the road, to be read by who drives along +y."""
        font = ImageFont.load_default(64)
        bounds = font.getbbox(text, stroke_width=4)
        glyph = Image.new("L", (int(bounds[2]) + 8, int(bounds[3]) + 8), 0)
        ImageDraw.Draw(glyph).text((4, 4), text, 255, font, stroke_width=4)
        width = glyph.width / glyph.height * height * 0.5
        glyph = glyph.resize((max(1, round(width * GROUND_PX)), round(height * GROUND_PX)))
        left, top = self._at(x - width / 2, y + height / 2)
        self._marks.paste(glyph, (round(left), round(top)), glyph)

    def mesh(self) -> Mesh:
        width, height = self._size
        grain = _noise((height, width), self._rng, (1, 2, 5))
        wear = _noise((height, width), self._rng, (24, 60, 150))
        base = np.asarray(self._image, np.float32) * (1 + 0.045 * grain + 0.05 * wear)[..., None]
        for layer, colour in ((self._marks, (214, 214, 208)), (self._yellow, (206, 168, 54))):
            soft = np.asarray(layer.filter(ImageFilter.GaussianBlur(0.8)), np.float32) / 255
            worn = (soft * np.clip(0.86 + 0.16 * wear + 0.12 * grain, 0.25, 0.97))[..., None]
            base = base * (1 - worn) + np.array(colour, np.float32) * worn
        self._stains(base)
        a = self.area
        corners = np.array([(a.x0, a.y0, 0), (a.x1, a.y0, 0), (a.x1, a.y1, 0), (a.x0, a.y1, 0)], np.float32)
        return quad(corners, np.clip(base, 0, 255).astype(np.uint8))

    def _stains(self, base: NDArray[np.float32]) -> None:
        """Oil, cracks and patches."""
        height, width = base.shape[:2]
        mask = Image.new("L", (width, height), 0)
        draw = ImageDraw.Draw(mask)
        for _ in range(26):
            x, y = self._rng.uniform(0, width), self._rng.uniform(0, height)
            r = self._rng.uniform(0.1, 0.7) * GROUND_PX
            draw.ellipse([x - r, y - r * 1.6, x + r, y + r * 1.6], fill=int(self._rng.uniform(20, 60)))
        for _ in range(14):
            x, y = self._rng.uniform(0, width), self._rng.uniform(0, height)
            line = [(x, y)]
            for _ in range(14):
                line.append((line[-1][0] + self._rng.normal(0, 16), line[-1][1] + self._rng.normal(7, 12)))
            draw.line(line, fill=105, width=2)
        shade = np.asarray(mask.filter(ImageFilter.GaussianBlur(2)), np.float32) / 255
        base *= (1 - 0.55 * shade)[..., None]


@dataclass(frozen=True, slots=True)
class Front:
    """A house front: metres, colours, and what it houses."""

    width: float
    height: float
    wall: Rgb
    floors: int = 1
    sign: str = ""
    sign_colour: Rgb = (30, 60, 110)
    shop: bool = False
    seed: int = 0


def front_texture(front: Front) -> Texture:
    rng = np.random.default_rng(front.seed)
    size = (round(front.width * _FRONT_PX), round(front.height * _FRONT_PX))
    image = Image.new("RGB", size, front.wall)
    draw = ImageDraw.Draw(image)

    def at(x: float, z: float) -> tuple[float, float]:
        return x * _FRONT_PX, (front.height - z) * _FRONT_PX

    dark = toned(front.wall, 0.72)
    draw.rectangle([*at(0, 0.55), *at(front.width, 0)], fill=dark)
    draw.rectangle([*at(0, front.height), *at(front.width, front.height - 0.22)], fill=dark)
    floor_height = front.height / max(1, front.floors)
    bays = max(1, int(front.width / 2.6))
    for floor in range(front.floors):
        for bay in range(bays):
            middle = (bay + 0.5) * front.width / bays
            sill = floor * floor_height
            if floor == 0 and front.shop:
                _shop_bay(draw, at, middle, front.width / bays, rng)
            elif floor == 0 and bay % 3 == 1:
                _door(draw, at, middle, rng)
            else:
                _window(draw, at, middle, sill, rng)
    if front.sign:
        _sign(draw, at, front, min(floor_height, 3.2))
    pixels = np.asarray(image, np.float32)
    stain = _noise((size[1], size[0]), rng, (2, 40, 120))
    rise = np.linspace(1.03, 0.9, size[1])[:, None]  # dirt gathers below
    pixels = pixels * (rise * (1 + 0.03 * stain))[..., None]
    return as_bytes(pixels)


_Place = Callable[[float, float], tuple[float, float]]


def _window(draw: ImageDraw.ImageDraw, at: _Place, middle: float, floor: float, rng: np.random.Generator) -> None:
    low, high, half = floor + 1.0, floor + 2.25, 0.55
    draw.rectangle([*at(middle - half - 0.08, high + 0.08), *at(middle + half + 0.08, low - 0.1)], fill=(205, 202, 195))
    draw.rectangle([*at(middle - half, high), *at(middle + half, low)], fill=(46, 56, 66))
    draw.polygon([at(middle - half, high), at(middle + 0.1, high), at(middle - half, low + 0.3)], fill=(92, 108, 122))
    blind = rng.uniform(0, 1)
    if blind > 0.35:
        bottom = high - (high - low) * min(1.0, blind)
        draw.rectangle([*at(middle - half, high), *at(middle + half, bottom)], fill=(170, 160, 142))
        for k in range(int((high - bottom) / 0.07)):
            z = high - 0.07 * k
            draw.line([at(middle - half, z), at(middle + half, z)], fill=(140, 130, 114), width=1)
    for k in range(9):
        x = middle - half + k * half / 4
        draw.line([at(x, high), at(x, low)], fill=(30, 30, 30), width=2)


def _door(draw: ImageDraw.ImageDraw, at: _Place, middle: float, rng: np.random.Generator) -> None:
    wood = [(92, 58, 36), (60, 74, 66), (96, 34, 30), (70, 70, 74)][int(rng.integers(4))]
    draw.rectangle([*at(middle - 0.55, 2.3), *at(middle + 0.55, 0)], fill=(190, 186, 178))
    draw.rectangle([*at(middle - 0.46, 2.2), *at(middle + 0.46, 0)], fill=wood)
    for low in (0.2, 1.2):
        panel = toned(wood, 0.8)
        draw.rectangle([*at(middle - 0.36, low + 0.85), *at(middle + 0.36, low)], fill=panel)
    draw.ellipse([*at(middle + 0.34, 1.1), *at(middle + 0.42, 1.02)], fill=(190, 170, 90))


def _shop_bay(draw: ImageDraw.ImageDraw, at: _Place, middle: float, width: float, rng: np.random.Generator) -> None:
    half = width / 2 - 0.15
    if rng.uniform() < 0.35:
        draw.rectangle([*at(middle - half, 2.5), *at(middle + half, 0.02)], fill=(128, 130, 132))
        for k in range(24):
            z = 2.5 - 0.1 * k
            draw.line([at(middle - half, z), at(middle + half, z)], fill=(98, 100, 102), width=2)
        return
    draw.rectangle([*at(middle - half, 2.5), *at(middle + half, 0.35)], fill=(52, 60, 66))
    for _ in range(7):
        x, z = rng.uniform(-half, half - 0.3), rng.uniform(0.5, 1.7)
        fill = tuple(int(v) for v in rng.integers(60, 190, 3))
        draw.rectangle([*at(middle + x, z + rng.uniform(0.2, 0.6)), *at(middle + x + 0.3, z)], fill=fill)
    draw.polygon([at(middle - half, 2.5), at(middle - half * 0.2, 2.5), at(middle - half, 1.2)], fill=(116, 128, 138))
    draw.rectangle([*at(middle - half, 2.5), *at(middle + half, 0.35)], outline=(176, 176, 172), width=5)


def _sign(draw: ImageDraw.ImageDraw, at: _Place, front: Front, above: float) -> None:
    half = min(front.width / 2 - 0.3, 0.3 * len(front.sign) + 0.6)
    middle = front.width / 2
    draw.rectangle([*at(middle - half, above + 0.12), *at(middle + half, above - 0.52)], fill=front.sign_colour)
    font = ImageFont.load_default(30)
    draw.text(at(middle, above - 0.2), front.sign, (240, 240, 236), font, anchor="mm", stroke_width=1)


def sky(size: tuple[int, int], seed: int, horizon: float) -> Texture:
    """A hazy summer sky, lightest at the horizon (a fraction of the height)."""
    width, height = size
    rng = np.random.default_rng(seed)
    down = np.clip(np.linspace(0, 1, height)[:, None, None] / max(horizon, 0.05), 0, 1)
    top, low = np.array((118, 156, 196), np.float32), np.array((204, 214, 222), np.float32)
    base = top + (low - top) * down.astype(np.float32)
    base = np.broadcast_to(base, (height, width, 3)).copy()
    cloud = np.clip(_noise((height, width), rng, (60, 130, 260)) - 0.5, 0, 1.4)[..., None] * 0.5
    return as_bytes(base + (246 - base) * cloud)


def sign_texture(text: str, colour: Rgb) -> Texture:
    """A road sign with one line of text, 13 : 4."""
    image = Image.new("RGB", (650, 200), colour)
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle([10, 10, 639, 189], 18, outline=(236, 236, 232), width=6)
    draw.text((325, 98), text, (240, 240, 236), ImageFont.load_default(70), anchor="mm", stroke_width=2)
    return np.asarray(image, np.uint8)


def cash_machine_texture() -> Texture:
    """The face of a cash machine, 84 x 180 cm."""
    image = Image.new("RGB", (252, 540), (196, 200, 204))
    draw = ImageDraw.Draw(image)
    draw.rectangle([0, 0, 252, 90], fill=(24, 74, 118))
    draw.text((126, 45), "CAJERO", (240, 240, 238), ImageFont.load_default(44), anchor="mm", stroke_width=1)
    draw.rectangle([46, 120, 206, 235], fill=(18, 24, 30))
    draw.rectangle([54, 128, 198, 227], fill=(70, 130, 180))
    draw.rectangle([40, 262, 212, 350], fill=(120, 124, 128))
    for row in range(4):
        for column in range(3):
            x, y = 82 + 32 * column, 268 + 20 * row
            draw.rectangle([x, y, x + 24, y + 14], fill=(226, 228, 230))
    draw.rectangle([60, 380, 192, 396], fill=(20, 20, 22))
    draw.rectangle([0, 470, 252, 540], fill=(90, 94, 98))
    return np.asarray(image, np.uint8)


def glass_door_texture() -> Texture:
    """A double glass door, 2 x 2.5 m."""
    image = Image.new("RGB", (400, 500), (52, 62, 70))
    draw = ImageDraw.Draw(image)
    draw.polygon([(0, 0), (260, 0), (0, 330)], fill=(104, 120, 132))
    draw.polygon([(200, 90), (340, 0), (400, 0), (200, 260)], fill=(84, 98, 108))
    for x in (0, 194, 388):
        draw.rectangle([x, 0, x + 12, 500], fill=(150, 152, 154))
    draw.rectangle([0, 0, 400, 12], fill=(150, 152, 154))
    for x in (172, 220):
        draw.rectangle([x, 220, x + 8, 320], fill=(206, 208, 210))
    return np.asarray(image, np.uint8)
