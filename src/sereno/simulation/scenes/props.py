"""What stands in a street: houses, trees, lamps, signs, containers, a traffic light."""

import numpy as np

from sereno.simulation.scenes.mesh import Mesh, Points, Rgb, box, joined, quad, toned, tube, vertex_normals
from sereno.simulation.scenes.surfaces import Front, front_texture


def house(x: float, y: float, front: Front, *, faces: str = "-y", depth: float = 8.0) -> list[Mesh]:
    """A house whose front starts at (x, y) and runs right as seen from the street; ``faces`` is where it looks."""
    texture = front_texture(front)
    w, h = front.width, front.height
    runs = {"-y": ((1, 0), (0, 1)), "+y": ((-1, 0), (0, -1)), "+x": ((0, 1), (-1, 0)), "-x": ((0, -1), (1, 0))}
    (rx, ry), (dx, dy) = runs[faces]
    near, far = (x, y), (x + rx * w, y + ry * w)
    wall = quad(
        np.array([(*near, 0), (*far, 0), (*far, h), (*near, h)], np.float32),
        texture,
    )
    plain = toned(front.wall, 0.9)
    low = (min(near[0], far[0] + dx * depth), min(near[1], far[1] + dy * depth), 0.0)
    high = (max(near[0], far[0] + dx * depth), max(near[1], far[1] + dy * depth), h - 0.03)
    inset = 0.01
    low = (low[0] + inset * (faces == "-x"), low[1] + inset * (faces == "-y"), low[2])
    high = (high[0] - inset * (faces == "+x"), high[1] - inset * (faces == "+y"), high[2])
    return [wall, box(low, high, plain)]


def kerb(x0: float, y0: float, x1: float, y1: float, height: float = 0.13) -> Mesh:
    return box((x0, y0, 0), (x1, y1, height), (158, 156, 150))


def tree(x: float, y: float, height: float, seed: int) -> list[Mesh]:
    """A trunk and some thousand leaves, darker inside the crown."""
    rng = np.random.default_rng(seed)
    lean = rng.normal(0, 0.12, 2)
    path = np.array([(x + lean[0] * s, y + lean[1] * s, height * 0.75 * s) for s in (0, 0.3, 0.7, 1.0)], np.float32)
    trunk = tube(path, np.array([0.17, 0.13, 0.1, 0.05], np.float32), (86, 70, 56))
    centres = rng.normal(0, 1, (9, 3)) * (height * 0.13, height * 0.13, height * 0.1)
    centres += (x + lean[0], y + lean[1], height * 0.78)
    count = 3400
    around = rng.normal(0, 1, (count, 3))
    around /= np.linalg.norm(around, axis=1, keepdims=True)
    reach = height * 0.17 * rng.uniform(0.45, 1.0, (count, 1)) ** 0.5
    leaves = centres[rng.integers(0, len(centres), count)] + around * reach
    size = rng.uniform(0.09, 0.18, (count, 1, 1))
    points = (leaves[:, None] + rng.normal(0, 1, (count, 3, 3)) * size).reshape(-1, 3).astype(np.float32)
    faces = np.arange(3 * count, dtype=np.int32).reshape(-1, 3)
    depth = np.clip((leaves[:, 2] - leaves[:, 2].min()) / np.ptp(leaves[:, 2]), 0, 1)
    green = np.array((74, 98, 44)) * (0.5 + 0.62 * depth + rng.normal(0, 0.1, count))[:, None]
    colours = np.repeat(np.clip(green, 0, 255), 3, axis=0).astype(np.uint8)
    normals = np.repeat(around * 0.6 + (0, 0, 0.6), 3, axis=0)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return [trunk, Mesh(points, faces, colours, normals.astype(np.float32))]


def lamp_post(x: float, y: float, height: float = 7.0, reach: float = 1.6) -> Mesh:
    path = np.array([(x, y, 0), (x, y, height * 0.9), (x + reach * 0.4, y, height), (x + reach, y, height)], np.float32)
    mast = tube(path, np.array([0.09, 0.06, 0.05, 0.045], np.float32), (112, 116, 118))
    low = (x + reach - 0.35, y - 0.12, height - 0.1)
    return joined([mast, box(low, (x + reach + 0.35, y + 0.12, height + 0.06), (150, 152, 152))])


def pole(x: float, y: float, height: float, radius: float = 0.05, colour: Rgb = (120, 122, 124)) -> Mesh:
    path = np.array([(x, y, 0), (x, y, height)], np.float32)
    return tube(path, np.array([radius, radius], np.float32), colour)


def traffic_light(x: float, y: float, lit: int) -> list[Mesh]:
    """A mast with three lamps that look along -y; ``lit`` 0 red, 1 amber, 2 green."""
    colours: tuple[Rgb, ...] = ((235, 40, 30), (245, 180, 30), (50, 220, 110))
    parts = [pole(x, y, 4.2, 0.07, (64, 66, 66)), box((x - 0.2, y - 0.16, 2.9), (x + 0.2, y + 0.14, 4.1), (26, 28, 26))]
    for number, colour in enumerate(colours):
        z = 3.87 - 0.37 * number
        shown: Rgb = colour if number == lit else (colour[0] // 5, colour[1] // 5, colour[2] // 5)
        path = np.array([(x, y - 0.16, z), (x, y - 0.19, z)], np.float32)
        parts.append(tube(path, np.array([0.14, 0.14], np.float32), shown, around=20))
    return [joined(parts)]


def container(x: float, y: float, colour: Rgb, width: float = 1.35) -> list[Mesh]:
    """A street waste container with a lid, looking along -y."""
    body = box((x, y, 0.14), (x + width, y + 1.0, 1.15), colour)
    lid = toned(colour, 0.75)
    ridge = np.array(
        [
            (x - 0.03, y - 0.05, 1.15),
            (x + width + 0.03, y - 0.05, 1.15),
            (x + width + 0.03, y + 1.03, 1.45),
            (x - 0.03, y + 1.03, 1.45),
        ],
        np.float32,
    )
    top = Mesh(ridge, np.array([[0, 1, 2], [0, 2, 3]], np.int32), np.tile(np.array(lid, np.uint8), (4, 1)))
    rim = box((x - 0.03, y - 0.05, 1.08), (x + width + 0.03, y + 1.03, 1.17), lid)
    wheels = [
        tube(
            np.array([(x + at - 0.04, y + 0.1, 0.09), (x + at + 0.04, y + 0.1, 0.09)], np.float32),
            np.array([0.09, 0.09], np.float32),
            (25, 25, 25),
        )
        for at in (0.15, width - 0.15)
    ]
    return [joined([body, rim, top, *wheels])]


def bollard(x: float, y: float) -> Mesh:
    path = np.array([(x, y, 0), (x, y, 0.85), (x, y, 0.93)], np.float32)
    return tube(path, np.array([0.08, 0.08, 0.02], np.float32), (196, 160, 40))


def railing(x0: float, x1: float, y: float, height: float = 1.0) -> Mesh:
    bars = [
        tube(_line((x0, y, z), (x1, y, z)), np.array([0.025] * 2, np.float32), (70, 86, 78), 8) for z in (0.25, height)
    ]
    for x in np.arange(x0, x1 + 0.01, 0.16):
        bars.append(tube(_line((x, y, 0.1), (x, y, height)), np.array([0.012] * 2, np.float32), (70, 86, 78), 6))
    return joined(bars)


def _line(start: tuple[float, float, float], end: tuple[float, float, float]) -> Points:
    return np.array([start, end], np.float32)


def suitcase(colour: Rgb = (40, 58, 110)) -> Mesh:
    """A trolley case standing at the origin, 0.7 m high, its broad side looking along -y."""
    u, v = np.meshgrid(np.linspace(-np.pi / 2, np.pi / 2, 15), np.linspace(0, 2 * np.pi, 28, endpoint=False))

    def curve(
        value: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]",
    ) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
        return np.sign(value) * np.abs(value) ** 0.35

    ring = np.stack([curve(np.cos(u)) * curve(np.cos(v)), curve(np.cos(u)) * curve(np.sin(v)), curve(np.sin(u))], -1)
    points = (ring.reshape(-1, 3) * (0.24, 0.14, 0.33) + (0, 0, 0.4)).astype(np.float32)
    row, column = np.meshgrid(np.arange(28), np.arange(14), indexing="ij")
    here, below = row * 15 + column, ((row + 1) % 28) * 15 + column
    faces = np.concatenate([np.stack([here, below, here + 1], -1), np.stack([below, below + 1, here + 1], -1)])
    faces = faces.reshape(-1, 3).astype(np.int32)
    ribs = np.where(np.sin(points[:, 0] * 70) > 0.3, 0.8, 1.0)[:, None]
    colours = (np.array(colour) * ribs).astype(np.uint8)
    shell = Mesh(points, faces, colours, vertex_normals(points, faces), gloss=0.5)
    grip = [
        tube(_line((sx * 0.1, 0.1, 0.7), (sx * 0.1, 0.1, 1.02)), np.array([0.012] * 2, np.float32), (150, 152, 154), 6)
        for sx in (-1, 1)
    ]
    grip.append(tube(_line((-0.12, 0.1, 1.02), (0.12, 0.1, 1.02)), np.array([0.02] * 2, np.float32), (30, 30, 30), 8))
    wheels = [
        tube(
            _line((sx * 0.18 - 0.02, 0, 0.035), (sx * 0.18 + 0.02, 0, 0.035)),
            np.array([0.035] * 2, np.float32),
            (20, 20, 20),
            10,
        )
        for sx in (-1, 1)
    ]
    return joined([shell, *grip, *wheels])
