"""Which pictures are worth a detector: those that show something new. Pure.

New is what moves, was not there at the last look, and is not where a tracked thing is expected. A thing whose place is
believed needs no look; when the doubt about it has grown, when it meets another one, or after a while it gets one. What
moved before and turned out to be nothing (a flag, far traffic) is asked about ever less often, block by block.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from sereno.analytics.gate import motion
from sereno.analytics.gate.motion import MIN_CELLS, Cells, GateState, Movement
from sereno.core.geometry import Box

_MEETING = 0.1
"""Overlap of two boxes from which on one may be taken for the other."""
_FIRST_PACE, _LEAST_PACE = 3.0, 0.01
"""Sizes a second; a place that is not known yet may be a fast road."""
_PACE_HALVES_S = 5.0
_EARLY_S = 0.03
"""Frames do not fall on the beat: so much too early is in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookPolicy:
    """Units: seconds; ``doubt`` and ``margin`` in sizes of the thing."""

    live_s: float = 1.0
    """Between two looks while something is tracked: who stays still is still there."""
    idle_s: float = 5.0
    """When nothing is: what the gate cannot see must not stay unseen."""
    crowd_s: float = 0.4
    """While two tracked things overlap, and could be taken for one another."""
    new_s: float = 0.6
    """At most before something new is looked for again: on a busy street something new moves in every picture."""
    stride: float = 0.6
    """Where things move faster it is sooner: when one has moved by so many of its sizes."""
    light_s: float = 0.5
    """While the whole picture changes."""
    doubt: float = 0.25
    """Standard deviation of where something is; beyond it is looked for, if the last look found it."""
    margin: float = 0.8
    """Movement so near to a tracked thing is its own: its shadow, its trace in the background. Doubt comes on top."""
    fruitless_s: tuple[float, float] = (0.4, 3.2)
    """How long a block rests after a look that found nothing in its movement: at first, and at most."""
    each_movement: bool = False
    """Look whenever anything moves: plates pass in a second."""


class Reason(StrEnum):
    """Why a picture is looked at."""

    FIRST = "first"
    LIGHT = "light"
    NEW = "new"
    TRIAL = "trial"
    DOUBT = "doubt"
    CROWD = "crowd"
    LIVE = "live"
    IDLE = "idle"


@dataclass(frozen=True, slots=True)
class Expected:
    """A tracked thing where it should be now; ``doubt`` in its sizes; ``believed``: detected often enough.

    ``found``: by the last look. What it did not find waits for the next one: it is hidden, or was nothing.
    """

    box: Box
    doubt: float
    believed: bool
    found: bool = True
    pace: float = 0.0
    """Its speed, in its sizes a second."""


@dataclass(frozen=True, slots=True)
class LookState:
    """The picture of the last look, and per block how long its movement rests. Units: seconds.

    ``pace``: that of the fastest thing of late, sizes a second.
    """

    at: datetime
    picture: NDArray[np.float32]
    pauses_s: NDArray[np.float32]
    pace: float

    def resting(self, elapsed_s: float) -> NDArray[np.bool_]:
        return self.pauses_s > elapsed_s + _EARLY_S


def reason(
    last: LookState | None,
    seen: GateState,
    movement: Movement,
    expected: Sequence[Expected],
    policy: LookPolicy,
) -> Reason | None:
    """Why the picture of ``seen`` is worth a detector; None when it is not."""
    if last is None or last.picture.shape != seen.seen.shape:
        return Reason.FIRST
    since_s = (seen.at - last.at).total_seconds() + _EARLY_S
    if movement.sudden:
        return Reason.LIGHT if since_s >= policy.light_s else None
    if policy.each_movement:
        if motion.is_movement(movement.changed):
            return Reason.NEW
    elif since_s >= min(policy.new_s, policy.stride / max(_LEAST_PACE, last.pace)) and _is_new(
        last, seen, movement, expected, policy.margin
    ):
        return Reason.NEW
    return _of_tracks(since_s, expected, policy)


def after(
    last: LookState | None,
    seen: GateState,
    movement: Movement,
    tracked: Sequence[Expected],
    policy: LookPolicy,
) -> LookState:
    """The state after a look at the picture of ``seen``, in which ``tracked`` is where it was found."""
    fruitless = motion.blocks(_unexplained(movement.changed, tracked, policy.margin)) >= MIN_CELLS
    first_s, most_s = policy.fruitless_s
    if last is None or last.pauses_s.shape != fruitless.shape:
        earlier, pace = np.zeros(fruitless.shape, np.float32), _FIRST_PACE
    else:
        since_s = (seen.at - last.at).total_seconds()
        pace = last.pace * 0.5 ** (since_s / _PACE_HALVES_S)
        earlier = last.pauses_s * np.float32(0.9 ** max(0.0, since_s))
    grown = np.clip(2 * earlier, first_s, most_s)
    pauses_s = np.where(fruitless, grown, earlier).astype(np.float32)
    return LookState(seen.at, seen.seen, pauses_s, max(pace, *(one.pace for one in tracked if one.found), 0.0))


def _is_new(last: LookState, seen: GateState, movement: Movement, expected: Sequence[Expected], margin: float) -> bool:
    if not motion.is_movement(movement.changed):
        return False
    fresh = _unexplained(movement.changed & motion.differing(seen, last.picture), expected, margin)
    counts = motion.blocks(fresh)
    return bool(((counts >= MIN_CELLS) & ~last.resting((seen.at - last.at).total_seconds())).any())


def _of_tracks(since_s: float, expected: Sequence[Expected], policy: LookPolicy) -> Reason | None:
    if not expected:
        return Reason.IDLE if since_s >= policy.idle_s else None
    if any(one.found and not one.believed for one in expected):
        return Reason.TRIAL
    if any(one.doubt > policy.doubt for one in expected if one.found and one.believed):
        return Reason.DOUBT
    if since_s >= policy.crowd_s and any(a.box.iou(b.box) > _MEETING for a, b in combinations(expected, 2)):
        return Reason.CROWD
    return Reason.LIVE if since_s >= policy.live_s else None


def _unexplained(changed: Cells, tracked: Sequence[Expected], margin: float) -> Cells:
    """What moves outside of the boxes, each enlarged on each side by ``margin`` and its doubt, in its sizes."""
    rest = changed.copy()
    height, width = rest.shape
    for one in tracked:
        box = one.box
        reach = margin + min(1.0, one.doubt)
        wide, high = reach * box.width, reach * box.height
        left, right = _span(box.left - wide, box.right + wide, width)
        top, bottom = _span(box.top - high, box.bottom + high, height)
        rest[top:bottom, left:right] = False
    return rest


def _span(low: float, high: float, cells: int) -> tuple[int, int]:
    return max(0, int(low * cells)), max(0, min(cells, int(high * cells) + 1))
