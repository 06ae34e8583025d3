"""Cars drawn from a side profile: a lofted shell, painted from the side, above and both ends, on four wheels."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter
from scipy.interpolate import PchipInterpolator

from sereno.simulation.scenes.car_profiles import Profile
from sereno.simulation.scenes.mesh import (
    Mesh,
    Points,
    Rgb,
    Texture,
    joined,
    placed,
    quad,
    tiled,
    toned,
    tube,
    vertex_normals,
)
from sereno.simulation.scenes.plate import PLATE_SIZE_M

_Placing = Callable[[float, float], tuple[float, float]]
"""From metres on the car to pixels of a panel."""
_PX = 220
"""Pixels a metre of the painted panels."""
_GLASS = (30, 36, 42)
_STATIONS = 60
_AROUND = 21


@dataclass(frozen=True, slots=True)
class Car:
    """Meshes at the origin, nose along +y, and points (``extent``) that bound it."""

    shell: tuple[Mesh, ...]
    axle: Mesh
    axle_places: tuple[tuple[float, float, float], ...]
    wheel_radius: float
    extent: Points


def built(profile: Profile, paint: Rgb, plate: Texture, seed: int = 0) -> Car:
    rng = np.random.default_rng(seed)
    upper, belt = _curve(profile.roof), _curve(profile.belt)
    x = _station_places(profile)
    rings = _rings(profile, x, upper(x), belt(x))
    panels = _Panels(profile, upper, belt, paint, rng)
    shell = tiled(_panelled(rings, profile, panels), gloss=0.6)
    plates = tiled([_plate(profile, plate, ahead=ahead) for ahead in (True, False)], gloss=0.0, casts=False)
    radius = profile.wheel_radius
    track = profile.width / 2 - 0.12
    wheel = _wheel(radius)
    axle = joined([wheel.moved(placed(side * track, 0.0)) for side in (-1.0, 1.0)])
    places = tuple((0.0, at, radius) for at in profile.axles)
    treads = np.array([(side * track, at, 0.0) for at in profile.axles for side in (-1, 1)], np.float32)
    extent = np.concatenate([rings.reshape(-1, 3)[::5], treads])
    return Car((shell, plates), axle, places, radius, extent)


def _curve(corners: tuple[tuple[float, float], ...]) -> PchipInterpolator:
    return PchipInterpolator([corner[0] for corner in corners], [corner[1] for corner in corners])


def _station_places(profile: Profile) -> NDArray[np.float64]:
    half = profile.length / 2
    marks = [corner[0] for corner in profile.roof] + list(profile.cabin)
    return np.unique(np.concatenate([np.linspace(-half, half, _STATIONS), marks]).clip(-half, half))


def _rings(
    profile: Profile, x: NDArray[np.float64], top: NDArray[np.float64], belt: NDArray[np.float64]
) -> NDArray[np.float32]:
    """(stations, around, 3): cross-sections from the right sill over the roof to the left sill."""
    half = profile.width / 2
    end = profile.length / 2
    rounding = np.clip((end - np.abs(x)) / 0.55, 0, 1)
    waist = half * (0.80 + 0.20 * np.sqrt(1 - (1 - rounding) ** 2))
    sill = 0.24 + 0.1 * (1 - np.clip((end - np.abs(x)) / 0.3, 0, 1))
    inset = np.clip((top - belt) / 0.55, 0, 1)
    roof_half = waist - 0.05 - 0.2 * inset
    rings = np.zeros((len(x), _AROUND, 3), np.float32)
    mid = (_AROUND - 1) // 2
    for k in range(mid + 1):
        share = k / mid
        y, z = _section(share, waist, roof_half, sill, np.minimum(belt, top - 0.01), top)
        rings[:, k] = np.stack([y, x, z], -1)
        rings[:, _AROUND - 1 - k] = np.stack([-y, x, z], -1)
    return rings


def _section(
    share: float,
    waist: NDArray[np.float64],
    roof_half: NDArray[np.float64],
    sill: NDArray[np.float64],
    belt: NDArray[np.float64],
    top: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Across and height at ``share`` of the way from sill to ridge."""
    if share <= 0.42:  # the door, bulging a little
        part = share / 0.42
        return waist * (0.94 + 0.06 * np.sin(np.pi * min(1.0, part * 0.9 + 0.1))), sill + (belt - sill) * part
    if share <= 0.75:  # the window, leaning in
        part = (share - 0.42) / 0.33
        edge = top - 0.05 * np.clip((top - belt) / 0.3, 0, 1)
        return waist * 0.955 + (roof_half - waist * 0.955) * part, belt + (edge - belt) * part
    part = (share - 0.75) / 0.25
    edge = top - 0.05 * np.clip((top - belt) / 0.3, 0, 1)
    return roof_half * (1 - part), edge + (top - edge) * np.sin(np.pi / 2 * part)


class _Panels:
    """The painted side, top and ends of one car; each is drawn at twice its size and shrunk."""

    def __init__(
        self, profile: Profile, upper: PchipInterpolator, belt: PchipInterpolator, paint: Rgb, rng: np.random.Generator
    ) -> None:
        self._profile, self._upper, self._belt, self._paint, self._rng = profile, upper, belt, paint, rng
        self.side = self._side()
        self.top = self._top()
        self.nose = self._end(ahead=True)
        self.tail = self._end(ahead=False)

    def _canvas(self, width_m: float, height_m: float) -> tuple[Image.Image, ImageDraw.ImageDraw]:
        image = Image.new("RGB", (round(width_m * 2 * _PX), round(height_m * 2 * _PX)), self._paint)
        return image, ImageDraw.Draw(image)

    def _finished(self, image: Image.Image) -> Texture:
        small = image.filter(ImageFilter.GaussianBlur(1.2)).resize(
            (image.width // 2, image.height // 2), Image.Resampling.BOX
        )
        return np.asarray(small, np.uint8)

    def _tone(self, factor: float) -> Rgb:
        return toned(self._paint, factor)

    def _side(self) -> Texture:
        """x from tail to nose, 2 m high."""
        p = self._profile
        image, draw = self._canvas(p.length, 2.0)

        def at(x: float, z: float) -> tuple[float, float]:
            return (x + p.length / 2) * 2 * _PX, (2.0 - z) * 2 * _PX

        self._side_windows(draw, at)
        draw.line([at(-p.length / 2, 0.52), at(p.length / 2, 0.52)], fill=self._tone(0.6), width=6)
        draw.rectangle([*at(-p.length / 2, 0.34), *at(p.length / 2, 0.0)], fill=(34, 34, 36))
        for x in (*p.pillars[:1], p.cabin[3] - 0.18, max(p.cabin[0] + 0.35, p.axles[0] + 0.42)):
            draw.line([at(x, 0.36), at(x - 0.03, float(self._belt(x)))], fill=self._tone(0.45), width=5)
        for x in (p.pillars[0] + 0.2, p.cabin[3] - 0.85):
            draw.rounded_rectangle([*at(x - 0.2, 0.86), *at(x, 0.82)], 6, fill=self._tone(0.35))
        for axle in p.axles:
            r = p.wheel_radius + 0.075
            draw.ellipse([*at(axle - r, p.wheel_radius + r), *at(axle + r, p.wheel_radius - r)], fill=(12, 12, 13))
        nose, tail = p.length / 2, -p.length / 2
        height = float(self._belt(nose - 0.25))
        draw.polygon([at(nose, height), at(nose - 0.34, height + 0.04), at(nose, height - 0.16)], fill=(226, 228, 226))
        height = float(self._belt(tail + 0.1)) - 0.02
        draw.rectangle([*at(tail, height), *at(tail + 0.2, height - 0.17)], fill=(150, 20, 18))
        return self._finished(image)

    def _side_windows(self, draw: ImageDraw.ImageDraw, at: _Placing) -> None:
        p = self._profile
        rear_foot, rear_head, front_head, front_foot = p.cabin
        xs = np.linspace(rear_foot + 0.16, front_foot - 0.2, 60)
        sill = [(x, float(self._belt(x)) + 0.03) for x in xs]
        head = [(x, max(float(self._belt(x)) + 0.035, float(self._upper(x)) - 0.13)) for x in xs]
        draw.polygon([at(*corner) for corner in (*sill, *reversed(head))], fill=_GLASS)
        shine = [(x, z) for x, z in head if rear_head < x < front_head]
        if shine:
            lower = [(x, z - 0.09) for x, z in shine]
            draw.polygon([at(*corner) for corner in (*shine, *reversed(lower))], fill=(78, 92, 104))
        for x in p.pillars:
            draw.line([at(x, float(self._belt(x))), at(x + 0.02, float(self._upper(x)))], fill=(22, 22, 24), width=26)

    def _top(self) -> Texture:
        """x from tail to nose, the car's width high."""
        p = self._profile
        image, draw = self._canvas(p.length, p.width)
        rear_foot, rear_head, front_head, front_foot = p.cabin

        def at(x: float, y: float) -> tuple[float, float]:
            return (x + p.length / 2) * 2 * _PX, (p.width / 2 - y) * 2 * _PX

        low, high = p.width / 2 - 0.12, p.width / 2 - 0.27
        for foot, head in ((front_foot, front_head), (rear_foot, rear_head)):
            lean = 0.06 if foot > head else -0.06
            draw.polygon(
                [at(foot - lean, -low), at(head + lean, -high), at(head + lean, high), at(foot - lean, low)],
                fill=_GLASS,
            )
            sky = head + lean + 0.3 * (foot - head)
            draw.polygon(
                [at(head + lean, -high), at(sky, -high - 0.03), at(sky, high + 0.03), at(head + lean, high)],
                fill=(96, 112, 124),
            )
        for y in (-0.45, 0.45):
            draw.line([at(front_foot + 0.05, y * 1.15), at(p.length / 2 - 0.35, y)], fill=self._tone(0.75), width=5)
        draw.line([at(front_foot + 0.02, -low), at(front_foot + 0.02, low)], fill=(20, 20, 22), width=10)
        return self._finished(image)

    def _end(self, ahead: bool) -> Texture:
        """The car's width wide, 2 m high, seen from outside."""
        p = self._profile
        image, draw = self._canvas(p.width, 2.0)
        x_end = p.length / 2 if ahead else -p.length / 2
        line = float(self._upper(x_end)) - 0.06

        def at(y: float, z: float) -> tuple[float, float]:
            return (y + p.width / 2) * 2 * _PX, (2.0 - z) * 2 * _PX

        half = p.width / 2
        if ahead:
            draw.rounded_rectangle([*at(-0.5, line - 0.02), *at(0.5, line - 0.13)], 14, fill=(18, 18, 20))
            draw.rounded_rectangle([*at(-0.6, 0.4), *at(0.6, 0.27)], 18, fill=(20, 20, 22))
            draw.ellipse([*at(-0.06, line - 0.02), *at(0.06, line - 0.13)], fill=(200, 202, 204))
            lamp, glow = (206, 210, 210), (252, 252, 246)
        else:
            lamp, glow = (136, 16, 16), (210, 44, 38)
        for side in (-1, 1):
            edge = sorted((side * (half - 0.02), side * (half - 0.42)))
            draw.rounded_rectangle([*at(edge[0], line + 0.03), *at(edge[1], line - 0.14)], 18, fill=lamp)
            middle = side * (half - 0.24)
            draw.ellipse([*at(middle - 0.065, line + 0.005), *at(middle + 0.065, line - 0.115)], fill=glow)
        draw.rectangle([*at(-half, 0.27), *at(half, 0.0)], fill=(30, 30, 32))
        draw.line([at(-half, line - 0.2), at(half, line - 0.2)], fill=self._tone(0.55), width=5)
        if not ahead and max(z for _, z in p.roof) - line > 0.45 and p.cabin[1] - p.cabin[0] < 0.2:
            draw.rounded_rectangle([*at(-half + 0.28, 1.72), *at(half - 0.28, 1.2)], 16, fill=_GLASS)
        return self._finished(image)


def _panelled(rings: NDArray[np.float32], profile: Profile, panels: _Panels) -> list[Mesh]:
    """The shell cut into the faces that look to a side, up, ahead and back, each with its painted panel."""
    stations, around, _ = rings.shape
    points = rings.reshape(-1, 3)
    row, column = np.meshgrid(np.arange(stations - 1), np.arange(around - 1), indexing="ij")
    here, after = row * around + column, (row + 1) * around + column
    faces = np.concatenate([np.stack([here, here + 1, after], -1), np.stack([after, here + 1, after + 1], -1)]).reshape(
        -1, 3
    )
    ends = []
    for station, order in ((0, -1), (stations - 1, 1)):
        first = station * around
        fan = np.stack([np.full(around - 2, first), first + np.arange(1, around - 1), first + np.arange(2, around)], -1)
        ends.append(fan[:, ::order])
    faces = np.concatenate([faces, *ends]).astype(np.int32)
    normals = vertex_normals(points, faces)
    a, b, c = (points[faces[:, k]] for k in range(3))
    facing = np.cross(b - a, c - a)
    if facing[:, 2].sum() < 0:  # wound the other way about
        faces, facing, normals = faces[:, ::-1], -facing, -normals
    facing /= np.maximum(np.linalg.norm(facing, axis=1, keepdims=True), 1e-9)
    length, width = profile.length, profile.width
    along, across, height = points[:, 1] / length + 0.5, points[:, 0] / width + 0.5, points[:, 2] / 2.0
    sideways = np.abs(facing[:, 0]) > 0.62
    endways = ~sideways & (np.abs(facing[:, 1]) > 0.8) & (points[faces].mean(axis=1)[:, 2] < 2.0)
    parts = (
        (sideways, np.stack([along, height], -1), panels.side),
        (endways & (facing[:, 1] > 0), np.stack([1 - across, height], -1), panels.nose),
        (endways & (facing[:, 1] <= 0), np.stack([across, height], -1), panels.tail),
        (~sideways & ~endways, np.stack([along, 1 - across], -1), panels.top),
    )
    white = np.full((len(points), 3), 255, np.uint8)
    return [
        Mesh(points, np.ascontiguousarray(faces[chosen]), white, normals, uv.astype(np.float32), panel)
        for chosen, uv, panel in parts
        if chosen.any()
    ]


def _plate(profile: Profile, texture: Texture, ahead: bool) -> Mesh:
    width, height = PLATE_SIZE_M
    y = profile.length / 2 + 0.03 if ahead else -profile.length / 2 - 0.03
    z = 0.46 if ahead else 0.62
    side = -1.0 if ahead else 1.0
    return quad(
        np.array(
            [
                (-side * width / 2, y, z - height / 2),
                (side * width / 2, y, z - height / 2),
                (side * width / 2, y, z + height / 2),
                (-side * width / 2, y, z + height / 2),
            ],
            np.float32,
        ),
        texture,
    )


def _wheel(radius: float) -> Mesh:
    """A wheel about the x axis at the origin, the rim on both sides."""
    half = 0.1

    def ring(width: float, inner: float, outer: float, colour: Rgb) -> Mesh:
        path = np.array([(-width, 0, 0), (-width * 0.98, 0, 0), (width * 0.98, 0, 0), (width, 0, 0)], np.float32)
        return tube(path, np.array([inner, outer, outer, inner], np.float32), colour, around=20)

    parts = [ring(half, radius * 0.7, radius, (24, 24, 25)), ring(half + 0.004, 0.01, radius * 0.62, (150, 153, 157))]
    for k in range(5):
        angle = 2 * np.pi * k / 5
        path = np.array([(0, 0.3, 0.3), (0, 0.75, 0.75)], np.float32) * radius
        path = path * np.array([0, np.cos(angle), np.sin(angle)], np.float32)
        for side in (-1, 1):
            shifted = path + np.array([side * (half + 0.002), 0, 0], np.float32)
            parts.append(tube(shifted, np.array([0.03, 0.045], np.float32), (52, 54, 57), around=6))
    return joined(parts)
