"""The one way to face matching. Nothing else of the product imports what does it, and no process does at its start."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from sereno.access.jurisdiction import Jurisdiction
from sereno.analytics.detectors.port import Frame
from sereno.analytics.faces.warrant import FaceUse, FaceVector, FaceWarrant, check_approval, check_law
from sereno.core.clock import Clock
from sereno.core.geometry import Box
from sereno.core.ids import ListEntryId

_MATCHING = "sereno.analytics.faces.matching"


@dataclass(frozen=True, slots=True)
class FaceMatch:
    """A face that looks like the one sought: a hint for a person to check, never an identification.

    ``score`` is the cosine, above the shipped threshold; ``eyes_px`` is how many pixels lie between the eyes.
    """

    entry_id: ListEntryId
    score: float
    box: Box
    eyes_px: float


class FaceSearch(Protocol):
    """What an open gate gives. One instance serves one thread; every call is checked again."""

    def matches(self, picture: Frame, warrant: FaceWarrant, use: FaceUse) -> tuple[FaceMatch, ...]:
        """Those faces of ``picture`` that look like somebody of the warrant; of the others nothing is left.

        Raises: AppError denied.
        """
        ...

    def enrolled(self, photos: Sequence[Frame], warrant: FaceWarrant, entry_id: ListEntryId) -> list[FaceVector]:
        """The vectors of the one person on each photo.

        Raises: AppError denied; invalid when a photo shows no usable face, or more than one.
        """
        ...


class _Matching(Protocol):
    """The module behind the gate."""

    def load(self, assets: Path, law: Jurisdiction, clock: Clock) -> FaceSearch: ...


def open_faces(assets: Path, law: Jurisdiction, warrant: FaceWarrant, clock: Clock) -> FaceSearch:
    """Load face matching, because the law allows it and a warrant in force asks for it.

    Raises: AppError denied otherwise, and then neither code nor model is loaded; not_found when a model is missing.
    """
    check_law(law)
    check_approval(warrant, clock.now())
    module = cast(_Matching, import_module(_MATCHING))
    return module.load(assets, law, clock)
