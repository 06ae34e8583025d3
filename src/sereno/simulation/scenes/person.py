"""Dressed people, and how they walk, stand and wait."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.sparse import csr_array

from sereno.simulation.scenes.body import BONE, BONES, Body, posed, skinned
from sereno.simulation.scenes.mesh import Colours, Faces, Mesh, Points, Rgb, as_bytes, vertex_normals

WALK_FRAMES = 16
"""Poses of one cycle of two steps: 16/15 s at 15 frames a second."""


@dataclass(frozen=True, slots=True)
class Clothes:
    top: Rgb
    legs: Rgb
    shoes: Rgb = (38, 36, 36)
    hair: Rgb = (38, 28, 22)
    skin: Rgb = (205, 158, 128)
    long_sleeves: bool = True
    long_hair: bool = False
    stripes: Rgb | None = None
    shorts: bool = False
    backpack: Rgb | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A dressed body, ready to be posed."""

    points: Points
    faces: Faces
    normals: Points
    colours: Colours
    weights: csr_array
    """(N, bones), a few of them for each point."""
    body: Body


@dataclass(frozen=True, slots=True)
class Thinning:
    """Fewer triangles over some of the points, where a person is not seen near enough for all of them."""

    kept: NDArray[np.int64]
    faces: Faces


def dressed(body: Body, clothes: Clothes, seed: int, thinning: Thinning) -> Figure:
    rng = np.random.default_rng(seed)
    zones = _zones(body, clothes)
    points = _clothed_points(body, zones)
    colours = _painted(points, body, zones, clothes, rng)
    normals = vertex_normals(points, body.faces)[thinning.kept]
    points, colours = points[thinning.kept], colours[thinning.kept]
    faces, weights = thinning.faces, body.weights[thinning.kept]
    if clothes.backpack is not None:
        count = len(points)
        points, faces, colours, weights = _with_backpack(points, faces, colours, weights, clothes.backpack, body)
        normals = np.concatenate([normals, vertex_normals(points, faces)[count:]])
    return Figure(points, faces, normals, colours, csr_array(weights), body)


def walk_cycle(figure: Figure, swing: float = 1.0) -> tuple[tuple[Mesh, ...], float]:
    """The poses of one cycle and the stride: metres walked in it."""
    poses = [_walk_turns(k / WALK_FRAMES, swing) for k in range(WALK_FRAMES)]
    strike = posed(figure.body, poses[0])
    heels = [_joint_now(strike, figure.body, name)[1] for name in ("foot_l", "foot_r")]
    return tuple(_mesh(figure, pose) for pose in poses), float(2 * abs(heels[0] - heels[1]))


def waiting(figure: Figure, frames: int, phone: bool = False) -> tuple[Mesh, ...]:
    """A person who stands: the weight shifts, the head looks about; the last pose runs into the first."""
    return tuple(_mesh(figure, _standing_turns(k / frames, phone)) for k in range(frames))


@dataclass(frozen=True, slots=True)
class _Zones:
    """Which points are covered by what; each is (N,) bool."""

    top: NDArray[np.bool_]
    legs: NDArray[np.bool_]
    shoes: NDArray[np.bool_]
    hair: NDArray[np.bool_]


def _zones(body: Body, clothes: Clothes) -> _Zones:
    owner = body.weights.argmax(axis=1)
    z, y = body.points[:, 2], body.points[:, 1]

    def of(*names: str) -> NDArray[np.bool_]:
        return np.isin(owner, [BONE[name] for name in names])

    both = ("_l", "_r")
    hips = body.joints[BONE["thigh_l"], 2]
    ankle = body.joints[BONE["foot_l"], 2]
    knee = body.joints[BONE["calf_l"], 2]
    shoes = (of(*(f"foot{s}" for s in both), *(f"ball{s}" for s in both))) & (z < ankle + 0.02)
    lower = of("pelvis", "spine_01", *(f"thigh{s}" for s in both), *(f"calf{s}" for s in both))
    lower |= of(*(f"foot{s}" for s in both))
    legs = lower & (z < hips + 0.06) & ~shoes
    if clothes.shorts:
        legs &= z > knee + 0.03
    collar = body.joints[BONE["neck_01"], 2] + 0.015
    top = of("spine_01", "spine_02", "spine_03", "pelvis", *(f"clavicle{s}" for s in both)) & (z >= hips + 0.02)
    top = (top & ~legs & (z < collar)) | (of(*(f"upperarm{s}" for s in both)) & ~legs)
    if clothes.long_sleeves:
        top |= of(*(f"lowerarm{s}" for s in both))
    return _Zones(top, legs, shoes, _hair_zone(body, of("head", "neck_01"), z, y, clothes.long_hair))


def _hair_zone(
    body: Body, head: NDArray[np.bool_], z: NDArray[np.float32], y: NDArray[np.float32], long_hair: bool
) -> NDArray[np.bool_]:
    crown = body.points[:, 2].max()
    rise = (z - body.joints[BONE["head"], 2]) / (crown - body.joints[BONE["head"], 2])
    depth = y - body.joints[BONE["head"], 1]
    front = body.points[head & (rise > 0.4), 1].max() - body.joints[BONE["head"], 1]
    edge = np.interp(depth / front, [-1.2, -0.3, 0.15, 0.45, 0.8, 1.0], [0.02, 0.1, 0.38, 0.66, 0.8, 0.86])
    if long_hair:
        edge = np.where(depth < 0.25 * front, -1.2, edge)
    hair: NDArray[np.bool_] = head & (rise > edge)
    return hair


def _clothed_points(body: Body, zones: _Zones) -> Points:
    points = body.points.copy()
    normals = vertex_normals(points, body.faces)
    z = points[:, 2]
    knee = float(body.joints[BONE["calf_l"], 2])
    out = np.zeros(len(points), np.float32)
    out[zones.top] = 0.024
    out[zones.legs] = 0.018 + 0.018 * np.clip((knee + 0.1 - z[zones.legs]) / knee, 0, 1)
    out[zones.shoes] = 0.008
    out[zones.hair] = 0.02
    points += normals * out[:, None]
    mean = _averaging(body.faces, len(points))
    for zone, rounds in ((zones.shoes, 24), (zones.top, 20), (zones.legs, 12), (zones.hair, 6)):
        for _ in range(rounds):
            points[zone] = (mean @ points)[zone]
    return points.astype(np.float32)


def _averaging(faces: Faces, count: int) -> csr_array:
    """(count, count): the mean over a point and its neighbours."""
    rows = np.concatenate([faces[:, [0, 1, 2, 1, 2, 0]].ravel(), np.arange(count)])
    columns = np.concatenate([faces[:, [1, 2, 0, 0, 1, 2]].ravel(), np.arange(count)])
    links = csr_array((np.ones(len(rows), np.float32), (rows, columns)), shape=(count, count))
    links.data[:] = 1.0
    totals: NDArray[np.float32] = np.asarray(links.sum(axis=1)).ravel()
    return csr_array((links.data / np.repeat(totals, np.diff(links.indptr)), links.indices, links.indptr), links.shape)


def _painted(points: Points, body: Body, zones: _Zones, clothes: Clothes, rng: np.random.Generator) -> Colours:
    colours = np.tile(np.array(clothes.skin, np.float32), (len(points), 1))
    _paint_face(colours, body, points)
    folds = _folds(points, rng)
    for zone, colour, depth in (
        (zones.top, clothes.top, 0.22),
        (zones.legs, clothes.legs, 0.28),
        (zones.shoes, clothes.shoes, 0.1),
        (zones.hair, clothes.hair, 0.35),
    ):
        colours[zone] = np.array(colour, np.float32) * (1 - depth * folds[zone])[:, None]
    if clothes.stripes is not None:
        band = zones.top & (np.floor(points[:, 2] / 0.045) % 3 == 0)
        colours[band] = np.array(clothes.stripes, np.float32) * (1 - 0.2 * folds[band])[:, None]
    hem = zones.top & (points[:, 2] < body.joints[BONE["thigh_l"], 2] + 0.075)
    colours[hem] *= 0.72
    sole = zones.shoes & (points[:, 2] < 0.012)
    colours[sole] = (205, 205, 200)
    hips = body.joints[BONE["thigh_l"], 2]
    shade = np.clip(0.8 + 0.2 * (points[:, 2] / hips), 0.8, 1.0)  # the ground gives back less light than the sky
    return as_bytes(colours * shade[:, None])


def _paint_face(colours: NDArray[np.float32], body: Body, points: Points) -> None:
    head = body.joints[BONE["head"]]
    crown = points[:, 2].max()
    rise = (points[:, 2] - head[2]) / (crown - head[2])
    ahead = points[:, 1] - head[1]
    across = np.abs(points[:, 0])
    face = ahead > 0.06
    eyes = face & (np.abs(rise - 0.40) < 0.03) & (across > 0.02) & (across < 0.045)
    brows = face & (np.abs(rise - 0.50) < 0.022) & (across > 0.014) & (across < 0.05)
    lips = face & (np.abs(rise - 0.06) < 0.035) & (across < 0.026)
    colours[eyes] *= 0.5
    colours[brows] *= 0.55
    colours[lips] *= (0.86, 0.6, 0.6)


def _folds(points: Points, rng: np.random.Generator) -> NDArray[np.float32]:
    """(N,) 0..1: where cloth lies in the shade of its own folds."""
    total = np.zeros(len(points))
    for _ in range(7):
        wave = rng.normal(0, 1, 3) * np.array([28, 28, 14])
        total += np.sin(points @ wave + rng.uniform(0, 6.3))
    return np.clip(0.5 + total / 6, 0, 1).astype(np.float32)


def _with_backpack(
    points: Points, faces: Faces, colours: Colours, weights: NDArray[np.float32], colour: Rgb, body: Body
) -> tuple[Points, Faces, Colours, NDArray[np.float32]]:
    chest = body.joints[BONE["spine_02"]]
    u, v = np.meshgrid(np.linspace(-np.pi / 2, np.pi / 2, 14), np.linspace(0, 2 * np.pi, 22, endpoint=False))
    power = 0.55  # a superellipsoid: a box with round edges

    def curve(value: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.sign(value) * np.abs(value) ** power

    ring = np.stack([curve(np.cos(u)) * curve(np.cos(v)), curve(np.cos(u)) * curve(np.sin(v)), curve(np.sin(u))], -1)
    pack = ring.reshape(-1, 3) * (0.16, 0.09, 0.23) + (0, chest[1] - 0.2, chest[2] + 0.13)
    row, column = np.meshgrid(np.arange(22), np.arange(13), indexing="ij")
    here, below = row * 14 + column, ((row + 1) % 22) * 14 + column
    quads = np.concatenate([np.stack([here, below, here + 1], -1), np.stack([below, below + 1, here + 1], -1)])
    held = np.zeros((len(pack), len(BONES)), np.float32)
    held[:, BONE["spine_03"]] = 1
    tones = np.array(colour) * np.where(np.abs(ring.reshape(-1, 3)[:, 2:] - 0.2) < 0.12, 0.6, 1.0)
    return (
        np.concatenate([points, pack]).astype(np.float32),
        np.concatenate([faces, quads.reshape(-1, 3) + len(points)]).astype(np.int32),
        np.concatenate([colours, tones]).astype(np.uint8),
        np.concatenate([weights, held]),
    )


def _mesh(figure: Figure, turns: NDArray[np.float64]) -> Mesh:
    motions = posed(figure.body, turns)
    points, normals = skinned(figure.points, figure.normals, figure.weights, motions)
    points[:, 2] -= points[:, 2].min()
    return Mesh(points, figure.faces, figure.colours, normals)


def _joint_now(motions: NDArray[np.float64], body: Body, name: str) -> NDArray[np.float64]:
    place: NDArray[np.float64] = motions[BONE[name], :, :3] @ body.joints[BONE[name]] + motions[BONE[name], :, 3]
    return place


def _about(axis: int, degrees: float) -> NDArray[np.float64]:
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.eye(3)
    one, two = (axis + 1) % 3, (axis + 2) % 3
    turn[one, one] = turn[two, two] = cos
    turn[one, two], turn[two, one] = -sin, sin
    return turn


def _periodic(keys: tuple[tuple[float, float], ...]) -> CubicSpline:
    at = [key[0] for key in keys] + [1.0]
    return CubicSpline(at, [key[1] for key in keys] + [keys[0][1]], bc_type="periodic")


# Angles of the joints over a cycle from heel strike, degrees; Source: Winter, Biomechanics and Motor Control, ch. 4.
_HIP = _periodic(((0, 26), (0.12, 20), (0.3, 4), (0.5, -12), (0.6, -5), (0.75, 20), (0.87, 29)))
_KNEE = _periodic(((0, 4), (0.13, 17), (0.38, 5), (0.5, 12), (0.62, 40), (0.72, 60), (0.85, 34), (0.95, 5)))
_ANKLE = _periodic(((0, 2), (0.08, -5), (0.3, 7), (0.45, 10), (0.6, -16), (0.75, 0), (0.9, 2)))


def _walk_turns(phase: float, swing: float) -> NDArray[np.float64]:
    turns = np.tile(np.eye(3), (len(BONES), 1, 1))
    for side, own, sign in (("l", phase, -1.0), ("r", (phase + 0.5) % 1.0, 1.0)):
        turns[BONE[f"thigh_{side}"]] = _about(0, swing * float(_HIP(own))) @ _about(1, sign * 6)
        turns[BONE[f"calf_{side}"]] = _about(0, -swing * float(_KNEE(own)))
        turns[BONE[f"foot_{side}"]] = _about(0, float(_ANKLE(own)))
        ahead = -22 * swing * np.cos(2 * np.pi * own)
        _hang_arm(turns, side, ahead - 4, -14 + 9 * float(np.sin(2 * np.pi * own - 0.6)))
    sway = float(np.cos(2 * np.pi * phase))
    turns[BONE["pelvis"]] = _about(2, 5 * sway)
    turns[BONE["spine_02"]] = _about(2, -9 * sway) @ _about(0, -3)
    turns[BONE["head"]] = _about(2, 4 * sway)
    return turns


def _standing_turns(phase: float, phone: bool) -> NDArray[np.float64]:
    turns = np.tile(np.eye(3), (len(BONES), 1, 1))
    shift = float(np.sin(2 * np.pi * phase))
    turns[BONE["pelvis"]] = _about(1, 3 * shift)
    turns[BONE["spine_02"]] = _about(1, -4 * shift) @ _about(2, 7 * shift)
    look = 38 * float(np.sin(2 * np.pi * phase)) + 12 * float(np.sin(6 * np.pi * phase))
    turns[BONE["head"]] = _about(2, 0.4 * look if phone else look) @ _about(0, -22 if phone else -2)
    for side, sign in (("l", -1.0), ("r", 1.0)):
        turns[BONE[f"thigh_{side}"]] = _about(1, -3 * shift + sign * 4)
        turns[BONE[f"calf_{side}"]] = _about(0, -4 * max(0.0, sign * shift))
        _hang_arm(turns, side, 3 * shift - 2, -18)
    if phone:
        _hang_arm(turns, "r", 16 + 3 * shift, 80)
    return turns


def _hang_arm(turns: NDArray[np.float64], side: str, forward: float, bend: float) -> None:
    """Lower the arm from the rest pose, swing it forward and bend the elbow; degrees."""
    lower = _about(1, 37 if side == "r" else -37)
    turns[BONE[f"upperarm_{side}"]] = _about(0, forward) @ lower
    turns[BONE[f"lowerarm_{side}"]] = lower.T @ _about(0, bend) @ lower
