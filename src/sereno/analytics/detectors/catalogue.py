"""Every detector there is, in one list; a new one is one file and one row."""

from dataclasses import dataclass
from pathlib import Path

from sereno.analytics.detectors.efficientdet import EfficientDetLite
from sereno.analytics.detectors.port import Detector
from sereno.analytics.detectors.tiled import TiledDetector
from sereno.core.errors import invalid


@dataclass(frozen=True, slots=True)
class DetectorSpec:
    """``name`` is what settings and cameras say, ``file`` the asset it needs."""

    name: str
    file: str


DETECTORS = (
    DetectorSpec("efficientdet-lite0", "efficientdet-lite0.tflite"),
    DetectorSpec("efficientdet-lite1", "efficientdet-lite1.tflite"),
    DetectorSpec("efficientdet-lite2", "efficientdet-lite2.tflite"),
)


class DetectorPool:
    """One loaded model per name and tiling, shared by the cameras of one thread."""

    def __init__(self, assets: Path, cache: Path, threads: int) -> None:
        self._assets = assets
        self._cache = cache
        self._threads = threads
        self._models: dict[str, Detector] = {}

    def get(self, name: str, tiles: int = 1) -> Detector:
        """Raises: AppError invalid for a name that is not in the list, not_found when its file is not fetched."""
        if name not in self._models:
            self._models[name] = self._load(name)
        model = self._models[name]
        return TiledDetector(model, tiles) if tiles > 1 else model

    def _load(self, name: str) -> Detector:
        for spec in DETECTORS:
            if spec.name == name:
                return EfficientDetLite(self._assets / spec.file, self._cache, threads=self._threads)
        names = ", ".join(spec.name for spec in DETECTORS)
        raise invalid("detector_unknown", f"There is no detector {name!r}.", f"Choose one of {names}.")
