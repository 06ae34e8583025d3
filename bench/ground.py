"""Where people are and how fast they walk, by calibrations that somebody picks or that are learned, against the truth.

Picks lie on the feet of annotated persons, off by two pixels of the picture; who picks spreads them. A position's error
is the calibration's alone; that of the speed has the detector's jitter in it too.
"""

import json
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from math import hypot
from pathlib import Path

import numpy as np

from bench.event_clips import ASSETS, MODELS
from bench.figures import Figure
from bench.ground_detected import detected_speeds
from bench.ground_truth import HOME, Floats, Scene, Step, pets, wildtrack
from bench.peers.environment import peer_python
from sereno.analytics.detectors.catalogue import DetectorPool, ModelFolders
from sereno.analytics.ground.motion import GroundWatch
from sereno.analytics.model import ObjectKind
from sereno.core.errors import AppError
from sereno.core.geometry import Box, Point
from sereno.maps.ground.heights import fit_heights
from sereno.maps.ground.pairs import Pair, fit_pairs
from sereno.maps.ground.plane import FOOT_ERROR, GroundPlane
from sereno.maps.ground.pose import Pose, PoseErrors

PICK_PX = 2.0
COUNTS = (4, 6, 10)
METHODS = ("points", "opencv", "equal_scale")
PEER = "OpenCV findHomography"
BANDS = ((0, 10), (10, 20), (20, 40))
"""Metres from the camera."""
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
WALKING_MPS = 0.5
_TESTED = 150
_KNOWN = PoseErrors(position_m=0.3, height=0.7, tilt_deg=20.0, bearing_deg=0.5, focal=0.03)
_UNKNOWN = PoseErrors(position_m=0.3, height=0.7, tilt_deg=20.0, bearing_deg=0.5, focal=0.5)

Locate = Callable[[Point], tuple[float, float] | None]
Errors = dict[str, list[tuple[float, float]]]
"""By method: distance from the camera, and how far off the position is, metres."""


def run(quick: bool) -> Sequence[Figure]:
    scenes = wildtrack()
    walkers = pets()
    trials = 3 if quick else 12
    return [
        *_positions(scenes, trials),
        *_learned([*scenes, walkers]),
        *_speeds("wildtrack", scenes[:2] if quick else scenes),
        *_speeds("pets", [walkers]),
        *_detected(walkers, frames=60 if quick else 300),
    ]


def _detected(scene: Scene, frames: int) -> Sequence[Figure]:
    pairs = _picked(scene, 6, np.random.default_rng(12))
    plane = fit_pairs(pairs, scene.width, scene.height, map_error_m=0.05).plane
    detector = DetectorPool(ModelFolders(assets=ASSETS, cache=MODELS), threads=1).get("efficientdet-lite0")
    return detected_speeds(scene, plane, detector, frames)


def _positions(scenes: Sequence[Scene], trials: int) -> Iterator[Figure]:
    errors, sigmas, refused = _tried(scenes, trials)
    for count in COUNTS:
        for near, far in BANDS:
            key = f"{count}_{near}_{far}m"
            ours, peer, naive = (_median(errors[f"{method}{count}"], near, far) for method in METHODS)
            yield Figure(key=f"position_points{key}", value=ours, unit="m", peer=PEER, peer_value=peer)
            yield Figure(key=f"position_equal_scale{key}", value=naive, unit="m")
        worst, other = (_p95(errors[f"{method}{count}"]) for method in METHODS[:2])
        yield Figure(key=f"position_points{count}_p95", value=worst, unit="m", peer=PEER, peer_value=other)
    ours, peer = (_median(errors[f"{method}_wrong"], 0, 100) for method in METHODS[:2])
    yield Figure(key="position_one_of_10_wrong", value=ours, unit="m", peer=PEER, peer_value=peer)
    within = float(np.mean(np.array(sigmas) < 2))
    yield Figure(key="position_within_twice_said", value=within, unit="share", goal=0.9, bound="at_least")
    yield Figure(key="position_picks_refused", value=refused, unit="share")


def _tried(scenes: Sequence[Scene], trials: int) -> tuple[Errors, list[float], float]:
    """Errors by method and count of points; the errors over what is said; the share of picks that were refused."""
    errors: Errors = defaultdict(list)
    sigmas: list[float] = []
    refused = asked = 0
    draw = np.random.default_rng(11)
    for scene in scenes:
        for name in (*map(str, COUNTS), "_wrong"):
            picked = [_picked(scene, COUNTS[-1] if name == "_wrong" else int(name), draw) for _ in range(trials)]
            picked = [_spoiled(pairs) for pairs in picked] if name == "_wrong" else picked
            for pairs, matrix in zip(picked, _opencv(picked), strict=True):
                asked += 1
                try:
                    plane = fit_pairs(pairs, scene.width, scene.height, map_error_m=0.05).plane
                except AppError:
                    refused += 1
                    continue
                tested = _some(scene.steps(), draw, _TESTED)
                ways = (_ours(plane), _by_matrix(matrix), _by_matrix(_equal_scale(pairs)))
                for method, locate in zip(METHODS, ways, strict=True):
                    errors[f"{method}{name}"] += _off(scene, tested, locate)
                if name != "_wrong":
                    sigmas += _sigmas(scene, tested, plane)
    return errors, sigmas, refused / asked


def _spoiled(pairs: Sequence[Pair]) -> list[Pair]:
    """One of them three metres off on the map."""
    return [Pair(pairs[5].picture, pairs[5].place.offset(3, 0)) if pair is pairs[5] else pair for pair in pairs]


def _learned(scenes: Sequence[Scene]) -> Iterator[Figure]:
    """Share of the distance, because scale is what is learned; the place and bearing of the camera are known."""
    for name, errors in (("angle_known", _KNOWN), ("angle_unknown", _UNKNOWN)):
        shares: dict[str, list[float]] = defaultdict(list)
        heights: dict[str, list[float]] = defaultdict(list)
        failed = 0
        for scene in scenes:
            data = "pets" if scene.name == "PETS" else "wildtrack"
            angle = scene.field_of_view_deg if name == "angle_known" else 60.0
            pose = Pose(
                position=HOME.offset(*scene.camera),
                height_m=5.0,
                tilt_deg=15.0,
                bearing_deg=scene.bearing_deg,
                field_of_view_deg=angle,
            )
            boxes = [[step.box for step in walk] for walk in scene.walks.values()]
            try:
                fit = fit_heights(boxes, pose, scene.width, scene.height, errors)
            except AppError:
                failed += 1
                continue
            off = _off(scene, scene.steps()[::7], _ours(fit.plane))
            shares[data] += [gap / max(1.0, away) for away, gap in off]
            heights[data].append(abs(fit.pose.height_m / scene.camera_height_m - 1))
        for data, found in shares.items():
            yield Figure(key=f"heights_{name}_{data}_position", value=float(np.median(found)), unit="share of distance")
            yield Figure(key=f"heights_{name}_{data}_scale", value=float(np.mean(heights[data])), unit="share")
        yield Figure(key=f"heights_{name}_not_learned", value=failed, unit="cameras")


def _speeds(name: str, scenes: Sequence[Scene]) -> Iterator[Figure]:
    """Walkers with six picked points, jitter of a detector's boxes laid on the annotated ones."""
    draw = np.random.default_rng(12)
    off, sigmas, relative, turns = [], [], [], []
    for scene in scenes:
        plane = fit_pairs(_picked(scene, 6, draw), scene.width, scene.height, map_error_m=0.05).plane
        for walk in scene.walks.values():
            for true, told in _motions(scene, walk, plane, draw):
                speed = hypot(*true)
                off.append(abs(told[0] - speed))
                sigmas.append(abs(told[0] - speed) / told[1])
                if speed > WALKING_MPS:
                    relative.append(abs(told[0] / speed - 1))
                    if told[2] is not None:
                        turns.append(_turn(told[2], true))
    yield Figure(key=f"speed_{name}_median", value=float(np.median(off)), unit="m/s")
    yield Figure(key=f"speed_{name}_p95", value=float(np.percentile(off, 95)), unit="m/s")
    yield Figure(key=f"speed_{name}_relative_median", value=float(np.median(relative)), unit="share")
    yield Figure(key=f"speed_{name}_relative_p95", value=float(np.percentile(relative, 95)), unit="share")
    yield Figure(key=f"speed_{name}_heading_median", value=float(np.median(turns)), unit="degrees")
    within = float(np.mean(np.array(sigmas) < 2))
    yield Figure(key=f"speed_{name}_within_twice_said", value=within, unit="share", goal=0.9, bound="at_least")


def _motions(
    scene: Scene, walk: Sequence[Step], plane: GroundPlane, draw: np.random.Generator
) -> Iterator[tuple[tuple[float, float], tuple[float, float, float | None]]]:
    """The true velocity over the same two seconds, and the speed, its error and the heading that are told."""
    watch = GroundWatch(plane)
    for number, step in enumerate(walk):
        dx, dy = draw.normal(0, FOOT_ERROR, 2)
        foot = step.box.foot
        box = Box(foot.x + dx - 0.01, step.box.top, foot.x + dx + 0.01, foot.y + dy * scene.width / scene.height)
        told = watch.step(1, box, ObjectKind.PERSON, BEGIN + timedelta(seconds=step.at_s))
        window = [each for each in walk[: number + 1] if step.at_s - each.at_s <= 2.0]
        if told is None or len(window) < 3:
            continue
        at = np.array([each.at_s for each in window])
        ground = np.array([each.ground for each in window])
        east, north = (float(np.polyfit(at, ground[:, axis], 1)[0]) for axis in (0, 1))
        yield (east, north), (told.speed_mps, told.speed_error_mps, told.heading)


def _picked(scene: Scene, count: int, draw: np.random.Generator) -> list[Pair]:
    """Feet far from each other on the picture, off by ``PICK_PX``; places exact to what was annotated."""
    steps = _some(scene.steps(), draw, 300)
    chosen = [steps[0]]
    while len(chosen) < count:
        chosen.append(max(steps, key=lambda step: min(_apart(step, other) for other in chosen)))
    noise = draw.normal(0, PICK_PX, (count, 2)) / (scene.width, scene.height)
    return [
        Pair(
            Point(float(np.clip(step.box.foot.x + dx, 0, 1)), float(np.clip(step.box.foot.y + dy, 0, 1))),
            HOME.offset(*step.ground),
        )
        for step, (dx, dy) in zip(chosen, noise, strict=True)
    ]


def _apart(a: Step, b: Step) -> float:
    return hypot(a.box.foot.x - b.box.foot.x, a.box.foot.y - b.box.foot.y)


def _some(steps: Sequence[Step], draw: np.random.Generator, count: int) -> list[Step]:
    return [steps[number] for number in draw.choice(len(steps), min(count, len(steps)), replace=False)]


def _ours(plane: GroundPlane) -> Locate:
    def locate(foot: Point) -> tuple[float, float] | None:
        found = plane.east_north(foot)
        if found is None:
            return None
        east, north = _local(plane)
        return found[0] + east, found[1] + north

    return locate


def _local(plane: GroundPlane) -> tuple[float, float]:
    """Where the plane's origin lies on the data's ground."""
    away, bearing = HOME.distance_m(plane.origin), np.radians(HOME.bearing_deg(plane.origin))
    return float(away * np.sin(bearing)), float(away * np.cos(bearing))


def _by_matrix(matrix: Floats | None) -> Locate:
    def locate(foot: Point) -> tuple[float, float] | None:
        if matrix is None:
            return None
        east, north, depth = matrix @ np.array([foot.x, foot.y, 1.0])
        return float(east / depth), float(north / depth)

    return locate


def _off(scene: Scene, tested: Sequence[Step], locate: Locate) -> list[tuple[float, float]]:
    rows = []
    for step in tested:
        found = locate(step.box.foot)
        away = hypot(step.ground[0] - scene.camera[0], step.ground[1] - scene.camera[1])
        gap = hypot(found[0] - step.ground[0], found[1] - step.ground[1]) if found else 100.0
        rows.append((away, min(gap, 100.0)))
    return rows


def _sigmas(scene: Scene, tested: Sequence[Step], plane: GroundPlane) -> list[float]:
    """Of each usable position, its error over what is said."""
    rows = []
    for (_, gap), step in zip(_off(scene, tested, _ours(plane)), tested, strict=True):
        spot = plane.locate(step.box.foot)
        if spot is not None and spot.usable:
            rows.append(gap / spot.error_m)
    return rows


def _opencv(picked: Sequence[Sequence[Pair]]) -> list[Floats | None]:
    asked = [
        {"picture": [(pair.picture.x, pair.picture.y) for pair in pairs], "ground": [_metres(pair) for pair in pairs]}
        for pairs in picked
    ]
    script = Path(__file__).parent / "peers" / "run_homography.py"
    argv = (str(peer_python("trackers")), str(script))
    answer = subprocess.run(argv, input=json.dumps(asked), stdout=subprocess.PIPE, text=True, check=True)
    return [None if matrix is None else np.array(matrix) for matrix in json.loads(answer.stdout)]


def _metres(pair: Pair) -> tuple[float, float]:
    away, bearing = HOME.distance_m(pair.place), np.radians(HOME.bearing_deg(pair.place))
    return float(away * np.sin(bearing)), float(away * np.cos(bearing))


def _equal_scale(pairs: Sequence[Pair]) -> Floats:
    """As many metres to a pixel everywhere: a plane scaled, turned and moved, by least squares."""
    seen = np.array([complex(pair.picture.x, -pair.picture.y * 9 / 16) for pair in pairs])
    ground = np.array([complex(*_metres(pair)) for pair in pairs])
    rows = np.column_stack((seen, np.ones(len(seen))))
    (turn, move), *_ = np.linalg.lstsq(rows, ground, rcond=None)
    upright = 9 / 16
    return np.array(
        [
            [turn.real, turn.imag * upright, move.real],
            [turn.imag, -turn.real * upright, move.imag],
            [0.0, 0.0, 1.0],
        ]
    )


def _median(rows: Sequence[tuple[float, float]], near: float, far: float) -> float:
    return float(np.median([gap for away, gap in rows if near <= away < far]))


def _p95(rows: Sequence[tuple[float, float]]) -> float:
    return float(np.percentile([gap for _, gap in rows], 95))


def _turn(heading: float, true: tuple[float, float]) -> float:
    apart = abs(heading - np.degrees(np.arctan2(*true)) % 360) % 360
    return float(min(apart, 360 - apart))
