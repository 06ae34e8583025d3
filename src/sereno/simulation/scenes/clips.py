"""The files of one camera's clip."""

from dataclasses import dataclass
from pathlib import Path


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


def clip_in(folder: Path, slug: str) -> Clip:
    return Clip(slug, folder / f"{slug}-main.mp4", folder / f"{slug}-sub.mp4", folder / f"{slug}.json")
