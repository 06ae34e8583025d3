"""Has the clips of the demo town drawn and encoded once; a second start finds them."""

import hashlib
import re
import shutil
from collections.abc import Iterator, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from sereno.runtime.assets import Report
from sereno.simulation.assets import SIMULATION_ASSETS
from sereno.simulation.scenes.clips import Clip, clip_in

_OLDER_KEPT = 2


def prepare_scenes(assets: Path, scenes: Path, report: Report, slugs: Sequence[str]) -> list[Clip]:
    """The clips of these cameras, drawn where they are missing, in a folder named by what they are drawn from.

    Raises: AppError unavailable when the encoder fails.
    """
    folder = scenes / fingerprint()
    folder.mkdir(parents=True, exist_ok=True)
    clips = [clip_in(folder, slug) for slug in slugs]
    missing = [clip.slug for clip in clips if not clip.complete]
    if missing:
        for left in folder.glob(".*.mp4"):  # of a start that was broken off
            left.unlink()
        # VTK and interpolation take seconds to import: only a start that draws pays for them
        from sereno.simulation.scenes.drawing import draw_all  # noqa: PLC0415

        draw_all(missing, assets, folder, report)
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


def _remove_older(scenes: Path, current: Path) -> None:
    """Keep the last two besides the current one: a demo that still runs may be reading one of them."""
    others = [entry for entry in scenes.iterdir() if entry != current and re.fullmatch(r"[0-9a-f]{16}", entry.name)]
    for entry in sorted(others, key=lambda one: one.stat().st_mtime)[:-_OLDER_KEPT]:
        shutil.rmtree(entry)
