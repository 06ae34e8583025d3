"""Re-identification on real crops of six cameras: who is this, seen elsewhere?

Each crop in turn is the query; the rest are ranked; those of the same person and camera are left out.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.figures import Figure
from bench.reid_peers import HsvStripes, MobileNetLogits, mobilenet_file
from sereno.analytics.appearance.embedder import Embedder, Vectors
from sereno.analytics.appearance.onnx_embedder import OnnxEmbedder
from sereno.analytics.appearance.stripes import ColourStripes
from sereno.analytics.detectors.port import Frame

_SHARED = Path(__file__).parents[2] / "shared" / "data"
CROPS = _SHARED / "reid" / "market1501_subset"
OSNET = _SHARED / "weights" / "osnet_x0_25_msmt17.onnx"


@dataclass(frozen=True, slots=True)
class Labelled:
    pixels: Frame
    person: str
    camera: str


@dataclass(frozen=True, slots=True)
class Score:
    rank_1: float
    mean_ap: float
    ms: float


def run(quick: bool) -> Sequence[Figure]:
    crops = labelled(CROPS)[:: 3 if quick else 1]
    peers: dict[str, Embedder] = {"hsv_stripes": HsvStripes(), "mobilenet_logits": MobileNetLogits(mobilenet_file())}
    scores = {name: scored(embedder, crops) for name, embedder in peers.items()}
    fallback = scored(ColourStripes(), crops)
    osnet = scored(OnnxEmbedder(OSNET, sha256(OSNET.read_bytes()).hexdigest()), crops)
    best = max(scores, key=lambda name: scores[name].rank_1)
    return [
        Figure(key="osnet_rank1", value=osnet.rank_1, unit="share", goal=0.7056, bound="at_least"),
        Figure(key="osnet_map", value=osnet.mean_ap, unit="share", goal=0.576, bound="at_least"),
        Figure(key="osnet_ms", value=osnet.ms, unit="ms a crop"),
        Figure(
            key="fallback_rank1",
            value=fallback.rank_1,
            unit="share",
            goal=0.357,
            bound="at_least",
            peer=best,
            peer_value=scores[best].rank_1,
        ),
        Figure(key="fallback_map", value=fallback.mean_ap, unit="share", peer=best, peer_value=scores[best].mean_ap),
        Figure(key="fallback_ms", value=fallback.ms, unit="ms a crop"),
        *(
            Figure(key=f"peer_{name}_{key}", value=value, unit=unit)
            for name, score in scores.items()
            for key, value, unit in (
                ("rank1", score.rank_1, "share"),
                ("map", score.mean_ap, "share"),
                ("ms", score.ms, "ms a crop"),
            )
        ),
    ]


def labelled(folder: Path) -> list[Labelled]:
    found = []
    for path in sorted(folder.glob("*.jpg")):
        person, camera = path.name.split("_")[:2]
        with Image.open(path) as image:
            found.append(Labelled(np.asarray(image.convert("RGB")), person, camera[:2]))
    return found


def scored(embedder: Embedder, crops: Sequence[Labelled]) -> Score:
    began_s = time.process_time()
    vectors = np.concatenate([embedder.embed((crop.pixels,)) for crop in crops])
    seconds = time.process_time() - began_s
    rank_1, mean_ap = ranked(vectors, crops)
    return Score(rank_1, mean_ap, 1000 * seconds / len(crops))


def ranked(vectors: Vectors, crops: Sequence[Labelled]) -> tuple[float, float]:
    """(rank-1, mean average precision) over the queries that have an answer on another camera."""
    alike = vectors @ vectors.T
    person = np.array([crop.person for crop in crops])
    camera = np.array([crop.camera for crop in crops])
    firsts: list[bool] = []
    precisions: list[float] = []
    for query in range(len(crops)):
        other = (person != person[query]) | (camera != camera[query])
        order = np.flatnonzero(other)[np.argsort(-alike[query, other], kind="stable")]
        hits: NDArray[np.bool_] = person[order] == person[query]
        if hits.any():
            firsts.append(bool(hits[0]))
            places = np.flatnonzero(hits)
            precisions.append(float(np.mean(np.arange(1, len(places) + 1) / (places + 1))))
    return float(np.mean(firsts)), float(np.mean(precisions))
