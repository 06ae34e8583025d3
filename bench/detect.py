"""Detection: average precision by class and milliseconds by back end, on real truth, drawn truth, night and rain.

Ours and two peers see the same pictures in the same run. Milliseconds are CPU time of one thread, picture in hand and
at the size that the detector asks for.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

from bench import detect_truth as truth
from bench.average_precision import Look, average_precision, matches, mean_average_precision
from bench.detect_truth import ASSETS, Known
from bench.figures import Figure
from bench.peers.detectors import peers
from sereno.analytics.detectors.catalogue import DetectorPool, ModelFolders
from sereno.analytics.detectors.efficientdet import EfficientDetLite, Runtime
from sereno.analytics.detectors.port import Detector, Found, Frame
from sereno.analytics.detectors.sessions import Device
from sereno.analytics.model import FAMILIES, Detection, ObjectKind

SURE = 0.35
"""Score from which the tracker begins a track: what a centre sees."""
BANDS = ((0.0, 0.06), (0.06, 0.1), (0.1, 0.2), (0.2, 1.0))
"""Heights of persons in pictures."""
_COMPARED = ("lite0", "lite0_onnx")

Wanted = Callable[[ObjectKind], bool]


@dataclass(frozen=True, slots=True)
class Contender:
    name: str
    detector: Detector
    peer: bool = False


def run(quick: bool) -> Sequence[Figure]:
    with TemporaryDirectory() as folder:
        everyone = contenders(Path(folder))
        scarce = 4 if quick else 1
        walkers, traffic = truth.walkers(12 * scarce), truth.traffic(2 * scarce)
        figures = [
            *_scored("walkers", everyone, walkers, truth.is_person),
            *_scored("traffic", everyone, traffic, truth.is_vehicle),
        ]
        if not quick:
            few = [each for each in everyone if each.name in ("lite0", "lite2", "yolox_tiny", "yolo11n")]
            people, cars = truth.drawn("person", 40), truth.drawn("car", 40)
            figures += _scored("drawn_persons", few, people, truth.is_person)
            figures += _scored("drawn_cars", few, cars, truth.is_vehicle)
            for name, made in (("night", truth.at_night), ("rain", truth.in_rain)):
                figures += _scored(f"{name}_walkers", few, made(walkers), truth.is_person)
                figures += _scored(f"{name}_traffic", few, made(traffic), truth.is_vehicle)
            figures += _by_height(few, [*walkers, *people])
        figures += _agreement(everyone, [*walkers[:40], *traffic[:20]])
        return [*figures, *_times(everyone, [known.picture for known in walkers[:8]])]


def contenders(cache: Path) -> list[Contender]:
    pool = DetectorPool(ModelFolders(assets=ASSETS, cache=cache), threads=1, device=Device.CPU)
    lite0_onnx = EfficientDetLite(ASSETS / "efficientdet-lite0.tflite", cache, runtime=Runtime.ONNX)
    return [
        Contender("lite0", pool.get("efficientdet-lite0")),
        Contender("lite0_onnx", lite0_onnx),
        Contender("lite0_tiled", pool.get("efficientdet-lite0", 2)),
        Contender("lite1", pool.get("efficientdet-lite1")),
        Contender("lite2", pool.get("efficientdet-lite2")),
        Contender("yolox_tiny", pool.get("yolox-tiny")),
        Contender("yolox_tiny_lite0", pool.get("yolox-tiny+efficientdet-lite0")),
        *(Contender(name, detector, peer=True) for name, detector in peers(threads=1).items()),
    ]


def _scored(data: str, everyone: Sequence[Contender], pictures: Sequence[Known], wanted: Wanted) -> list[Figure]:
    """AP50 and AP of each detector that knows the class; ours stand beside the best peer."""
    able = [each for each in everyone if any(wanted(kind) for kind in each.detector.kinds)]
    looks = {each: _looks(each.detector, pictures, wanted) for each in able}
    fifty = {each: average_precision(seen, 0.5) for each, seen in looks.items()}
    strict = {each: mean_average_precision(seen) for each, seen in looks.items()}
    figures = []
    for measure, table in (("ap50", fifty), ("ap", strict)):
        rivals = [each for each in able if each.peer]
        best = max(rivals, key=lambda each: table[each], default=None)
        for each in able:
            rival = best if best is not None and not each.peer else None
            figures.append(
                Figure(
                    key=f"{data}_{measure}_{each.name}",
                    value=table[each],
                    unit="AP",
                    peer=rival.name if rival else None,
                    peer_value=table[rival] if rival else None,
                )
            )
    return figures


def _looks(detector: Detector, pictures: Sequence[Known], wanted: Wanted) -> list[Look]:
    return [
        Look(
            known.truth,
            tuple((d.box, d.score) for d in _seen(detector, known) if wanted(d.kind) and known.counts(d.box)),
        )
        for known in pictures
    ]


def _seen(detector: Detector, known: Known) -> Found:
    return detector.detect(_handed(detector, known.picture))


def _handed(detector: Detector, picture: Frame) -> Frame:
    """As the decoder hands it over."""
    size = detector.frame_size(picture.shape[1], picture.shape[0])
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR))


def _by_height(few: Sequence[Contender], pictures: Sequence[Known]) -> list[Figure]:
    """Which share of persons is surely seen, by how high they stand in the picture: that is, by distance."""
    figures = []
    for each in few:
        there, seen = [0] * len(BANDS), [0] * len(BANDS)
        for known, look in zip(pictures, _looks(each.detector, pictures, truth.is_person), strict=True):
            sure = Look(look.truth, tuple(row for row in look.found if row[1] >= SURE))
            hits = set(matches(sure, 0.5))
            for index, box in enumerate(known.truth):
                band = next(n for n, (low, high) in enumerate(BANDS) if low <= min(box.height, 0.999) < high)
                there[band] += 1
                seen[band] += index in hits
        for (low, high), total, found in zip(BANDS, there, seen, strict=True):
            if total:
                key = f"height_{low * 100:.0f}_{high * 100:.0f}_{each.name}"
                figures.append(Figure(key=key, value=found / total, unit=f"recall of {total}"))
    return figures


def _agreement(everyone: Sequence[Contender], pictures: Sequence[Known]) -> list[Figure]:
    """How far the two back ends of the same network are apart on real pictures, on what either is sure of."""
    one, two = (next(each.detector for each in everyone if each.name == name) for name in _COMPARED)
    twins: list[tuple[Detection, Detection | None]] = []
    for known in pictures:
        here, there = _seen(one, known), _seen(two, known)
        for first, second in ((here, there), (there, here)):
            twins += [(d, _twin(d, second)) for d in first if d.score >= SURE]
    near = [(d, twin) for d, twin in twins if twin is not None and twin.box.iou(d.box) >= 0.85]
    apart = [abs(twin.score - d.score) for d, twin in near]
    return [
        Figure(key="backends_same_box", value=len(near) / len(twins), unit="share at IoU .85"),
        Figure(key="backends_same_kind", value=sum(d.kind is t.kind for d, t in near) / len(near), unit="share"),
        Figure(key="backends_score_mean", value=float(np.mean(apart)), unit="difference"),
        Figure(key="backends_score_most", value=float(np.max(apart)), unit="difference"),
    ]


def _twin(detection: Detection, found: Found) -> Detection | None:
    """What the other back end saw of the same family at the same place."""
    family = [d for d in found if FAMILIES[d.kind] == FAMILIES[detection.kind]]
    return max(family, key=lambda d: d.box.iou(detection.box), default=None)


def _times(everyone: Sequence[Contender], pictures: Sequence[Frame]) -> list[Figure]:
    """Median CPU milliseconds a frame: 4:3 as the clips are, and cut to 16:9."""
    figures = []
    for shape, crop in (("4_3", 1.0), ("16_9", 0.75)):
        for each in everyone:
            handed = [_handed(each.detector, p[: round(p.shape[0] * crop)]) for p in pictures]
            each.detector.detect(handed[0])
            spent = [_cpu_ms(each.detector, picture) for picture in handed]
            figures.append(Figure(key=f"ms_{shape}_{each.name}", value=float(np.median(spent)), unit="ms"))
    return figures


def _cpu_ms(detector: Detector, picture: Frame) -> float:
    began_s = time.process_time()
    detector.detect(picture)
    return (time.process_time() - began_s) * 1000
