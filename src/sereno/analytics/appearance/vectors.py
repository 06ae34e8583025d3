"""Whether an appearance vector may be made, by which embedder, and until when it may live."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sereno.access.jurisdiction import Jurisdiction
from sereno.analytics.appearance.crops import Crop
from sereno.analytics.appearance.embedder import Embedder
from sereno.analytics.appearance.onnx_embedder import OnnxEmbedder
from sereno.analytics.appearance.portrait import AppearanceVector
from sereno.analytics.appearance.stripes import ColourStripes
from sereno.analytics.model import VEHICLES, ObjectKind
from sereno.core.errors import AppError
from sereno.runtime.settings import AnalyticsSettings

log = logging.getLogger(__name__)

EMBEDDER_FILE = "embedder.onnx"
"""In the folder of the site's own models."""

_LEAST_HEIGHT_PX = 40
"""Of the thing on its crop; below, two strangers look alike."""
_LEAST_QUALITY = 0.03


def allowed_hours(law: Jurisdiction, wanted_hours: float) -> float:
    """How long a vector may live here; 0: none may be made. Unknown law allows none; settings may be stricter only."""
    if law.appearance_search.value is not True:
        return 0.0
    longest = law.appearance_search_hours.value
    return max(0.0, wanted_hours if longest is None else min(wanted_hours, longest))


@dataclass(frozen=True, slots=True)
class VectorMaker:
    """``embedders`` names what serves each kind; a kind without one gets no vector."""

    embedders: Mapping[ObjectKind, Embedder]
    keep: timedelta

    def vector(self, kind: ObjectKind, crop: Crop, now: datetime) -> AppearanceVector | None:
        """None when the crop is too small or poor, or the kind is not compared."""
        embedder = self.embedders.get(kind)
        thing = crop.tight()
        if embedder is None or thing.shape[0] < _LEAST_HEIGHT_PX or crop.quality < _LEAST_QUALITY:
            return None
        values = embedder.embed((thing,))[0]
        return AppearanceVector(embedder=embedder.name, values=values, made_at=now, expires_at=now + self.keep)


@dataclass(frozen=True, slots=True)
class SiteEmbedder:
    """A file of the site's own for persons, and the SHA-256 that the settings pin."""

    file: Path
    sha256: str


def vector_maker(hours: float, persons: SiteEmbedder | None, threads: int = 1) -> VectorMaker | None:
    """What makes vectors that live ``hours``; None for 0. Vehicles, and persons without a model, go by their colours.

    Raises: AppError when the site's file is missing, another than the pinned one, or no embedder.
    """
    if hours <= 0:
        return None
    colours = ColourStripes()
    embedders: dict[ObjectKind, Embedder] = {kind: colours for kind in (*VEHICLES, ObjectKind.BICYCLE)}
    embedders[ObjectKind.PERSON] = OnnxEmbedder(persons.file, persons.sha256, threads=threads) if persons else colours
    return VectorMaker(embedders, timedelta(hours=hours))


def vectors_at_start(hours: float, models: Path | None, settings: AnalyticsSettings) -> VectorMaker | None:
    """None, and said so, when the site's own embedder cannot be used: then nothing is findable by its looks."""
    sha256 = settings.embedder_sha256
    persons = SiteEmbedder(models / EMBEDDER_FILE, sha256) if sha256 and models is not None else None
    try:
        return vector_maker(hours, persons, settings.threads)
    except AppError as error:
        log.error("no looks are compared: %s", error)
        return None
