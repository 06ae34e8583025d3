"""Faces: how often the same person is told, a stranger taken for another, and from how many pixels on.

On photos of public figures and of volunteers in a laboratory; neither says much about a street. Each photo's largest
face is compared. Photos are also shrunk until so many pixels lie between the eyes, and compared with whole ones.
"""

import csv
import json
import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

import numpy as np
from PIL import Image

from bench.figures import Figure
from bench.peers.environment import peer_python
from sereno.analytics.assets import FACE_ASSETS, SFACE, YUNET
from sereno.analytics.detectors.port import Frame
from sereno.analytics.faces.finding import FaceFinder
from sereno.analytics.faces.matching import THRESHOLD, FaceModel, usable
from sereno.analytics.faces.warrant import FaceVector
from sereno.main.assets import fetch_assets

_ROOT = Path(__file__).parents[1]
_ASSETS = _ROOT / "cache" / "assets"
_FACES = _ROOT.parent / "shared" / "data" / "faces"
_PEER_THRESHOLD = 0.363
"""What OpenCV recommends for the model."""
_EYES_PX = (60, 40, 30, 20, 16, 12, 8)

Pair = tuple[Path, Path, bool]


class PeerAnswer(TypedDict):
    """``scores``: the cosine of each pair, by set; None where a face was missed."""

    scores: dict[str, list[float | None]]
    find_ms: float
    embed_ms: float


@dataclass(frozen=True, slots=True)
class Told:
    """The largest face of a photo; no vector when there is none, or none that is used. ``eyes_px`` 0: none found."""

    vector: FaceVector | None
    eyes_px: float


@dataclass(slots=True)
class Rates:
    """At ``least``, the cosine from which two faces count as one person's."""

    least: float = THRESHOLD
    same: list[bool] = field(default_factory=list)
    different: list[bool] = field(default_factory=list)

    def add(self, same: bool, score: float | None) -> None:
        (self.same if same else self.different).append(score is not None and score >= self.least)

    @property
    def true_rate(self) -> float:
        return float(np.mean(self.same)) if self.same else 0.0

    @property
    def false_rate(self) -> float:
        return float(np.mean(self.different)) if self.different else 0.0


@dataclass(slots=True)
class Bench:
    finder: FaceFinder
    model: FaceModel
    find_s: list[float] = field(default_factory=list)
    embed_s: list[float] = field(default_factory=list)

    def told(self, photo: Frame) -> Told:
        began_s = time.process_time()
        faces = self.finder.find(photo)
        found_s = time.process_time()
        self.find_s.append(found_s - began_s)
        if not faces:
            return Told(None, 0.0)
        face = max(faces, key=lambda f: f.width * f.height)
        vector = self.model.vector(photo, face)
        self.embed_s.append(time.process_time() - found_s)
        return Told(vector if usable(face) else None, face.eyes_px)


def run(quick: bool) -> Sequence[Figure]:
    fetch_assets(_ASSETS, FACE_ASSETS)
    bench = Bench(FaceFinder(_ASSETS / YUNET.name), FaceModel(_ASSETS / SFACE.name))
    sets = {"deepface": deepface_pairs(), "orl": orl_pairs(5 if quick else 20), "two_people": two_people_pairs()}
    peer = opencv_scores(sets)
    figures: list[Figure] = []
    strangers = Rates()
    for name, pairs in sets.items():
        told = {path: bench.told(photo(path)) for path in _photos(pairs)}
        if name == "orl":
            strangers = all_strangers(told)
        ours, theirs = rates(pairs, told), Rates(least=_PEER_THRESHOLD)
        for (_, _, same), score in zip(pairs, peer["scores"][name], strict=True):
            theirs.add(same, score)
        missed = sum(each.eyes_px == 0 for each in told.values())
        refused = sum(each.vector is None for each in told.values()) - missed
        figures += [
            _beside(f"{name}_true_match", ours.true_rate, theirs.true_rate),
            _beside(f"{name}_false_match", ours.false_rate, theirs.false_rate),
            Figure(key=f"{name}_pairs_same", value=len(ours.same), unit="pairs"),
            Figure(key=f"{name}_pairs_different", value=len(ours.different), unit="pairs"),
            Figure(key=f"{name}_missed", value=missed, unit=f"of {len(told)} photos"),
            Figure(key=f"{name}_refused", value=refused, unit=f"of {len(told)} photos"),
        ]
    figures += [
        Figure(key="orl_strangers_false_match", value=strangers.false_rate, unit="share"),
        Figure(key="orl_strangers_pairs", value=len(strangers.different), unit="pairs, every two subjects"),
    ]
    figures += by_size(bench, sets["deepface"], _EYES_PX[::2] if quick else _EYES_PX)
    return [
        *figures,
        Figure(
            key="ms_find",
            value=1000 * float(np.median(bench.find_s)),
            unit="ms a photo",
            peer="OpenCV YuNet",
            peer_value=peer["find_ms"],
        ),
        Figure(
            key="ms_vector",
            value=1000 * float(np.median(bench.embed_s)),
            unit="ms a face",
            peer="OpenCV SFace",
            peer_value=peer["embed_ms"],
        ),
    ]


def all_strangers(told: dict[Path, Told]) -> Rates:
    """Every photo with every photo of another subject (a subject is a folder)."""
    tally, rows = Rates(), sorted(told.items(), key=lambda row: row[0])
    for number, (one, a) in enumerate(rows):
        for other, b in rows[number + 1 :]:
            if one.parent != other.parent and a.vector is not None and b.vector is not None:
                tally.add(False, float(a.vector @ b.vector))
    return tally


def by_size(bench: Bench, pairs: Sequence[Pair], sizes: Iterable[int]) -> list[Figure]:
    """One photo of each pair as it is, the other shrunk; and the gate on too few pixels left aside."""
    figures: list[Figure] = []
    whole = {path: bench.told(photo(path)) for path in _photos(pairs)}
    for size in sizes:
        small: dict[Path, FaceVector | None] = {}
        for path, told in whole.items():
            small[path] = _vector_at(bench, photo(path), size / told.eyes_px) if told.eyes_px >= size else None
        comparable = {path for path, told in whole.items() if told.eyes_px >= size}
        tally = Rates()
        for one, other, same in pairs:
            a = whole[one].vector
            if a is not None and other in comparable:
                b = small[other]
                tally.add(same, None if b is None else float(a @ b))
        figures += [
            Figure(key=f"size_{size:02}px_true_match", value=tally.true_rate, unit="share"),
            Figure(key=f"size_{size:02}px_false_match", value=tally.false_rate, unit="share"),
            Figure(key=f"size_{size:02}px_pairs", value=len(tally.same), unit="same pairs"),
        ]
    return figures


def _vector_at(bench: Bench, picture: Frame, scale: float) -> FaceVector | None:
    height, width = picture.shape[:2]
    size = max(8, round(width * scale)), max(8, round(height * scale))
    shrunk = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX))
    faces = bench.finder.find(shrunk)
    return bench.model.vector(shrunk, max(faces, key=lambda f: f.width * f.height)) if faces else None


def rates(pairs: Sequence[Pair], told: dict[Path, Told]) -> Rates:
    tally = Rates()
    for one, other, same in pairs:
        a, b = told[one].vector, told[other].vector
        tally.add(same, None if a is None or b is None else float(a @ b))
    return tally


def opencv_scores(sets: dict[str, list[Pair]]) -> PeerAnswer:
    """The same files through OpenCV's own classes, in an environment of their own."""
    asked = {
        "finder": str(_ASSETS / YUNET.name),
        "model": str(_ASSETS / SFACE.name),
        "sets": {name: [(str(one), str(other)) for one, other, _ in pairs] for name, pairs in sets.items()},
    }
    script = Path(__file__).parent / "peers" / "run_faces.py"
    argv = (str(peer_python("faces")), str(script))
    answer = subprocess.run(argv, input=json.dumps(asked), stdout=subprocess.PIPE, text=True, check=True)
    told: PeerAnswer = json.loads(answer.stdout)
    return told


def photo(path: Path) -> Frame:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def deepface_pairs() -> list[Pair]:
    folder = _FACES / "deepface"
    with (folder / "pairs.csv").open(encoding="utf-8") as file:
        return [
            (folder / row["file_x"].strip(), folder / row["file_y"].strip(), row["Decision"].strip() == "Yes")
            for row in csv.DictReader(file)
        ]


def orl_pairs(subjects: int) -> list[Pair]:
    folder = _FACES / "orl"
    allowed = {f"s{number}" for number in range(1, subjects + 1)}
    with (folder / "pairs.csv").open(encoding="utf-8") as file:
        return [
            (folder / row["file_a"], folder / row["file_b"], row["same"].strip() == "1")
            for row in csv.DictReader(file)
            if {row["file_a"].split("/")[0], row["file_b"].split("/")[0]} <= allowed
        ]


def two_people_pairs() -> list[Pair]:
    paths = sorted(path for path in (_FACES / "two_people").iterdir() if path.suffix in {".jpg", ".png"})
    return [
        (one, other, _first_word(one) == _first_word(other))
        for number, one in enumerate(paths)
        for other in paths[number + 1 :]
    ]


def _first_word(path: Path) -> str:
    return path.stem.split("_")[0].rstrip("0123456789")


def _photos(pairs: Sequence[Pair]) -> list[Path]:
    return sorted({path for one, other, _ in pairs for path in (one, other)})


def _beside(key: str, value: float, peer: float) -> Figure:
    return Figure(key=key, value=value, unit="share", peer="OpenCV at 0.363", peer_value=peer)
