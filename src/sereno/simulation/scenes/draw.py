"""From a scene to its frames: the still part once, then what moves and its shadow on top."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from sereno.simulation.scenes.actors import Actor
from sereno.simulation.scenes.mesh import Mesh, as_bytes
from sereno.simulation.scenes.scene import MAIN_SIZE, Scene
from sereno.simulation.scenes.stage import Camera, Part, Picture, Sun, Window, shadow_motion, shrunk
from sereno.simulation.scenes.surfaces import sky

_SUPER = 2
_SHADOW_SIZE = (MAIN_SIZE[0] // 2, MAIN_SIZE[1] // 2)
_LIFT_M = 0.006
"""Shadows lie this much above the ground, so that they do not flicker with it."""
_GRAIN = 2.4
"""Standard deviation of the sensor's fixed pattern, of 255."""


@dataclass(frozen=True, slots=True)
class Backdrop:
    """Shapes: ``picture`` (H, W, 3) uint8; ``sunlit`` (H, W) float32, where a shadow can fall."""

    picture: Picture
    sunlit: NDArray[np.float32]


def backdrop(scene: Scene) -> Backdrop:
    size = (MAIN_SIZE[0] * _SUPER, MAIN_SIZE[1] * _SUPER)
    still = (scene.ground, *scene.still)
    colours = shrunk(_render(still, size, scene.camera, scene.sun), MAIN_SIZE)
    white, black = _flat(scene.ground, 255), [_flat(mesh, 0) for mesh in scene.still]
    ground = _render((white, *black), MAIN_SIZE, scene.camera, scene.sun, lit=False)[..., 0].astype(np.float32) / 255
    shaded = _still_shadow(scene, size)
    cover = colours[..., 3:].astype(np.float32) / 255
    light = 1 - scene.sun.shade * shaded
    painted = colours[..., :3].astype(np.float32) * light[..., None]
    horizon = float(np.clip(_horizon(scene.camera), 0.05, 0.95))
    painted += sky(MAIN_SIZE, scene.seed, horizon).astype(np.float32) * (1 - cover)
    sensed = _sensed(painted, scene.seed)
    return Backdrop(sensed, ground * (1 - 0.85 * shaded))


def _render(
    meshes: tuple[Mesh, ...], size: tuple[int, int], camera: Camera, sun: Sun, *, lit: bool = True
) -> NDArray[np.uint8]:
    window = Window(size, camera, sun, samples=0)
    for mesh in meshes:
        window.add(Part(mesh, sun, lit=lit, sharp=True))
    drawn = window.drawn().copy()
    window.close()
    return drawn


def _flat(mesh: Mesh, tone: int) -> Mesh:
    return replace(mesh, colours=np.full((len(mesh.points), 3), tone, np.uint8), uv=None, texture=None)


def _still_shadow(scene: Scene, size: tuple[int, int]) -> NDArray[np.float32]:
    """(H, W) 0..1: where what stands still keeps the sun from the ground."""
    window = Window(size, scene.camera, scene.sun, samples=0)
    window.add(Part(_flat(scene.ground, 0), scene.sun, lit=False))
    for mesh in scene.still:
        window.add(Part(_flat(mesh, 0), scene.sun, lit=False))
    laid = shadow_motion(scene.sun, _LIFT_M)
    for mesh in scene.still:
        part = Part(_flat(mesh, 255), scene.sun, lit=False)
        part.show(laid)
        window.add(part)
    mask = shrunk(window.drawn(), MAIN_SIZE)[..., 0]
    window.close()
    soft = Image.fromarray(mask).filter(ImageFilter.GaussianBlur(1.6))
    return np.asarray(soft, np.float32) / np.float32(255)


def _horizon(camera: Camera) -> float:
    right, up, ahead = camera.basis()[2]
    return float(0.5 + ahead / np.hypot(right, up) * 0.5 / np.tan(np.radians(camera.view_angle) / 2))


def _sensed(picture: NDArray[np.float32], seed: int) -> Picture:
    """What a small sensor behind a cheap lens makes of it: a little soft, grainy, darker at the corners."""
    height, width = picture.shape[:2]
    soft = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.7))
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    vignette = 1 - 0.13 * (x * x + y * y) / 2
    grain = np.random.default_rng(seed).normal(0, _GRAIN, (height, width, 1))
    return as_bytes(np.asarray(soft, np.float32) * vignette[..., None] + grain)


class _Cast:
    """The parts of one actor in both windows."""

    def __init__(self, actor: Actor, sun: Sun, colours: Window, shadows: Window) -> None:
        self._actor = actor
        self._laid = shadow_motion(sun)
        self._parts = [Part(mesh, sun) for mesh in actor.meshes]
        self._shadows = {
            number: Part(_flat(mesh, 255), sun, lit=False) for number, mesh in enumerate(actor.meshes) if mesh.casts
        }
        self._shown: set[int] = set()
        for window, parts in ((colours, self._parts), (shadows, self._shadows.values())):
            for part in parts:
                part.cull()
                part.hide()
                window.add(part)

    def show(self, frame: int) -> None:
        wanted = self._actor.frames[frame]
        for number in self._shown:
            self._parts[number].hide()
            if number in self._shadows:
                self._shadows[number].hide()
        for one in wanted:
            self._parts[one.mesh].show(one.motion)
            if one.mesh in self._shadows:
                self._shadows[one.mesh].show(self._laid @ one.motion)
        self._shown = {one.mesh for one in wanted}


def frames(scene: Scene, numbers: range) -> Iterator[Picture]:
    """The pictures of these frames; where nothing moves the same one comes again."""
    still = backdrop(scene)
    colours = Window(MAIN_SIZE, scene.camera, scene.sun, samples=0)
    shadows = Window(_SHADOW_SIZE, scene.camera, scene.sun, samples=0)
    for mesh in scene.front:
        colours.hide_behind(mesh, scene.sun)
    cast = [_Cast(actor, scene.sun, colours, shadows) for actor in scene.actors]
    mark = simulated_mark(scene.title)
    picture = still.picture
    drawn: list[list[tuple[int, bytes]]] | None = None
    for number in numbers:
        wanted = [[(one.mesh, one.motion.tobytes()) for one in actor.frames[number]] for actor in scene.actors]
        if wanted == drawn:  # nothing has moved
            yield picture
            continue
        drawn = wanted
        for one in cast:
            one.show(number)
        picture = still.picture.copy()
        _darken(picture, shadows.drawn()[..., 3], still.sunlit, scene.sun.shade)
        _lay_over(picture, colours.drawn())
        stamp(picture, mark)
        yield picture
    colours.close()
    shadows.close()


def _bounds(cover: NDArray[np.uint8], margin: int) -> list[tuple[slice, slice]]:
    """Rectangles around what is drawn, side by side, none overlapping another."""
    columns = np.flatnonzero(cover.any(axis=0))
    if columns.size == 0:
        return []
    breaks = np.flatnonzero(np.diff(columns) > 2 * margin + 1)
    firsts, lasts = columns[np.append(0, breaks + 1)], columns[np.append(breaks, columns.size - 1)]
    found = []
    for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True):
        rows = np.flatnonzero(cover[:, first : last + 1].any(axis=1))
        across = slice(max(0, first - margin), last + 1 + margin)
        found.append((slice(max(0, int(rows[0]) - margin), int(rows[-1]) + 1 + margin), across))
    return found


def _darken(picture: Picture, cover: NDArray[np.uint8], sunlit: NDArray[np.float32], shade: float) -> None:
    for rows, columns in _bounds(cover, 6):
        small = Image.fromarray(np.ascontiguousarray(cover[rows, columns])).filter(ImageFilter.GaussianBlur(1.1))
        width, height = small.size
        large = np.asarray(small.resize((2 * width, 2 * height), Image.Resampling.BILINEAR), np.float32)
        top, left = 2 * rows.start, 2 * columns.start
        part = slice(top, top + 2 * height), slice(left, left + 2 * width)
        light = 1 - large * (shade / 255) * sunlit[part]
        picture[part] = (picture[part] * light[..., None]).astype(np.uint8)


def _lay_over(picture: Picture, layer: NDArray[np.uint8]) -> None:
    """Put a layer with premultiplied colours on the picture."""
    for part in _bounds(layer[..., 3], 3):
        crop = Image.fromarray(np.ascontiguousarray(layer[part]), "RGBA")
        soft = np.asarray(crop.filter(ImageFilter.BoxBlur(0.6)))  # what is drawn has no half tones at its edges
        below = picture[part].astype(np.uint16)
        rest = 255 - soft[..., 3:].astype(np.uint16)
        picture[part] = np.minimum(soft[..., :3] + below * rest // 255, 255).astype(np.uint8)


def simulated_mark(title: str) -> NDArray[np.uint8]:
    """(h, w, 4): the words that every picture of the demo town carries in a corner."""
    font = ImageFont.load_default(17)
    text = f"SIMULADO · {title}"
    width = int(font.getlength(text)) + 16
    image = Image.new("RGBA", (width, 26), (0, 0, 0, 120))
    ImageDraw.Draw(image).text((8, 13), text, (240, 240, 236, 255), font, anchor="lm")
    pixels = np.asarray(image).astype(np.uint16)
    pixels[..., :3] = pixels[..., :3] * pixels[..., 3:] // 255
    return pixels.astype(np.uint8)


def stamp(picture: Picture, mark: NDArray[np.uint8]) -> None:
    """Put the mark into the lower left corner."""
    height, width = mark.shape[:2]
    corner = picture[-height - 8 : -8, 8 : 8 + width]
    rest = 255 - mark[..., 3:].astype(np.uint16)
    corner[:] = np.minimum(mark[..., :3] + corner.astype(np.uint16) * rest // 255, 255).astype(np.uint8)
