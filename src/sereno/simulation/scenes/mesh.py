"""Triangles with a colour at each corner, in metres: x right, y ahead, z up."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float32]
"""(N, 3) float32, metres."""
Faces = NDArray[np.int32]
"""(M, 3) int32, indices of points, counter-clockwise seen from outside."""
Colours = NDArray[np.uint8]
"""(N, 3) uint8, sRGB."""
Texture = NDArray[np.uint8]
"""(H, W, 3) or (H, W, 4) uint8, sRGB, first row on top."""


Rgb = tuple[int, int, int]


def toned(colour: Rgb, factor: float) -> Rgb:
    """The colour darker or lighter."""
    red, green, blue = (max(0, min(255, int(channel * factor))) for channel in colour)
    return red, green, blue


def as_bytes(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Tones 0..255, cut off at both ends."""
    tones: NDArray[np.uint8] = np.clip(values, 0, 255).astype(np.uint8)
    return tones


@dataclass(frozen=True, slots=True)
class Mesh:
    """``uv`` is (N, 2) with v up; a textured mesh keeps white colours."""

    points: Points
    faces: Faces
    colours: Colours
    normals: Points | None = None
    uv: NDArray[np.float32] | None = None
    texture: Texture | None = None
    gloss: float = 0.0
    """0 matt … 1 polished."""
    casts: bool = True
    """Whether it throws a shadow of its own."""

    def moved(self, transform: NDArray[np.float64]) -> "Mesh":
        """The mesh after a rigid motion (4, 4)."""
        rotation = transform[:3, :3]
        normals = None if self.normals is None else (self.normals @ rotation.T).astype(np.float32)
        points = (self.points @ rotation.T + transform[:3, 3]).astype(np.float32)
        return replace(self, points=points, normals=normals)


def placed(x: float, y: float, z: float = 0.0, heading: float = 0.0, scale: float = 1.0) -> NDArray[np.float64]:
    """The (4, 4) motion that puts a thing that looks along +y at a place; ``heading`` in radians, clockwise from +y."""
    cos, sin = np.cos(heading) * scale, np.sin(heading) * scale
    return np.array([[cos, sin, 0, x], [-sin, cos, 0, y], [0, 0, scale, z], [0, 0, 0, 1]], np.float64)


def vertex_normals(points: Points, faces: Faces) -> Points:
    """Area-weighted normals at the points, of length one."""
    a, b, c = (points[faces[:, k]] for k in range(3))
    across = np.cross(b - a, c - a)
    summed = np.zeros_like(points, dtype=np.float64)
    for k in range(3):
        for axis in range(3):
            summed[:, axis] += np.bincount(faces[:, k], weights=across[:, axis], minlength=len(points))
    length = np.linalg.norm(summed, axis=1, keepdims=True)
    normals: Points = (summed / np.maximum(length, 1e-12)).astype(np.float32)
    return normals


def quad(corners: Points, texture: Texture, gloss: float = 0.0) -> Mesh:
    """A textured rectangle; ``corners`` (4, 3) run lower left, lower right, upper right, upper left."""
    uv = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    faces = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    return Mesh(
        np.asarray(corners, np.float32), faces, np.full((4, 3), 255, np.uint8), uv=uv, texture=texture, gloss=gloss
    )


def box(low: tuple[float, float, float], high: tuple[float, float, float], colour: tuple[int, int, int]) -> Mesh:
    """A plain box with flat sides."""
    (x0, y0, z0), (x1, y1, z1) = low, high
    sides = [
        [(x0, y0, z0), (x1, y0, z0), (x1, y0, z1), (x0, y0, z1)],
        [(x1, y0, z0), (x1, y1, z0), (x1, y1, z1), (x1, y0, z1)],
        [(x1, y1, z0), (x0, y1, z0), (x0, y1, z1), (x1, y1, z1)],
        [(x0, y1, z0), (x0, y0, z0), (x0, y0, z1), (x0, y1, z1)],
        [(x0, y0, z1), (x1, y0, z1), (x1, y1, z1), (x0, y1, z1)],
    ]
    points = np.array(sides, np.float32).reshape(-1, 3)
    faces = np.concatenate([np.array([[0, 1, 2], [0, 2, 3]], np.int32) + 4 * k for k in range(len(sides))])
    return Mesh(points, faces, np.tile(np.array(colour, np.uint8), (len(points), 1)))


def tube(path: Points, radii: NDArray[np.float32], colour: tuple[int, int, int], around: int = 14) -> Mesh:
    """A round rod along ``path`` (N, 3) with a radius at each point, closed at the end."""
    angles = np.linspace(0, 2 * np.pi, around, endpoint=False)
    along = np.gradient(path.astype(np.float64), axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    across = np.cross(along, np.where(np.abs(along[:, 2:3]) > 0.9, [[1.0, 0, 0]], [[0, 0, 1.0]]))
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    third = np.cross(along, across)
    ring = np.cos(angles)[None, :, None] * across[:, None] + np.sin(angles)[None, :, None] * third[:, None]
    points = (path[:, None] + radii[:, None, None] * ring).reshape(-1, 3).astype(np.float32)
    here = np.arange(len(path) - 1)[:, None] * around + np.arange(around)[None]
    after = np.arange(len(path) - 1)[:, None] * around + (np.arange(around)[None] + 1) % around
    faces = np.concatenate(
        [np.stack([here, after, here + around], -1), np.stack([after, after + around, here + around], -1)]
    ).reshape(-1, 3)
    last = (len(path) - 1) * around
    cap = np.stack([np.full(around - 2, last), last + np.arange(1, around - 1), last + np.arange(2, around)], -1)
    faces = np.concatenate([faces, cap]).astype(np.int32)
    return Mesh(points, faces, np.tile(np.array(colour, np.uint8), (len(points), 1)), vertex_normals(points, faces))


def joined(meshes: list[Mesh]) -> Mesh:
    """One mesh of several plain ones; flat ones get the normals of their faces."""
    points, faces, colours, normals, start = [], [], [], [], 0
    for mesh in meshes:
        points.append(mesh.points)
        faces.append(mesh.faces + start)
        colours.append(mesh.colours)
        normals.append(vertex_normals(mesh.points, mesh.faces) if mesh.normals is None else mesh.normals)
        start += len(mesh.points)
    return Mesh(
        np.concatenate(points),
        np.concatenate(faces).astype(np.int32),
        np.concatenate(colours),
        np.concatenate(normals),
        gloss=meshes[0].gloss,
    )


def tiled(meshes: list[Mesh], gloss: float, *, casts: bool = True) -> Mesh:
    """One mesh of several textured ones, their pictures stacked into one: drawn in one go."""
    textures = [np.zeros((1, 1, 3), np.uint8) if mesh.texture is None else mesh.texture for mesh in meshes]
    width, height = max(t.shape[1] for t in textures), sum(t.shape[0] for t in textures)
    picture = np.zeros((height, width, 3), np.uint8)
    points, faces, normals, uvs, top, start = [], [], [], [], 0, 0
    for mesh, texture in zip(meshes, textures, strict=True):
        rows, columns = texture.shape[:2]
        picture[top : top + rows, :columns] = texture
        picture[top : top + rows, columns:] = texture[:, -1:]
        used, renumbered = np.unique(mesh.faces, return_inverse=True)
        own = vertex_normals(mesh.points, mesh.faces) if mesh.normals is None else mesh.normals
        uv = np.zeros((len(mesh.points), 2), np.float32) if mesh.uv is None else mesh.uv
        across = np.clip(uv[used, 0], 0.001, 0.999) * columns / width
        up = 1 - (top + (1 - np.clip(uv[used, 1], 0.001, 0.999)) * rows) / height
        points.append(mesh.points[used])
        normals.append(own[used])
        uvs.append(np.stack([across, up], -1).astype(np.float32))
        faces.append(renumbered.reshape(-1, 3).astype(np.int32) + start)
        top, start = top + rows, start + len(used)
    joint = np.concatenate(points)
    white = np.full((len(joint), 3), 255, np.uint8)
    return Mesh(
        joint, np.concatenate(faces), white, np.concatenate(normals), np.concatenate(uvs), picture, gloss, casts=casts
    )
