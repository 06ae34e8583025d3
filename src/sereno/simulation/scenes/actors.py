"""Who and what moves in a scene: a path in time, and for every frame a pose and a place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import gaussian_filter1d

from sereno.simulation.scenes.car import Car
from sereno.simulation.scenes.mesh import Mesh, Points, placed

FPS = 15


class Role(StrEnum):
    """What a thing does in the story; for measuring only."""

    PASSER = "passer"
    LOITERER = "loiterer"
    CROSSER = "crosser"
    CARRIER = "carrier"
    BAG = "bag"
    TRAFFIC = "traffic"
    WRONG_WAY = "wrong_way"
    LISTED_PLATE = "listed_plate"


Waypoint = tuple[float, float, float]
"""Seconds, x and y in metres; two with one place in between are a stop."""


@dataclass(frozen=True, slots=True)
class Track:
    """Where a thing is in each frame. Shapes: all (frames,); ``present`` says whether it is drawn at all."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    heading: NDArray[np.float64]
    walked: NDArray[np.float64]
    """Metres along the path so far."""
    moving: NDArray[np.bool_]
    present: NDArray[np.bool_]


def track(path: tuple[Waypoint, ...], frames: int, facing: Mapping[float, float] | None = None) -> Track:
    """The path frame by frame. ``facing`` gives headings (radians) for stops: second of the stop → heading."""
    times = np.arange(frames) / FPS
    at = [waypoint[0] for waypoint in path]
    x = PchipInterpolator(at, [waypoint[1] for waypoint in path])(np.clip(times, at[0], at[-1]))
    y = PchipInterpolator(at, [waypoint[2] for waypoint in path])(np.clip(times, at[0], at[-1]))
    dx, dy = np.gradient(x), np.gradient(y)
    speed = np.hypot(dx, dy) * FPS
    moving = speed > 0.25
    heading = np.arctan2(dx, dy)
    heading = _held(heading, moving)
    for second, wanted in (facing or {}).items():
        stop = ~moving & _same_stop(moving, min(frames - 1, int(second * FPS)))
        heading[stop] = wanted
    heading = gaussian_filter1d(np.unwrap(heading), 2.5)
    walked = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
    return Track(x, y, heading, walked, moving, (times >= at[0]) & (times <= at[-1]))


def _held(heading: NDArray[np.float64], moving: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The last heading of motion stays while a thing stands."""
    if not moving.any():
        return np.zeros_like(heading)
    known = np.where(moving, np.arange(len(heading)), -1)
    last = np.maximum.accumulate(known)
    last[last < 0] = int(np.argmax(moving))
    return heading[last]


def _same_stop(moving: NDArray[np.bool_], frame: int) -> NDArray[np.bool_]:
    chosen = np.zeros_like(moving)
    left = right = frame
    while left >= 0 and not moving[left]:
        left -= 1
    while right < len(moving) and not moving[right]:
        right += 1
    chosen[left + 1 : right] = True
    return chosen


@dataclass(frozen=True, slots=True)
class Placed:
    """One mesh of an actor in one frame; ``mesh`` is an index into the actor's meshes."""

    mesh: int
    motion: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Actor:
    """Meshes, and which of them are shown where in each frame; an empty tuple where it is not in the scene."""

    name: str
    kind: str
    role: Role
    meshes: tuple[Mesh, ...]
    frames: tuple[tuple[Placed, ...], ...]
    outline: Mapping[int, Points] = field(default_factory=dict)
    """Points that bound a mesh, for the true box; a mesh that is not named does not count."""


def walker(
    name: str,
    role: Role,
    poses: tuple[tuple[Mesh, ...], float],
    waits: tuple[Mesh, ...],
    course: Track,
) -> Actor:
    cycle, stride = poses
    frames: list[tuple[Placed, ...]] = []
    for number in range(len(course.x)):
        if not course.present[number]:
            frames.append(())
            continue
        if course.moving[number]:
            mesh = int(course.walked[number] / stride * len(cycle)) % len(cycle)
        else:
            mesh = len(cycle) + (number // 4) % len(waits)
        motion = placed(float(course.x[number]), float(course.y[number]), 0.0, float(course.heading[number]))
        frames.append((Placed(mesh, motion),))
    meshes = (*cycle, *waits)
    outline = {number: mesh.points[::7] for number, mesh in enumerate(meshes)}
    return Actor(name, "person", role, meshes, tuple(frames), outline)


def driver(name: str, role: Role, car: Car, course: Track, kind: str = "car") -> Actor:
    shell = len(car.shell)
    frames: list[tuple[Placed, ...]] = []
    for number in range(len(course.x)):
        if not course.present[number]:
            frames.append(())
            continue
        motion = placed(float(course.x[number]), float(course.y[number]), 0.0, float(course.heading[number]))
        turn = _rolled(float(course.walked[number]) / car.wheel_radius)
        wheels = [Placed(shell + k, motion @ placed(*place) @ turn) for k, place in enumerate(car.axle_places)]
        frames.append((*(Placed(k, motion) for k in range(shell)), *wheels))
    meshes = (*car.shell, *(car.axle for _ in car.axle_places))
    return Actor(name, kind, role, meshes, tuple(frames), {0: car.extent})


def carried(name: str, kind: str, mesh: Mesh, course: Track, offset: tuple[float, float]) -> Actor:
    """A thing that is pulled along a track at ``offset`` (right, ahead) of its carrier, metres."""
    frames: list[tuple[Placed, ...]] = []
    for number in range(len(course.x)):
        if not course.present[number]:
            frames.append(())
            continue
        motion = placed(float(course.x[number]), float(course.y[number]), 0.0, float(course.heading[number]))
        frames.append((Placed(0, motion @ placed(offset[0], offset[1])),))
    return Actor(name, kind, Role.BAG, (mesh,), tuple(frames), {0: mesh.points})


def standing(name: str, kind: str, mesh: Mesh, motion: NDArray[np.float64], shown: tuple[bool, ...]) -> Actor:
    """A thing left standing at a place in the frames that ``shown`` names."""
    frames = tuple((Placed(0, motion),) if here else () for here in shown)
    return Actor(name, kind, Role.BAG, (mesh,), frames, {0: mesh.points})


def _rolled(angle: float) -> NDArray[np.float64]:
    cos, sin = np.cos(-angle), np.sin(-angle)
    return np.array([[1, 0, 0, 0], [0, cos, -sin, 0], [0, sin, cos, 0], [0, 0, 0, 1]], np.float64)
