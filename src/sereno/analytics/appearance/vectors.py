"""Whether an appearance vector may be made, by which embedder, and until when it may live."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sereno.access.jurisdiction import Jurisdiction
from sereno.analytics.appearance.crops import Crop
from sereno.analytics.appearance.embedder import Embedder
from sereno.analytics.appearance.portrait import AppearanceVector
from sereno.analytics.model import ObjectKind

_LEAST_HEIGHT_PX = 48
"""Of the thing on its crop; below, two strangers look alike."""
_LEAST_QUALITY = 0.08


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
