"""One camera's lens gets covered for a while, so that the daily proof has a fault to find and to see mended."""

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from sereno.simulation.rtsp.clip import load_clip
from sereno.simulation.rtsp.server import RtspServer
from sereno.simulation.scenes.encoder import Encoder, Format

log = logging.getLogger(__name__)

COVERED_CAMERA = "punto-limpio"
AFTER_S = 120.0
COVERED_S = 16 * 60.0
"""A day forgives ten minutes; the rest is what looks and rounds take to notice."""
EVERY_S = 3_600.0
_FPS, _SECONDS = 15, 4
_MAIN, _SUB = Format(1280, 720, _FPS, quantiser=34), Format(640, 360, _FPS, quantiser=32)


@dataclass(frozen=True, slots=True)
class CoveredLens:
    """What a camera shows with a bag over its lens."""

    main: Path
    sub: Path


def prepare_covered_lens(folder: Path, encoder: Path) -> CoveredLens:
    """Drawn and encoded where it is missing. Raises: AppError unavailable when the encoder fails."""
    lens = CoveredLens(folder / "covered-main.mp4", folder / "covered-sub.mp4")
    if not (lens.main.is_file() and lens.sub.is_file()):
        with Encoder(_MAIN, encoder, lens.main) as main, Encoder(_SUB, encoder, lens.sub) as sub:
            for picture in _pictures():
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
                main.add(frame)
                sub.add(frame)
    return lens


async def cover_by_turns(server: RtspServer, lens: CoveredLens) -> None:
    """Once an hour, until cancelled."""
    paths = {f"{COVERED_CAMERA}/main": load_clip(lens.main), f"{COVERED_CAMERA}/sub": load_clip(lens.sub)}
    shown = {path: server.camera(path).clip for path in paths}
    await asyncio.sleep(AFTER_S)
    while True:
        log.info("camera=%s lens covered for %.0f minutes (simulated)", COVERED_CAMERA, COVERED_S / 60)
        for path, clip in paths.items():
            server.set_clip(path, clip)
        await asyncio.sleep(COVERED_S)
        log.info("camera=%s lens free again (simulated)", COVERED_CAMERA)
        for path, clip in shown.items():
            server.set_clip(path, clip)
        await asyncio.sleep(EVERY_S - COVERED_S)


def _pictures() -> Iterator[NDArray[np.uint8]]:
    """Dull brown cloth out of focus, with a sensor's noise: it is covered, not frozen."""
    height, width = _MAIN.height, _MAIN.width
    down, across = np.linspace(0, 1, height)[:, None], np.linspace(0, 1, width)[None, :]
    light = 70 + 30 * across - 18 * down
    cloth = (light[..., None] * np.array([1.0, 0.86, 0.66])).astype(np.float32)
    noise = np.random.default_rng(7)
    for _ in range(_FPS * _SECONDS):
        grain = noise.normal(0, 3, (height // 4, width // 4)).repeat(4, 0).repeat(4, 1)
        image = Image.fromarray(np.clip(cloth + grain[..., None], 0, 255).astype(np.uint8))
        ImageDraw.Draw(image).text(
            (16, height - 20), "SIMULADO · LENTE TAPADA", (235, 235, 230), ImageFont.load_default(17), anchor="lm"
        )
        yield np.asarray(image)
