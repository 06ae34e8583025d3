"""Plates: exact and one-off readings of single photographs, fused looks, calibration; RapidOCR with a regex beside us.

The photographs trained nothing, but how lines are levelled and cut was tried on the Argentine crops. Looks of one track
are simulated, by cutting the same photograph a little differently.
"""

import csv
import json
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image

from bench.figures import Figure
from bench.peers.environment import peer_python
from sereno.analytics.detectors.catalogue import DetectorPool, ModelFolders
from sereno.analytics.detectors.port import Detector, Frame
from sereno.analytics.model import VEHICLES
from sereno.analytics.plates.models import NETWORK, plate_models
from sereno.analytics.plates.reader import PlateOnCrop, PlateReader
from sereno.analytics.plates.votes import PlateDesk, PlateVote
from sereno.core.geometry import Box

ROOT = Path(__file__).parents[1]
ASSETS = ROOT / "cache" / "assets"
PHOTOS = ROOT.parent / "shared" / "data" / "plates"
SITE_MODELS = ROOT / "cache" / "plates"
"""Where ``recipes/plates`` leaves its network; with it every set is measured a second time."""
SETS = {"br": "BR", "ar_crops": "AR", "eu": "EU", "us": "US"}
GOALS = {"br_vehicle": 0.90, "br": 0.90, "ar_crops": 0.90}
LOOKS = 3
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
BINS = (0.0, 0.5, 0.8, 0.95, 1.0)


@dataclass(frozen=True, slots=True)
class Photo:
    """``rows`` and ``columns`` in pixels: the region around the plate, or all of a crop."""

    path: Path
    plate: str
    rows: tuple[int, int]
    columns: tuple[int, int]
    is_crop: bool

    @property
    def region(self) -> Frame:
        return np.ascontiguousarray(pixels(self.path)[slice(*self.rows), slice(*self.columns)])


@dataclass(frozen=True, slots=True)
class Answer:
    off: int
    ms: float
    confidence: float


def run(quick: bool) -> Sequence[Figure]:
    photos = {name: photographs(name)[:: 4 if quick else 1] for name in SETS}
    peers = {name: of_peer(photos[name]) for name in SETS}
    figures = list(_figures(photos, peers, "", quick))
    if (SITE_MODELS / NETWORK).exists():
        figures += _figures(photos, peers, "_network", quick)
    return figures


def _figures(
    photos: dict[str, list[Photo]], peers: dict[str, list[Answer]], variant: str, quick: bool
) -> Iterator[Figure]:
    readers = {name: reader_for(country, variant) for name, country in SETS.items()}
    singles = {name: [single(readers[name], photo) for photo in photos[name]] for name in SETS}
    for name, answers in singles.items():
        yield from _rates(name + variant, answers, peers[name], GOALS.get(name))
    yield from _rates(
        "br_vehicle" + variant, [on_vehicle(readers["br"], photo) for photo in photos["br"]], None, GOALS["br_vehicle"]
    )
    if not quick:
        voted = [after_looks(readers["ar_crops"], photo, seed) for seed, photo in enumerate(photos["ar_crops"])]
        yield _share(f"ar_crops{variant}_three_simulated_looks_exact", voted)
    yield from _reliability(variant, [answer for answers in singles.values() for answer in answers])


def _rates(key: str, answers: list[Answer], peers: list[Answer] | None, goal: float | None) -> Iterator[Figure]:
    exact, one_off, ms = _measured(answers)
    peer = _measured(peers) if peers else (None, None, None)
    name = "rapidocr-onnxruntime and a regex" if peers else None
    yield Figure(
        key=f"{key}_exact",
        value=exact,
        unit="share",
        peer=name,
        peer_value=peer[0],
        goal=goal,
        bound="none" if goal is None else "at_least",
    )
    yield Figure(key=f"{key}_within_one", value=one_off, unit="share", peer=name, peer_value=peer[1])
    yield Figure(key=f"{key}_ms", value=ms, unit="CPU ms", peer=name, peer_value=peer[2])


def _measured(answers: list[Answer]) -> tuple[float, float, float]:
    offs = np.array([answer.off for answer in answers])
    return float((offs == 0).mean()), float((offs <= 1).mean()), float(np.mean([answer.ms for answer in answers]))


def _share(key: str, answers: list[Answer]) -> Figure:
    return Figure(key=key, value=_measured(answers)[0], unit="share")


def _reliability(variant: str, answers: list[Answer]) -> Iterator[Figure]:
    """How far confidence is from the share that is right, over all sets; and that share by bins."""
    read = [answer for answer in answers if answer.confidence > 0]
    error = 0.0
    for low, high in pairwise(BINS):
        within = [a for a in read if low < a.confidence <= high]
        if not within:
            continue
        right = sum(a.off == 0 for a in within) / len(within)
        error += len(within) / len(read) * abs(right - sum(a.confidence for a in within) / len(within))
        key = f"confidence{variant}_{round(100 * low)}_to_{round(100 * high)}"
        yield Figure(key=f"{key}_right", value=right, unit="share")
        yield Figure(key=f"{key}_count", value=len(within), unit="readings")
    yield Figure(key=f"confidence{variant}_calibration_error", value=error, unit="share")


def single(reader: PlateReader, photo: Photo) -> Answer:
    region = photo.region
    began_s = time.process_time()
    found = reader.read_plate(region) if photo.is_crop else reader.read(region)
    return _answer(photo, found, 1e3 * (time.process_time() - began_s))


def on_vehicle(reader: PlateReader, photo: Photo) -> Answer:
    """The vehicle is found by the detector first; the time is that of the reading."""
    whole = pixels(photo.path)
    height, width = whole.shape[:2]
    detector = _detector()
    small = Image.fromarray(whole).resize(detector.frame_size(width, height))
    found = detector.detect(np.asarray(small, np.uint8))
    vehicles = [one.box.within_picture() for one in found if one.kind in VEHICLES]
    if not vehicles:
        return Answer(len(photo.plate), 0.0, 0.0)
    box = max(vehicles, key=lambda b: b.area)
    part = whole[int(box.top * height) : int(box.bottom * height), int(box.left * width) : int(box.right * width)]
    began_s = time.process_time()
    read = reader.read(np.ascontiguousarray(part))
    return _answer(photo, read, 1e3 * (time.process_time() - began_s))


def after_looks(reader: PlateReader, photo: Photo, seed: int) -> Answer:
    """Some looks at the same photograph, shifted, scaled and with fresh noise, as one track."""
    random, desk = np.random.default_rng(seed), PlateDesk()
    began_s = time.process_time()
    for number in range(LOOKS):
        region = jittered(photo.region, random, photo.is_crop)
        found = reader.read_plate(region) if photo.is_crop else reader.read(region)
        whole = Box(0, 0, 1, 1)
        vote = PlateVote(found.plate, found.look, found.box, whole) if found else None
        desk = desk.after(vote, BEGIN + timedelta(seconds=number), reader.prior)
    ms = 1e3 * (time.process_time() - began_s)
    if desk.reading is None:
        return Answer(len(photo.plate), ms, 0.0)
    return Answer(edits(desk.reading.text, photo.plate), ms, desk.reading.confidence)


def jittered(region: Frame, random: np.random.Generator, is_crop: bool) -> Frame:
    height, width = region.shape[:2]
    cut = random.uniform(0, 0.03 if is_crop else 0.06, 4) * (height, width, height, width)
    top, left, bottom, right = cut.astype(int)
    part = region[top : height - bottom or None, left : width - right or None]
    scale = random.uniform(0.8, 1.1)
    size = max(8, int(part.shape[1] * scale)), max(8, int(part.shape[0] * scale))
    noisy = np.asarray(Image.fromarray(part).resize(size), np.float32) + random.normal(0, 4, (size[1], size[0], 1))
    return np.clip(noisy, 0, 255).astype(np.uint8)


def of_peer(photos: list[Photo]) -> list[Answer]:
    asked = [{"path": str(p.path), "rows": p.rows, "columns": p.columns, "line": p.is_crop} for p in photos]
    argv = (str(peer_python("plates")), str(Path(__file__).parent / "peers" / "run_rapidocr.py"))
    done = subprocess.run(argv, input=json.dumps(asked), stdout=subprocess.PIPE, text=True, check=True)
    rows = json.loads(done.stdout.splitlines()[-1])
    return [Answer(edits(row["text"], p.plate), row["ms"], 1.0) for row, p in zip(rows, photos, strict=True)]


def photographs(name: str) -> list[Photo]:
    with (PHOTOS / name / "labels.csv").open(encoding="utf-8") as file:
        return [_photo(PHOTOS / name / row["file"], row) for row in csv.DictReader(file)]


def _photo(path: Path, row: dict[str, str]) -> Photo:
    if "x" not in row:
        height, width = pixels(path).shape[:2]
        return Photo(path, row["plate"], (0, height), (0, width), is_crop=True)
    x, y, w, h = (int(row[key]) for key in ("x", "y", "w", "h"))
    return Photo(
        path, row["plate"], (max(0, y - 2 * h), y + 3 * h), (max(0, x - w // 2), x + w * 3 // 2), is_crop=False
    )


@cache
def pixels(path: Path) -> Frame:
    return np.asarray(Image.open(path).convert("RGB"), np.uint8)


@cache
def _detector() -> Detector:
    return DetectorPool(ModelFolders(assets=ASSETS, cache=ROOT / "cache" / "models"), threads=1).get(
        "efficientdet-lite0"
    )


def reader_for(country: str, variant: str) -> PlateReader:
    network = SITE_MODELS / NETWORK
    pinned = sha256(network.read_bytes()).hexdigest() if variant else ""
    return PlateReader(plate_models(ASSETS, SITE_MODELS, pinned), country)


def _answer(photo: Photo, found: PlateOnCrop | None, ms: float) -> Answer:
    if found is None:
        return Answer(len(photo.plate), ms, 0.0)
    return Answer(edits(found.plate.text, photo.plate), ms, found.plate.confidence)


def edits(a: str, b: str) -> int:
    """Signs inserted, left out or changed."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        above, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (x != y)))
    return row[-1]
