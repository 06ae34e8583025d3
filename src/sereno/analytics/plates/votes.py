"""What a track's plate says after several looks: each look votes for each character with its confidence. Pure."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime

from sereno.analytics.model import PlateReading
from sereno.core.geometry import Box

MIN_VOTES = 2
_SETTLED_VOTES = 6
_SETTLED_SHARE = 0.8
_EAGER_S = 0.3
_SETTLED_S = 2.0
_MAX_VOTES = 30


@dataclass(frozen=True, slots=True)
class PlateVote:
    """One look: ``box`` is the plate's place in fractions of the picture."""

    text: str
    confidence: float
    box: Box


@dataclass(frozen=True, slots=True)
class PlateDesk:
    """The votes of one track, and when it was last looked at. Units: confidence 0..1."""

    votes: tuple[PlateVote, ...] = ()
    looked_at: datetime | None = None

    def wants(self, at: datetime) -> bool:
        """Whether another look is due: often until the answer is settled, seldom afterwards."""
        if self.looked_at is None:
            return True
        settled = (
            len(self.votes) >= _SETTLED_VOTES and (r := self.reading) is not None and r.confidence > _SETTLED_SHARE
        )
        return (at - self.looked_at).total_seconds() >= (_SETTLED_S if settled else _EAGER_S)

    def after(self, vote: PlateVote | None, at: datetime) -> "PlateDesk":
        """The desk after a look that may have read nothing; of many votes the surest stay."""
        if vote is None:
            return replace(self, looked_at=at)
        votes = (*self.votes, vote)
        if len(votes) > _MAX_VOTES:
            weakest = min(votes, key=lambda v: v.confidence)
            votes = tuple(v for v in votes if v is not weakest)
        return PlateDesk(votes, at)

    @property
    def reading(self) -> PlateReading | None:
        """The winner of at least two votes: the length with most weight, then the best sign at each place."""
        if len(self.votes) < MIN_VOTES:
            return None
        weights: dict[int, float] = defaultdict(float)
        for vote in self.votes:
            weights[len(vote.text)] += vote.confidence
        length = max(weights, key=lambda n: weights[n])
        voters = [v for v in self.votes if len(v.text) == length]
        places = [_winner(voters, place) for place in range(length)]
        mean = sum(v.confidence for v in voters) / len(voters)
        agreed = min(share for _, share in places)
        return PlateReading("".join(sign for sign, _ in places), round(mean * agreed, 3), voters[-1].box)


def _winner(votes: list[PlateVote], place: int) -> tuple[str, float]:
    """The sign with most weight at ``place``, and its share of the weight."""
    weights: dict[str, float] = defaultdict(float)
    for vote in votes:
        weights[vote.text[place]] += vote.confidence
    sign = max(weights, key=lambda s: weights[s])
    return sign, weights[sign] / sum(weights.values())
