"""Draws and encodes the clips of the demo town once; a second start finds them."""

import hashlib
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from multiprocessing import get_context
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty

import av

from sereno.runtime.assets import Progress, Report
from sereno.simulation.assets import H264_ENCODER, SIMULATION_ASSETS
from sereno.simulation.scenes.actors import FPS
from sereno.simulation.scenes.catalogue import DRAWN, FILMED, SLUGS
from sereno.simulation.scenes.draw import frames
from sereno.simulation.scenes.encoder import Encoder, Format
from sereno.simulation.scenes.footage import footage
from sereno.simulation.scenes.people import Crowd
from sereno.simulation.scenes.scene import MAIN_SIZE, SUB_SIZE
from sereno.simulation.scenes.stage import Picture
from sereno.simulation.scenes.truth import Truth, scene_truth, write_truth

_MAIN = Format(*MAIN_SIZE, FPS, quantiser=29)
_OLDER_KEPT = 2
_SUB = Format(*SUB_SIZE, FPS, quantiser=27)


@dataclass(frozen=True, slots=True)
class Clip:
    """One camera's pictures: ``main`` 1280x720 and ``sub`` 640x360, H.264 at 15 frames a second, to be looped."""

    slug: str
    main: Path
    sub: Path
    truth: Path
    """For measuring only; it has no tracks where the clip shows a real place."""

    @property
    def complete(self) -> bool:
        return self.main.is_file() and self.sub.is_file() and self.truth.is_file()


def prepare_scenes(assets: Path, scenes: Path, report: Report, slugs: Sequence[str] = SLUGS) -> list[Clip]:
    """The clips of these cameras, drawn where they are missing, in a folder named by what they are drawn from.

    Raises: AppError unavailable when the encoder fails.
    """
    folder = scenes / fingerprint()
    folder.mkdir(parents=True, exist_ok=True)
    clips = [_clip(folder, slug) for slug in slugs]
    missing = [clip.slug for clip in clips if not clip.complete]
    if missing:
        for left in folder.glob(".*.mp4"):  # of a start that was broken off
            left.unlink()
        _draw_all(missing, assets, folder, report)
        _remove_older(scenes, folder)
    return clips


def fingerprint() -> str:
    """Changes with the drawing's source and with every file that it uses."""
    digest = hashlib.sha256()
    for asset in SIMULATION_ASSETS:
        digest.update(asset.sha256.encode())
    for source in _sources(files("sereno.simulation.scenes")):
        digest.update(source.name.encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def _sources(folder: Traversable) -> Iterator[Traversable]:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.is_dir() and entry.name != "__pycache__":
            yield from _sources(entry)
        elif entry.name.endswith((".py", ".js")):
            yield entry


def _clip(folder: Path, slug: str) -> Clip:
    return Clip(slug, folder / f"{slug}-main.mp4", folder / f"{slug}-sub.mp4", folder / f"{slug}.json")


def _draw_all(slugs: list[str], assets: Path, folder: Path, report: Report) -> None:
    context = get_context("spawn")
    steps: Queue[tuple[str, int, int]] = context.Queue()
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context, initializer=_begin, initargs=(steps,)) as pool:
        pending: dict[Future[None], str] = {pool.submit(_make, slug, assets, folder): slug for slug in slugs}
        state = {slug: (0, 1) for slug in slugs}
        while pending:
            done, _ = wait(pending, timeout=0.2)
            _drain(steps, state)
            made, total = (sum(part[k] for part in state.values()) for k in (0, 1))
            report(Progress("drawing the demo town's cameras", made, max(total, 1)))
            for future in done:
                slug = pending.pop(future)
                future.result()
                report(Progress(f"camera {slug}", 1, 1, finished=True))


def _drain(steps: "Queue[tuple[str, int, int]]", state: dict[str, tuple[int, int]]) -> None:
    while True:
        try:
            slug, made, total = steps.get_nowait()
        except Empty:
            return
        state[slug] = (made, total)


_steps: "Queue[tuple[str, int, int]] | None" = None


def _begin(steps: "Queue[tuple[str, int, int]]") -> None:
    """Each worker draws with one thread, behind everything else on the machine."""
    global _steps
    _steps = steps
    os.environ["LP_NUM_THREADS"] = "1"
    os.nice(5)


def _make(slug: str, assets: Path, folder: Path) -> None:
    clip = _clip(folder, slug)
    if slug in FILMED:
        film = FILMED[slug]
        pictures: Iterator[Picture] = footage(assets / film.asset.name, film.title, fade=film.fade)
        count = _encode(clip, pictures, assets / H264_ENCODER.name, 0)
        truth = Truth(slug, FPS, count, ())
    else:
        scene = DRAWN[slug](Crowd(assets))
        truth = scene_truth(scene)
        _encode(clip, frames(scene, range(scene.frames)), assets / H264_ENCODER.name, scene.frames)
    write_truth(truth, clip.truth)


def _encode(clip: Clip, pictures: Iterator[Picture], encoder: Path, total: int) -> int:
    made = 0
    with Encoder(_MAIN, encoder, clip.main) as main, Encoder(_SUB, encoder, clip.sub) as sub:
        for picture in pictures:
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
            main.add(frame)
            sub.add(frame)
            made += 1
            if _steps is not None and made % FPS == 0:
                _steps.put((clip.slug, made, max(total, made)))
    return made


def _remove_older(scenes: Path, current: Path) -> None:
    """Keep the last two besides the current one: a demo that still runs may be reading one of them."""
    others = [entry for entry in scenes.iterdir() if entry != current and re.fullmatch(r"[0-9a-f]{16}", entry.name)]
    for entry in sorted(others, key=lambda one: one.stat().st_mtime)[:-_OLDER_KEPT]:
        shutil.rmtree(entry)
