"""Journeys: which sightings of a plate or an appearance can be one vehicle or person that went from camera to camera.

Told in word keys and figures; the screen makes sentences of them. Pure, except that travel times are asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from math import exp, inf, isfinite, log, pi, sqrt

from sereno.core.geography import Position
from sereno.core.ids import CameraId
from sereno.maps.travel_times import TravelTimes

MOST_SIGHTINGS = 300
"""More are not one journey; narrow the search. Pairs grow with the square."""
MOST_CHAINS = 20
CLOCK_S = 2.0
"""Two cameras' clocks may differ by so much without anybody having travelled."""
CLONE_LIKENESS = 0.7
"""Both sightings of a pair must be at least so likely before the pair is told as one thing at two places at once."""
_STRANGER_S = 6 * 3600.0
"""Somebody else who looks the same turns up at a time that has nothing to do with the first: even over so long."""
_SPREAD = 0.45
"""Of the logarithm of a journey's time over the usual: half as long again is one standard deviation."""
_STOPS = 0.3
"""Share of journeys with a stop on the way, and how long it lasts on average."""
_STOP_S = 1_200.0
_STOPPED_RATIO = 2.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """How what is sought moves. ``quickest``: share of the given time below which it cannot be, even driven hard;
    ``usual``: share that it mostly takes. With ``walks_mps`` the streets' times are not asked for."""

    quickest: float
    usual: float
    walks_mps: float | None = None


VEHICLE = Mover(quickest=0.65, usual=1.8)
"""Against the times of the emergency profile: 1.5 times the limit, 25 m/s at most. 0.65 of that is over 130 km/h."""
ON_FOOT = Mover(quickest=0.4, usual=1.1, walks_mps=1.4)
"""Somebody who runs is 2.5 times as quick as who walks; who boards a vehicle is lost to this reckoning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenAt:
    """One observation of what is sought. ``id`` is the caller's; ``likeness`` 0..1: how sure it is that it is the same.

    ``range_m``: how far from ``position`` (the camera's) it can have been.
    """

    id: str
    camera_id: CameraId
    position: Position
    first_at: datetime
    last_at: datetime
    likeness: float
    range_m: float = 40.0


class StepReason(StrEnum):
    """Why a step is believed, or not."""

    DIRECT = "direct"
    """In the time that the way takes."""
    STOPPED = "stopped"
    """Much longer than the way takes: it stood somewhere between."""
    SAME_PLACE = "same_place"
    """The same camera, or one that sees the same ground."""
    TOO_FAST = "too_fast"
    """Not even driven hard: another vehicle or person, or a copied plate."""
    AT_ONCE = "at_once"
    """At both places at the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From one sighting to a later one.

    ``gap_s`` is the time between them, ``way_s`` the least that the way takes, ``speed_mps`` what the straight line
    would need (None when no time passed), ``support`` the log-likelihood ratio against a stranger.
    """

    start: str
    end: str
    gap_s: float
    way_s: float
    distance_m: float
    speed_mps: float | None
    reason: StepReason
    support: float

    @property
    def possible(self) -> bool:
        return self.reason not in (StepReason.TOO_FAST, StepReason.AT_ONCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Sightings in order of time that can be one journey; ``steps`` join them. ``support``: of the whole."""

    sightings: tuple[str, ...]
    steps: tuple[Step, ...]
    support: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Journeys:
    """``chains`` best first, at most ``MOST_CHAINS``, no sighting in two.

    ``conflicts``: pairs of sure sightings that cannot be one thing.
    """

    chains: tuple[Chain, ...]
    conflicts: tuple[Step, ...]


def journeys(sightings: Sequence[SeenAt], times: TravelTimes, mover: Mover = VEHICLE) -> Journeys:
    """``times``: the free road's, of the emergency profile. Of more than ``MOST_SIGHTINGS`` the likeliest are taken."""
    likeliest = sorted(sightings, key=lambda s: -s.likeness)[:MOST_SIGHTINGS]
    ordered = sorted(likeliest, key=lambda s: (s.first_at, s.id))
    ways = _ways(ordered, times, mover)
    steps = {
        (i, j): _step(ordered[i], ordered[j], ways[ordered[i].position, ordered[j].position], mover)
        for j in range(len(ordered))
        for i in range(j)
    }
    conflicts = tuple(
        step
        for (i, j), step in steps.items()
        if not step.possible and min(ordered[i].likeness, ordered[j].likeness) >= CLONE_LIKENESS
    )
    return Journeys(chains=_chains(ordered, steps), conflicts=conflicts)


def _ways(seen: Sequence[SeenAt], times: TravelTimes, mover: Mover) -> dict[tuple[Position, Position], float]:
    """Seconds between each two positions."""
    places = list(dict.fromkeys(s.position for s in seen))
    ways: dict[tuple[Position, Position], float] = {}
    for place in places:
        if mover.walks_mps is None:
            seconds = times.seconds(places, place)
        else:
            seconds = tuple(origin.distance_m(place) / mover.walks_mps for origin in places)
        ways |= {(origin, place): s for origin, s in zip(places, seconds, strict=True)}
    return ways


def _step(first: SeenAt, second: SeenAt, way_s: float, mover: Mover) -> Step:
    distance_m = first.position.distance_m(second.position)
    apart_m = max(0.0, distance_m - first.range_m - second.range_m)
    gap_s = (second.first_at - first.last_at).total_seconds()
    beyond_sight = apart_m / distance_m if distance_m else 0.0
    quickest_s = way_s * mover.quickest * beyond_sight
    usual_s = max(way_s * mover.usual, CLOCK_S)
    reason = _reason(gap_s, quickest_s, usual_s, apart_m)
    possible = reason not in (StepReason.TOO_FAST, StepReason.AT_ONCE)
    return Step(
        start=first.id,
        end=second.id,
        gap_s=gap_s,
        way_s=quickest_s,
        distance_m=distance_m,
        speed_mps=apart_m / gap_s if gap_s > 0 else None,
        reason=reason,
        support=_support(gap_s, usual_s) if possible else -inf,
    )


def _reason(gap_s: float, quickest_s: float, usual_s: float, apart_m: float) -> StepReason:
    if apart_m == 0:
        return StepReason.SAME_PLACE
    if gap_s + CLOCK_S < quickest_s:
        return StepReason.AT_ONCE if gap_s <= 0 else StepReason.TOO_FAST
    return StepReason.STOPPED if gap_s > _STOPPED_RATIO * usual_s else StepReason.DIRECT


def _support(gap_s: float, usual_s: float) -> float:
    """Log of how much better one journey explains the gap than a stranger: log-normal, or with a stop on the way."""
    gap_s = max(gap_s, CLOCK_S)
    off = log(gap_s / usual_s) / _SPREAD
    direct = exp(-0.5 * off * off) / (gap_s * _SPREAD * sqrt(2 * pi))
    stopped = exp(-max(0.0, gap_s - usual_s) / _STOP_S) / _STOP_S if gap_s > usual_s else 0.0
    stranger = 1 / _STRANGER_S
    return log((1 - _STOPS) * direct + _STOPS * stopped + 1e-3 * stranger) - log(stranger)


def _chains(seen: Sequence[SeenAt], steps: dict[tuple[int, int], Step]) -> tuple[Chain, ...]:
    """The best chain, then the best of what is left, and so on."""
    left = list(range(len(seen)))
    found: list[Chain] = []
    while left and len(found) < MOST_CHAINS:
        chain, support = _best(seen, steps, left)
        taken = set(chain)
        left = [number for number in left if number not in taken]
        found.append(
            Chain(
                sightings=tuple(seen[number].id for number in chain),
                steps=tuple(steps[pair] for pair in pairwise(chain)),
                support=support,
            )
        )
    return tuple(sorted(found, key=lambda chain: -chain.support))


def _best(seen: Sequence[SeenAt], steps: dict[tuple[int, int], Step], left: Sequence[int]) -> tuple[list[int], float]:
    """Dynamic programming over the sightings in order of time: the best chain that ends at each, from those before."""
    score: dict[int, float] = {}
    before: dict[int, int | None] = {}
    for place, number in enumerate(left):
        score[number], before[number] = _own(seen[number]), None
        for earlier in left[:place]:
            joined = score[earlier] + steps[earlier, number].support + _own(seen[number])
            if isfinite(joined) and joined > score[number]:
                score[number], before[number] = joined, earlier
    last = max(left, key=lambda number: score[number])
    chain = [last]
    while (earlier_one := before[chain[-1]]) is not None:
        chain.append(earlier_one)
    return chain[::-1], score[last]


def _own(sighting: SeenAt) -> float:
    """Log odds that the sighting is of what is sought."""
    likeness = min(max(sighting.likeness, 0.01), 0.99)
    return log(likeness / (1 - likeness))
