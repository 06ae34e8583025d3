"""The detectors that a camera can be given: each with its licence, and what is known against it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sereno.analytics.detectors.model_card import ModelCard, read_card
from sereno.analytics.detectors.names import AND, DETECTORS, JOINED, DetectorSpec, site_models, unknown_detector
from sereno.analytics.model import ObjectKind
from sereno.core.errors import AppError

MISSING = "model_missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorChoice:
    """``kinds``: what a site's own model looks for. ``fault``: a code, empty when nothing is known against it."""

    name: str
    licence: str = ""
    own: bool = False
    kinds: tuple[ObjectKind, ...] = ()
    fault: str = ""
    message: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorList:
    """``usual``: that of the cameras that name none."""

    usual: str
    choices: tuple[DetectorChoice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorShelf:
    """``assets``: fetched models; ``site``: the site's own, each with its card; no model is opened here."""

    assets: Path
    site: Path
    usual: str

    def choices(self, refused: Mapping[str, str]) -> DetectorList:
        """``refused``: by detector, the code by which an analyst that tried it refused it."""
        own = tuple(self._own(name, card, refused) for name, card in site_models(self.site).items())
        ours = {spec.name: self._ours(spec) for spec in DETECTORS}
        joined = tuple(_joined(name, tuple(ours[part] for part in name.split(AND))) for name in JOINED)
        return DetectorList(usual=self.usual, choices=(*ours.values(), *joined, *own))

    def check(self, name: str) -> None:
        """Whether each part of ``name`` is on the shelf; empty is the usual one. Raises: AppError invalid."""
        own = site_models(self.site)
        known = {spec.name for spec in DETECTORS} | own.keys()
        for part in name.split(AND) if name else ():
            if part not in known:
                raise unknown_detector(part, self.site)
            if part in own:
                read_card(own[part])

    def _ours(self, spec: DetectorSpec) -> DetectorChoice:
        if (self.assets / spec.file).is_file():
            return DetectorChoice(name=spec.name, licence=spec.licence)
        return DetectorChoice(
            name=spec.name,
            licence=spec.licence,
            fault=MISSING,
            message=f"The model file {spec.file} is not there.",
            advice="Run: sereno assets.",
        )

    def _own(self, name: str, path: Path, refused: Mapping[str, str]) -> DetectorChoice:
        try:
            card = read_card(path)
        except AppError as error:
            return DetectorChoice(name=name, own=True, fault=error.code, message=error.message, advice=error.advice)
        fault, message, advice = refused.get(name, ""), "", ""
        if not (self.site / card.file).is_file():
            fault, message, advice = MISSING, f"The model file {card.file} is not beside its card.", "Bring it."
        elif fault:
            message, advice = f"The analyst refused it: {fault}.", "sereno models tries it and tells what is wrong."
        return DetectorChoice(
            name=name,
            licence=card.licence,
            own=True,
            kinds=_kinds(card),
            fault=fault,
            message=message,
            advice=advice,
        )


def _kinds(card: ModelCard) -> tuple[ObjectKind, ...]:
    return tuple(sorted(set(card.classes.values())))


def _joined(name: str, parts: tuple[DetectorChoice, ...]) -> DetectorChoice:
    worst = next((part for part in parts if part.fault), parts[0])
    licences = " + ".join(dict.fromkeys(part.licence for part in parts))
    return DetectorChoice(name=name, licence=licences, fault=worst.fault, message=worst.message, advice=worst.advice)
