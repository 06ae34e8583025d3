"""Which detectors there are, by name, without loading any: what control offers and the analyst loads."""

from dataclasses import dataclass
from pathlib import Path

from sereno.analytics.assets import EFFICIENTDET_LITE0, EFFICIENTDET_LITE1, EFFICIENTDET_LITE2, YOLOX_TINY_HUMANART
from sereno.core.errors import AppError, invalid
from sereno.runtime.assets import Asset

AND = "+"
"""Joins names: ``yolox-tiny+efficientdet-lite0`` takes persons from the first and all else from the second."""


@dataclass(frozen=True, slots=True)
class DetectorSpec:
    """``name`` is what settings and cameras say, ``file`` the asset it needs, ``licence`` that of its weights."""

    name: str
    file: str
    licence: str


def _spec(name: str, asset: Asset) -> DetectorSpec:
    return DetectorSpec(name, asset.name, asset.licence)


DETECTORS = (
    _spec("efficientdet-lite0", EFFICIENTDET_LITE0),
    _spec("efficientdet-lite1", EFFICIENTDET_LITE1),
    _spec("efficientdet-lite2", EFFICIENTDET_LITE2),
    _spec("yolox-tiny", YOLOX_TINY_HUMANART),
)
JOINED = ("yolox-tiny+efficientdet-lite0", "yolox-tiny+efficientdet-lite2")
"""Those of the many that can be joined that are worth their time."""


def site_models(folder: Path | None) -> dict[str, Path]:
    """The cards of the site's own models by name, which is the file's; a name of ours stays ours."""
    ours = {spec.name for spec in DETECTORS}
    cards = sorted(folder.glob("*.toml")) if folder is not None and folder.is_dir() else []
    return {card.stem: card for card in cards if card.stem not in ours}


def unknown_detector(name: str, site: Path | None) -> AppError:
    names = ", ".join([*(spec.name for spec in DETECTORS), *site_models(site)])
    return invalid("detector_unknown", f"There is no detector {name!r}.", f"Choose one of {names}.")
