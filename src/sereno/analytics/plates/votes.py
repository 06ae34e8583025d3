"""What a track's plate says after several looks, and whether the vehicle comes or goes. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sereno.analytics.model import Approach, PlateReading
from sereno.analytics.plates.fusion import ALIKE_FRAMES, Look, PlateText, decided, merged
from sereno.core.geometry import Box

MIN_VOTES = 2
_SETTLED_VOTES = 6
_SETTLED = 0.95
_EAGER_S = 0.3
_SETTLED_S = 2.0
_MAX_VOTES = 20
_GROWN = 1.12
"""A vehicle this much larger or smaller comes or goes."""


@dataclass(frozen=True, slots=True, eq=False)
class PlateVote:
    """One look. ``plate`` is its own answer; ``box`` and ``vehicle`` are in fractions of the picture."""

    plate: PlateText
    look: Look
    box: Box
    vehicle: Box


@dataclass(frozen=True, slots=True, eq=False)
class PlateDesk:
    """The votes of one track, in the order of time, and when it was last looked at."""

    votes: tuple[PlateVote, ...] = ()
    looked_at: datetime | None = None
    reading: PlateReading | None = None
    """Of at least two votes."""
    first_vehicle: Box | None = None

    def wants(self, at: datetime) -> bool:
        """Whether another look is due: often until the answer is settled, seldom afterwards."""
        if self.looked_at is None:
            return True
        settled = len(self.votes) >= _SETTLED_VOTES and self.reading is not None and self.reading.confidence > _SETTLED
        return (at - self.looked_at).total_seconds() >= (_SETTLED_S if settled else _EAGER_S)

    def after(self, vote: PlateVote | None, at: datetime, prior: Mapping[str, float]) -> "PlateDesk":
        """The desk after a look that may have read nothing; of many votes the surest stay."""
        if vote is None:
            return replace(self, looked_at=at)
        votes = (*self.votes, vote)
        if len(votes) > _MAX_VOTES:
            weakest = min(votes, key=lambda v: v.plate.confidence)
            votes = tuple(v for v in votes if v is not weakest)
        first = self.first_vehicle or vote.vehicle
        return PlateDesk(votes, at, _reading(votes, vote, first, prior), first)

    def expected(self, vehicle: Box) -> Box | None:
        """Where on the picture the plate should now be: where it last was on its vehicle."""
        if not self.votes:
            return None
        box, then = self.votes[-1].box, self.votes[-1].vehicle
        if not (then.width > 0 and then.height > 0):
            return None
        across, down = vehicle.width / then.width, vehicle.height / then.height
        return Box(
            vehicle.left + (box.left - then.left) * across,
            vehicle.top + (box.top - then.top) * down,
            vehicle.left + (box.right - then.left) * across,
            vehicle.top + (box.bottom - then.top) * down,
        )


def _reading(
    votes: tuple[PlateVote, ...], last: PlateVote, first: Box, prior: Mapping[str, float]
) -> PlateReading | None:
    if len(votes) < MIN_VOTES:
        return None
    text = decided(merged([vote.look for vote in votes], ALIKE_FRAMES), prior)
    return PlateReading(text.text, text.confidence, last.box, _approach(first, last.vehicle)) if text else None


def _approach(first: Box, last: Box) -> Approach | None:
    if not (first.area > 0 and last.area > 0):
        return None
    growth = (last.area / first.area) ** 0.5
    if growth > _GROWN:
        return Approach.COMING
    return Approach.GOING if growth < 1 / _GROWN else None
