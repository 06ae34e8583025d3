"""A human body out of MakeHuman's base mesh, dressed, and posed by its skeleton.

Source: the mesh, its targets and weights are MakeHuman's, released as CC0 (makehumancommunity.org).
"""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sereno.simulation.scenes.mesh import Faces, Points

BONES: tuple[tuple[str, str | None, str], ...] = (
    ("pelvis", None, "joint-pelvis"),
    ("spine_01", "pelvis", "joint-spine-4"),
    ("spine_02", "spine_01", "joint-spine-3"),
    ("spine_03", "spine_02", "joint-spine-2"),
    ("neck_01", "spine_03", "joint-neck"),
    ("head", "neck_01", "joint-head"),
    ("clavicle_l", "spine_03", "joint-l-clavicle"),
    ("upperarm_l", "clavicle_l", "joint-l-shoulder"),
    ("lowerarm_l", "upperarm_l", "joint-l-elbow"),
    ("hand_l", "lowerarm_l", "joint-l-hand"),
    ("thigh_l", "pelvis", "joint-l-upper-leg"),
    ("calf_l", "thigh_l", "joint-l-knee"),
    ("foot_l", "calf_l", "joint-l-ankle"),
    ("ball_l", "foot_l", "joint-l-foot-1"),
    ("clavicle_r", "spine_03", "joint-r-clavicle"),
    ("upperarm_r", "clavicle_r", "joint-r-shoulder"),
    ("lowerarm_r", "upperarm_r", "joint-r-elbow"),
    ("hand_r", "lowerarm_r", "joint-r-hand"),
    ("thigh_r", "pelvis", "joint-r-upper-leg"),
    ("calf_r", "thigh_r", "joint-r-knee"),
    ("foot_r", "calf_r", "joint-r-ankle"),
    ("ball_r", "foot_r", "joint-r-foot-1"),
)
"""Name, parent, and the group of the mesh that marks the joint; parents come first."""
BONE = {name: number for number, (name, _, _) in enumerate(BONES)}
_BODY_POINTS = 13380
"""The base mesh's first points are the body; what follows are joint markers and proxies for clothes."""
_FINGERS = ("index", "middle", "ring", "pinky", "thumb")


@dataclass(frozen=True, slots=True)
class Body:
    """A shape at rest, arms half raised. Shapes: ``weights`` (N, bones), ``joints`` (bones, 3)."""

    points: Points
    faces: Faces
    weights: NDArray[np.float32]
    joints: Points


@dataclass(frozen=True, slots=True)
class BaseMesh:
    points: Points
    """All points of the file, in its own axes (y up, z ahead) and decimetres."""
    faces: Faces
    weights: NDArray[np.float32]
    joint_points: tuple[NDArray[np.int32], ...]


def load_base(mesh_file: Path, weights_file: Path) -> BaseMesh:
    points: list[list[float]] = []
    faces: list[list[int]] = []
    joints: dict[str, set[int]] = {}
    group = ""
    for line in mesh_file.read_text(encoding="ascii", errors="replace").splitlines():
        word, *rest = line.split() or [""]
        if word == "v":
            points.append([float(value) for value in rest])
        elif word == "g":
            group = rest[0]
        elif word == "f":
            corners = [int(corner.split("/")[0]) - 1 for corner in rest]
            if group.startswith("joint-"):
                joints.setdefault(group, set()).update(corners)
            elif group == "body":
                faces += [[corners[0], corners[k], corners[k + 1]] for k in range(1, len(corners) - 1)]
    marks = tuple(np.array(sorted(joints[mark]), np.int32) for _, _, mark in BONES)
    return BaseMesh(np.array(points, np.float32), np.array(faces, np.int32), _load_weights(weights_file), marks)


def _load_weights(path: Path) -> NDArray[np.float32]:
    """(N, bones); fingers follow the hand, for nobody sees them bend."""
    weights = np.zeros((_BODY_POINTS, len(BONES)), np.float32)
    for name, rows in json.loads(path.read_text(encoding="utf-8"))["weights"].items():
        bone = f"hand_{name[-1]}" if name.startswith(_FINGERS) else name
        if bone in BONE:
            for point, weight in rows:
                if point < _BODY_POINTS:
                    weights[point, BONE[bone]] += weight
    totals: NDArray[np.float32] = np.maximum(weights.sum(axis=1, keepdims=True), 1e-6)
    return weights / totals


def load_target(path: Path, count: int) -> Points:
    """(count, 3): how far each point of the base mesh moves for this shape, decimetres."""
    moves = np.zeros((count, 3), np.float32)
    with gzip.open(path, "rt", encoding="ascii", errors="replace") as file:
        for line in file:
            parts = line.split()
            if len(parts) == 4 and not line.startswith("#"):
                moves[int(parts[0])] = [float(value) for value in parts[1:]]
    return moves


def shaped(base: BaseMesh, moves: Points, height_m: float) -> Body:
    """The body of one person, standing on z = 0 and looking along +y."""
    world = (base.points + moves)[:, [0, 2, 1]] * np.array([-1, 1, 1], np.float32)
    body = world[:_BODY_POINTS]
    low, high = body[:, 2].min(), body[:, 2].max()
    scale = height_m / (high - low)
    origin = np.array([0, base_centre(world, base), low], np.float32)
    joints = np.array([world[mark].mean(axis=0) for mark in base.joint_points], np.float32)
    return Body(
        ((body - origin) * scale).astype(np.float32),
        base.faces,
        base.weights,
        ((joints - origin) * scale).astype(np.float32),
    )


def base_centre(world: Points, base: BaseMesh) -> float:
    return float(world[base.joint_points[BONE["pelvis"]], 1].mean())


def posed(body: Body, turns: NDArray[np.float64]) -> NDArray[np.float64]:
    """The (bones, 3, 4) motions of the bones. ``turns`` (bones, 3, 3): each bone's own turn about its joint at rest."""
    motions = np.zeros((len(BONES), 3, 4))
    for number, (_, parent, _) in enumerate(BONES):
        joint = body.joints[number].astype(np.float64)
        if parent is None:
            rotation, place = turns[number], joint
        else:
            above = motions[BONE[parent]]
            rotation = above[:, :3] @ turns[number]
            place = above[:, :3] @ joint + above[:, 3]
        motions[number, :, :3] = rotation
        motions[number, :, 3] = place - rotation @ joint
    return motions


def skinned(points: Points, normals: Points, weights: csr_array, motions: NDArray[np.float64]) -> tuple[Points, Points]:
    """Points and normals moved by the bones (linear blend skinning)."""
    blended = (weights @ motions.reshape(len(BONES), 12).astype(np.float32)).reshape(-1, 3, 4)
    moved = np.einsum("nij,nj->ni", blended[:, :, :3], points) + blended[:, :, 3]
    turned = np.einsum("nij,nj->ni", blended[:, :, :3], normals)
    turned /= np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-6)
    return moved.astype(np.float32), turned.astype(np.float32)
