"""How surely the view checks find a blurred, covered or turned camera, and how often they cry for nothing.

Each clip's first frame is the reference; later frames, in which people and cars have moved, are spoiled in known ways.
A turn is a cut-out of the same larger picture that lies elsewhere, so that real content comes in at its edge.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from time import perf_counter

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from bench.figures import Figure
from sereno.analytics.model import ViewFault
from sereno.analytics.views.check import Luma, look, reference_of, small

_ROOT = Path(__file__).resolve().parents[1]
_REAL = _ROOT.parent / "shared" / "data" / "video"
_UNSTEADY = {"bikes_moving_camera", "otc_cars_cyclist"}
"""Their cameras move: no reference fits."""
_LOOKS = 6
Plane = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Case:
    """``fault`` None: nothing is wrong, whatever the light and the weather do."""

    name: str
    fault: ViewFault | None
    picture: Luma


def run(quick: bool) -> list[Figure]:
    tally: dict[str, list[bool]] = defaultdict(list)
    spent_s: list[float] = []
    for path in clips():
        frames = luma_frames(path, 1 + (2 if quick else _LOOKS))
        reference = reference_of(small(cut(frames[0])))
        for frame in frames[1:]:
            for case in cases(frame):
                picture = small(case.picture)
                began = perf_counter()
                found = look(picture, reference).faults
                spent_s.append(perf_counter() - began)
                right = not found if case.fault is None else case.fault in found
                tally[f"{'clean' if case.fault is None else case.fault.value}_{case.name}"].append(right)
    clean = [one for name, rights in tally.items() if name.startswith("clean_") for one in rights]
    rows = [
        Figure(key=name, value=100 * float(np.mean(rights)), unit="% right") for name, rights in sorted(tally.items())
    ]
    return [
        Figure(key="false_alarms", value=100 * (1 - float(np.mean(clean))), unit="% of looks", goal=1, bound="at_most"),
        Figure(key="clips", value=len(clips()), unit="clips"),
        Figure(key="look_ms", value=1000 * float(np.median(spent_s)), unit="ms", goal=20, bound="at_most"),
        *rows,
    ]


def clips() -> list[Path]:
    """Real clips of steady cameras where the shared data is, and drawn streets."""
    real = [path for path in sorted(_REAL.glob("*.*")) if path.stem not in _UNSTEADY]
    if not real:
        print("view: no real clips here (shared data is missing)", file=sys.stderr)
    drawn = sorted((_ROOT / "cache" / "scenes").glob("*/*-sub.mp4"))
    newest = {path.name: path for path in drawn if path.stem not in {"plaza-sub", "terminal-sub"}}
    return [*real, *newest.values()]


def luma_frames(path: Path, count: int) -> list[Luma]:
    """Evenly over the clip."""
    with av.open(str(path)) as container:
        frames = [frame.reformat(format="gray").to_ndarray() for frame in container.decode(video=0)]
    return [np.asarray(frames[n], np.uint8) for n in np.linspace(0, len(frames) - 1, count).astype(int)]


def cut(frame: Luma, across: float = 0.0, down: float = 0.0, turned_deg: float = 0.0) -> Luma:
    """The middle 70 %, or a part that lies elsewhere by shares of its own size."""
    if turned_deg:
        frame = ndimage.rotate(frame, turned_deg, reshape=False, order=1, mode="nearest")
    height, width = frame.shape
    tall, wide = int(0.7 * height), int(0.7 * width)
    left = min(max(int((width - wide) / 2 + across * wide), 0), width - wide)
    top = min(max(int((height - tall) / 2 + down * tall), 0), height - tall)
    return frame[top : top + tall, left : left + wide]


def cases(frame: Luma) -> Iterator[Case]:
    seen = cut(frame).astype(np.float64)
    width = seen.shape[1]
    rng = np.random.default_rng(int(seen.mean() * 1000))
    yield from (Case(name, None, picture) for name, picture in _harmless(seen, rng))
    for share in (0.004, 0.008, 0.015):
        blurred = _noisy(ndimage.gaussian_filter(seen, share * width), 1.5, rng)
        yield Case(f"blur_{share:.1%}".replace(".", "_").rstrip("%"), ViewFault.UNSHARP, blurred)
    hand = np.full_like(seen, 60.0)
    yield Case("hand", ViewFault.COVERED, _noisy(hand, 3, rng))
    yield Case(
        "milky_foil", ViewFault.COVERED, _noisy(0.08 * ndimage.gaussian_filter(seen, 0.01 * width) + 110, 2, rng)
    )
    bag = seen.copy()
    bag[:, : int(0.65 * width)] = 50
    yield Case("two_thirds", ViewFault.COVERED, _noisy(bag, 2, rng))
    for share in (0.03, 0.05, 0.10, 0.20):
        yield Case(f"turned_{100 * share:.0f}", ViewFault.MOVED, cut(frame, across=share))
        yield Case(f"turned_{100 * share:.0f}_night", ViewFault.MOVED, _night(cut(frame, across=share), rng))
    yield Case("tilted_10", ViewFault.MOVED, cut(frame, down=0.10))
    for angle in (5.0, 10.0):
        yield Case(f"rolled_{angle:.0f}_deg", ViewFault.MOVED, cut(frame, turned_deg=angle))
    yield Case("elsewhere", ViewFault.MOVED, _byte(seen[:, ::-1]))
    yield Case("black", ViewFault.DARK, _noisy(0.03 * seen, 2, rng))
    yield Case("overexposed", ViewFault.BRIGHT, _byte(seen * 2 + 190))


def _harmless(seen: Plane, rng: np.random.Generator) -> Iterator[tuple[str, Luma]]:
    width = seen.shape[1]
    yield "later", _byte(seen)
    yield "night", _night(_byte(seen), rng)
    yield "fog", _noisy(0.4 * seen + 130, 2, rng)
    yield "shadow", _byte(seen * np.linspace(0.35, 1.2, width)[None])
    yield "rain", _noisy(ndimage.gaussian_filter(seen, 0.4), 12, rng)
    yield "glare", _byte(1.4 * seen + 20)
    yield "squeezed", _squeezed(_byte(seen))


def _night(picture: Luma, rng: np.random.Generator) -> Luma:
    return _noisy(102 * (picture / 255.0) ** 2.2, 4, rng)


def _squeezed(picture: Luma) -> Luma:
    file = BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=25)
    return np.asarray(Image.open(file))


def _noisy(picture: Plane, deviation: float, rng: np.random.Generator) -> Luma:
    return _byte(picture + rng.normal(0, deviation, picture.shape))


def _byte(picture: Plane) -> Luma:
    return np.clip(picture, 0, 255).astype(np.uint8)
