"""Draws and encodes the clips of the demo town, a worker process for each core."""

import os
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, wait
from functools import lru_cache
from multiprocessing import get_context
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty

import av

from sereno.runtime.assets import Progress, Report
from sereno.simulation.assets import H264_ENCODER
from sereno.simulation.scenes.actors import FPS
from sereno.simulation.scenes.catalogue import DRAWN, FILMED
from sereno.simulation.scenes.clips import Clip, clip_in
from sereno.simulation.scenes.draw import frames
from sereno.simulation.scenes.encoder import Encoder, Format
from sereno.simulation.scenes.footage import footage
from sereno.simulation.scenes.people import Crowd
from sereno.simulation.scenes.scene import MAIN_SIZE, SUB_SIZE
from sereno.simulation.scenes.stage import Picture
from sereno.simulation.scenes.truth import Truth, scene_truth, write_truth

_MAIN = Format(*MAIN_SIZE, FPS, quantiser=29)
_SUB = Format(*SUB_SIZE, FPS, quantiser=27)
_USUAL_FRAMES = 30 * FPS
"""What a clip is taken to have until its worker says more."""


def draw_all(slugs: list[str], assets: Path, folder: Path, report: Report) -> None:
    """Raises: AppError unavailable when the encoder fails."""
    context = get_context("spawn")
    steps: Queue[tuple[str, int, int]] = context.Queue()
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context, initializer=_begin, initargs=(steps,)) as pool:
        pending: dict[Future[None], str] = {pool.submit(_make, slug, assets, folder): slug for slug in slugs}
        state = {slug: (0, _USUAL_FRAMES) for slug in slugs}
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


@lru_cache(maxsize=1)
def _crowd(assets: Path) -> Crowd:
    return Crowd(assets)


def _make(slug: str, assets: Path, folder: Path) -> None:
    clip = clip_in(folder, slug)
    if slug in FILMED:
        film = FILMED[slug]
        pictures: Iterator[Picture] = footage(assets / film.asset.name, film.title, fade=film.fade)
        count = _encode(clip, pictures, assets / H264_ENCODER.name, 0)
        truth = Truth(slug, FPS, count, ())
    else:
        scene = DRAWN[slug](_crowd(assets))
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
