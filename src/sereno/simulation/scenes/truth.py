"""The exact ground truth of a clip, kept beside it; it is for measuring and never enters the pipeline."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from sereno.core.geometry import Box
from sereno.runtime.atomic_file import replace_file
from sereno.simulation.scenes.actors import FPS, Actor, Role
from sereno.simulation.scenes.scene import MAIN_SIZE, Scene
from sereno.simulation.scenes.stage import Camera

_LEAST_VISIBLE = 0.5
"""A thing of which less than this share is inside the picture counts as not there."""


@dataclass(frozen=True, slots=True)
class TrueTrack:
    """One thing through the clip; ``boxes`` has one entry a frame, None where it is not in the picture."""

    id: str
    kind: str
    role: Role
    boxes: tuple[Box | None, ...]


@dataclass(frozen=True, slots=True)
class Truth:
    slug: str
    fps: int
    frames: int
    tracks: tuple[TrueTrack, ...]
    plate: str | None = None


def scene_truth(scene: Scene) -> Truth:
    tracks = tuple(
        TrueTrack(actor.name, actor.kind, actor.role, tuple(_box(actor, n, scene.camera) for n in range(scene.frames)))
        for actor in scene.actors
    )
    return Truth(scene.slug, FPS, scene.frames, tracks, scene.plate)


def _box(actor: Actor, frame: int, camera: Camera) -> Box | None:
    seen: list[NDArray[np.float64]] = []
    for one in actor.frames[frame]:
        if one.mesh in actor.outline:
            points = actor.outline[one.mesh] @ one.motion[:3, :3].T + one.motion[:3, 3]
            seen.append(camera.projected(points.astype(np.float32), MAIN_SIZE[0] / MAIN_SIZE[1]))
    if not seen:
        return None
    corners = np.concatenate(seen)
    if corners[:, 2].min() < 0.3:  # beside or behind the lens
        return None
    low, high = corners[:, :2].min(axis=0), corners[:, :2].max(axis=0)
    inner_low, inner_high = np.clip(low, 0, 1), np.clip(high, 0, 1)
    if np.prod(inner_high - inner_low) < _LEAST_VISIBLE * np.prod(high - low):
        return None
    return Box(float(inner_low[0]), float(inner_low[1]), float(inner_high[0]), float(inner_high[1]))


def write_truth(truth: Truth, path: Path) -> None:
    row = {
        "slug": truth.slug,
        "fps": truth.fps,
        "frames": truth.frames,
        "plate": truth.plate,
        "tracks": [
            {"id": t.id, "kind": t.kind, "role": t.role, "boxes": [_rounded(box) for box in t.boxes]}
            for t in truth.tracks
        ],
    }
    replace_file(path, json.dumps(row, separators=(",", ":")).encode(), mode=0o644)


def _rounded(box: Box | None) -> dict[str, float] | None:
    return None if box is None else {side: round(getattr(box, side), 4) for side in ("left", "top", "right", "bottom")}


def read_truth(path: Path) -> Truth:
    return TypeAdapter(Truth).validate_json(path.read_bytes())
