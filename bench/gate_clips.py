"""Clips as cameras would send them: H.264 sub streams of at most 640 pixels; nights, rain and a quiet place derived.

Everything is made from ../shared/data/video by ffmpeg and kept in cache/gate.
"""

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, cast

import av
import numpy as np
from numpy.typing import NDArray

Planes = NDArray[np.uint8]
"""(1.5 H, W) uint8: a yuv420p picture."""

_ROOT = Path(__file__).parents[1]
_VIDEO = _ROOT.parent / "shared" / "data" / "video"
_CACHE = _ROOT / "cache" / "gate"
_VBR = ("-crf", "26", "-maxrate", "1M", "-bufsize", "1M")
_CBR = ("-b:v", "512k", "-minrate", "512k", "-maxrate", "512k", "-bufsize", "512k", "-x264-params", "nal-hrd=cbr")
_H264 = ("-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-sc_threshold", "0", "-pix_fmt", "yuv420p")


@dataclass(frozen=True, slots=True)
class Clip:
    """``rate`` is the scene's own where the file says another one; ``fps`` is what the camera sends."""

    name: str
    file: str
    fps: float
    width: int = 640
    rate: float | None = None
    made: str = ""
    """``night``, ``rain`` or ``quiet``: what is made of it."""


CLIPS = (
    Clip("abandoned", "aboda_video4_abandoned.avi", 15),
    Clip("corridor", "intel_one_by_one_person.mp4", 10),
    Clip("crosswalk", "crosswalk_intersection.mp4", 11),
    Clip("junction", "otc_cars_cyclist.mp4", 10),
    Clip("suburb", "street_vehicles_suburb.mp4", 12),
    Clip("tunnel", "motorway_cctv_tunnel_a12.mp4", 12.5),
    Clip("motorway_rain", "motorway_cctv_crocina.mp4", 12.5, 352),
    Clip("highway", "cdnet_highway.avi", 12.5, 320, rate=25),
    Clip("pets", "pets09_s2l1_view001.avi", 7, rate=7),
    Clip("abandoned_night", "aboda_video4_abandoned.avi", 15, made="night"),
    Clip("abandoned_rain", "aboda_video4_abandoned.avi", 15, made="rain"),
    Clip("corridor_night", "intel_one_by_one_person.mp4", 10, made="night"),
    Clip("corridor_rain", "intel_one_by_one_person.mp4", 10, made="rain"),
    Clip("quiet", "intel_one_by_one_person.mp4", 10, made="quiet"),
)
QUICK = ("corridor", "junction")


def encoded(clip: Clip, *, constant: bool = False, gop_s: float = 2.0) -> Path:
    """The clip's sub stream; ``constant``: at a constant bit rate."""
    path = _CACHE / f"{clip.name}-{'cbr' if constant else 'vbr'}-{gop_s:g}.mp4"
    if path.exists():
        return path
    _CACHE.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part.mp4")
    coding = (*_H264, "-bf", "0", "-g", str(round(clip.fps * gop_s)), *(_CBR if constant else _VBR), str(part))
    if clip.made:
        _encode(_derived(clip), clip.fps, coding)
    else:
        rate = ("-r", str(clip.rate)) if clip.rate else ()
        view = ("-an", "-vf", f"fps={clip.fps},scale={clip.width}:-2")
        argv = ("ffmpeg", "-v", "error", "-y", *rate, "-i", str(_VIDEO / clip.file), *view, *coding)
        subprocess.run(argv, check=True)
    part.rename(path)
    return path


def _encode(pictures: Iterator[Planes], fps: float, coding: tuple[str, ...]) -> None:
    first = next(pictures)
    size = f"{first.shape[1]}x{first.shape[0] * 2 // 3}"
    source = ("-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", size, "-r", str(fps), "-i", "-")
    argv = ("ffmpeg", "-v", "error", "-y", *source, *coding)
    with subprocess.Popen(argv, stdin=subprocess.PIPE) as encoder, cast(IO[bytes], encoder.stdin) as pipe:
        for picture in chain((first,), pictures):
            pipe.write(picture.tobytes())
    if encoder.returncode:
        raise subprocess.CalledProcessError(encoder.returncode, "ffmpeg")


def _derived(clip: Clip) -> Iterator[Planes]:
    rng = np.random.default_rng(5)
    plain = encoded(Clip(clip.name.rpartition("_")[0] or "corridor", clip.file, clip.fps))
    if clip.made == "quiet":
        yield from _quiet(list(_pictures(plain)), clip.fps, rng)
        return
    weather: Callable[[Planes, np.random.Generator], Planes] = _night if clip.made == "night" else _rain
    for picture in _pictures(plain):
        yield weather(picture, rng)


def _pictures(path: Path) -> Iterator[Planes]:
    with av.open(path) as container:
        for frame in container.decode(container.streams.video[0]):
            yield np.asarray(frame.to_ndarray(format="yuv420p"), np.uint8)


def _quiet(pictures: list[Planes], fps: float, rng: np.random.Generator) -> Iterator[Planes]:
    """Four minutes of an empty place, averaged so that the noise is a sensor's and not an older encoder's; one visit a
    minute as it was filmed.
    """
    still = np.mean(pictures[: int(5 * fps)], axis=0)
    visit = pictures[int(6 * fps) : int(14 * fps)]
    minute = int(60 * fps)
    for i in range(4 * minute):
        at = i % minute - minute // 2
        seen = visit[at] if 0 <= at < len(visit) else still
        yield _byte(seen + rng.normal(0, 1.5, seen.shape))


def _night(picture: Planes, rng: np.random.Generator) -> Planes:
    """Dark, without colour, with the noise of a high gain."""
    height = picture.shape[0] * 2 // 3
    dark = 102 * (picture[:height] / 255.0) ** 2.2
    grey = np.full((picture.shape[0] - height, picture.shape[1]), 128, np.uint8)
    return np.concatenate([_byte(dark + rng.normal(0, 5, dark.shape)), grey])


def _rain(picture: Planes, rng: np.random.Generator) -> Planes:
    """Paler, with 160 slanting streaks that are elsewhere in each picture."""
    height, width = picture.shape[0] * 2 // 3, picture.shape[1]
    wet = picture.astype(np.float32)
    wet[:height] = 0.85 * wet[:height] + 15 + rng.normal(0, 2, (height, width))
    for left, top, length in zip(
        rng.integers(0, width, 160), rng.integers(-10, height, 160), rng.integers(8, 22, 160), strict=True
    ):
        rows = np.arange(max(0, top), min(height, top + length))
        wet[rows, np.minimum(width - 1, left + (rows - top) // 5)] += 45
    return _byte(wet)


def _byte(picture: NDArray[np.floating]) -> Planes:
    whole: Planes = np.clip(picture, 0, 255).astype(np.uint8)
    return whole
