"""Every detector that `names` lists, loaded; a new one is a row there, or a card in the folder of a site's models."""

import logging
from dataclasses import dataclass
from pathlib import Path

from sereno.analytics.assets import YOLOX_TINY_HUMANART
from sereno.analytics.detectors.efficientdet import EfficientDetLite, Runtime
from sereno.analytics.detectors.joined import JoinedDetector
from sereno.analytics.detectors.layouts import Layout
from sereno.analytics.detectors.model_card import InputCard, ModelCard, OutputCard, read_card
from sereno.analytics.detectors.names import AND, DETECTORS, site_models, unknown_detector
from sereno.analytics.detectors.onnx_detector import OnnxDetector, load_model
from sereno.analytics.detectors.port import Detector
from sereno.analytics.detectors.sessions import CUDA, Device, cuda_offered
from sereno.analytics.detectors.tiled import TiledDetector
from sereno.analytics.detectors.trials import Trial
from sereno.analytics.model import ObjectKind

log = logging.getLogger(__name__)

YOLOX_TINY = ModelCard(
    name="yolox-tiny",
    file=YOLOX_TINY_HUMANART.name,
    sha256=YOLOX_TINY_HUMANART.sha256,
    licence=YOLOX_TINY_HUMANART.licence,
    source=YOLOX_TINY_HUMANART.carrier,
    input=InputCard(width=416, height=416, colour="bgr"),
    output=OutputCard(layout=Layout.BOXES, class_count=1, boxes="dets", labels="labels"),
    classes={0: ObjectKind.PERSON},
)
"""Persons only, trained on Human-Art too; its non-maximum suppression stands in the graph."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFolders:
    """``assets``: fetched models; ``cache``: what is made of them, this process's own; ``site``: the site's own."""

    assets: Path
    cache: Path
    site: Path | None = None


class DetectorPool:
    """One loaded model per name and tiling, shared by the cameras of one thread."""

    def __init__(self, folders: ModelFolders, *, threads: int, device: Device = Device.AUTO) -> None:
        self._folders = folders
        self._threads = threads
        self._device = device
        self._models: dict[str, EfficientDetLite | OnnxDetector] = {}
        self._detectors: dict[tuple[str, int], Detector] = {}
        if device is Device.CUDA and not cuda_offered():
            log.error("analytics.device is cuda, but the runtime offers no %s: the CPU does the work", CUDA)
            self._device = Device.CPU

    def get(self, name: str, tiles: int = 1) -> Detector:
        """The detector of this name, or several joined by ``+``; the same one for the same name and tiles.

        Raises: AppError invalid for a name that is not in the list, not_found when its file is not fetched, and
        whatever a site's model does wrong.
        """
        if (name, tiles) not in self._detectors:
            parts = [self._model(part) for part in name.split(AND)]
            detector: Detector = parts[0] if len(parts) == 1 else JoinedDetector(parts)
            self._detectors[name, tiles] = TiledDetector(detector, tiles) if tiles > 1 else detector
        return self._detectors[name, tiles]

    def states(self) -> dict[str, str]:
        """Each loaded model: ``cpu`` or ``cuda``, or the code of the fault that keeps it from where it should run."""
        return {
            name: model.fault.code if model.fault else "cuda" if model.on_gpu else "cpu"
            for name, model in self._models.items()
        }

    def _model(self, name: str) -> EfficientDetLite | OnnxDetector:
        if name not in self._models:
            self._models[name] = self._load(name)
        return self._models[name]

    def _load(self, name: str) -> EfficientDetLite | OnnxDetector:
        if name == YOLOX_TINY.name:
            return load_model(YOLOX_TINY, self._folders.assets / YOLOX_TINY.file, self._threads, self._device)
        for spec in DETECTORS:
            if spec.name == name:
                gpu = self._device is not Device.CPU and cuda_offered()
                return EfficientDetLite(
                    self._folders.assets / spec.file,
                    self._folders.cache,
                    threads=self._threads,
                    runtime=Runtime.ONNX if gpu else Runtime.LITERT,
                    device=self._device,
                )
        return self._load_own(name)

    def _load_own(self, name: str) -> OnnxDetector:
        folder = self._folders.site
        own = site_models(folder)
        if folder is None or name not in own:
            raise unknown_detector(name, folder)
        card = read_card(own[name])
        with Trial(self._folders.cache, card.name, card.sha256):
            model = load_model(card, folder / card.file, self._threads, self._device)
            model.probe()
        log.info("model=%s of this site: licence %s, SHA-256 %s", card.name, card.licence, card.sha256)
        return model
