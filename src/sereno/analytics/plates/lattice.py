"""What a recogniser's time steps say under every country's pattern: how well each shape fits, and each place's signs.

The steps are those of connectionist temporal classification (Graves et al., ICML 2006). Its forward and backward sums
run over each pattern at once, so that O or 0, or a bolt at the edge, is weighed and not decided early. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sereno.analytics.plates.patterns import ALPHABET, LONGEST

Steps = NDArray[np.float64]
"""(n, 37) probabilities: no sign, then ``ALPHABET``. Rows need not sum to 1."""
Places = NDArray[np.float32]
"""(n, 36): for each place of a plate, the probability of each sign of ``ALPHABET``."""

_SIGNS = len(ALPHABET)
_CONFUSED = ("O0", "Q0", "D0", "OQ", "OD", "I1", "L1", "Z2", "S5", "G6", "T7", "B8")
_CONFUSION = 0.03
"""What of a sign's probability belongs to each sign that looks like it."""
_LEAST_SIGN, _LEAST_BLANK = 5e-5, 1e-4
_STRAY = 0.004
"""Probability, a step, that what is read before or after the plate belongs to its frame, a bolt or a sticker."""
_UNSEEN = 1e-3
"""Probability that a sign of the plate left no trace: merged with its like, or beyond the edge of the cut."""
_KEPT, _KEPT_WITHIN = 5, 12.0


@dataclass(frozen=True, slots=True, eq=False)
class Hypothesis:
    """``log_likelihood`` compares shapes on one picture only; a place that left no trace is spread over its class."""

    shape: str
    log_likelihood: float
    places: Places


def hypotheses(steps: Steps, shapes: Sequence[str]) -> tuple[Hypothesis, ...]:
    """The few shapes that fit ``steps`` best, the best first; none when there is no step."""
    if not len(steps):
        return ()
    signs, blank = _emissions(steps)
    lattice = _Lattice.of(tuple(shapes))
    forward = _forward(lattice, signs, blank)
    totals = np.log(forward.totals + 1e-300)
    kept = [i for i in np.argsort(-totals)[:_KEPT] if totals[i] > totals.max() - _KEPT_WITHIN]
    places = _places(lattice, forward, (signs, blank), np.array(kept))
    return tuple(
        Hypothesis(shapes[i], float(totals[i]), places[row, : len(shapes[i])].astype(np.float32))
        for row, i in enumerate(kept)
    )


@dataclass(frozen=True, slots=True)
class _Lattice:
    """``gain`` (s, n, 36): 0 where a sign cannot stand, else how much likelier its class makes it than any sign."""

    gain: NDArray[np.float64]
    ends: NDArray[np.intp]
    outside: NDArray[np.bool_]
    """(s, n + 1): the gaps before the first and after the last sign, where strays may be."""

    @staticmethod
    @lru_cache(maxsize=16)
    def of(shapes: tuple[str, ...]) -> "_Lattice":
        gain = np.zeros((len(shapes), LONGEST, _SIGNS))
        outside = np.zeros((len(shapes), LONGEST + 1), bool)
        outside[:, 0] = True
        for s, shape in enumerate(shapes):
            outside[s, len(shape)] = True
            for place, kind in enumerate(shape):
                gain[s, place] = _allowed(kind) * _SIGNS / _allowed(kind).sum()
        return _Lattice(gain, np.array([len(shape) for shape in shapes]), outside)


@dataclass(frozen=True, slots=True)
class _Forward:
    """Per step: ``entered`` (t, s, n, 36) first sight of a sign at a place. ``totals`` (s,)."""

    entered: NDArray[np.float64]
    totals: NDArray[np.float64]


def _forward(lattice: _Lattice, signs: NDArray[np.float64], blank: NDArray[np.float64]) -> _Forward:
    count, length, _ = lattice.gain.shape
    at = np.zeros((count, length, _SIGNS))
    gap = np.zeros((count, length + 1))
    gap[:, 0] = 1.0
    _skip(gap)
    entered = np.zeros((len(signs), *at.shape))
    for t, (sign, none) in enumerate(zip(signs, blank, strict=True)):
        sums = at.sum(axis=2)
        into = entered[t]
        into += gap[:, :-1, None]
        into[:, 1:] += sums[:, :-1, None] - at[:, :-1]
        weight = lattice.gain * sign
        into *= weight
        at *= sign
        at += into
        gap[:, 1:] += sums
        gap *= np.where(lattice.outside, none + _STRAY * (1 - none), none)
        _skip(gap)
    rows = np.arange(count)
    return _Forward(entered, gap[rows, lattice.ends] + at.sum(axis=2)[rows, lattice.ends - 1])


def _skip(gap: NDArray[np.float64]) -> None:
    """From the gap before a place to the one after it, without having seen its sign."""
    gap[:, 1:] += _UNSEEN * gap[:, :-1]


def _places(
    lattice: _Lattice, forward: _Forward, steps: tuple[NDArray[np.float64], NDArray[np.float64]], kept: NDArray[np.intp]
) -> NDArray[np.float64]:
    """(kept, n, 36): the backward sums, and with them what stands at each place."""
    gain, outside, ends = lattice.gain[kept], lattice.outside[kept], lattice.ends[kept]
    rows = np.arange(len(kept))
    after_at = np.zeros_like(gain)
    after_gap = np.zeros((len(kept), gain.shape[1] + 1))
    after_at[rows, ends - 1] = 1.0
    after_gap[rows, ends] = 1.0
    _skip_back(after_gap)
    found = np.zeros_like(gain)
    for t in range(len(steps[0]) - 1, -1, -1):
        sign, none = steps[0][t], steps[1][t]
        found += forward.entered[t, kept] * after_at
        into = gain * sign * after_at
        sums = into.sum(axis=2)
        passed = after_gap * np.where(outside, none + _STRAY * (1 - none), none)
        after_at *= sign
        after_at += passed[:, 1:, None]
        after_at[:, :-1] += sums[:, 1:, None] - into[:, 1:]
        after_gap = passed
        after_gap[:, :-1] += sums
        _skip_back(after_gap)
    seen = found / (forward.totals[kept, None, None] + 1e-300)
    unseen = np.clip(1 - seen.sum(axis=2, keepdims=True), 0, 1)
    spread: NDArray[np.float64] = seen + unseen * gain / _SIGNS
    return spread


def _skip_back(gap: NDArray[np.float64]) -> None:
    gap[:, :-1] += _UNSEEN * gap[:, 1:]


def _emissions(steps: Steps) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Per step: each sign's probability with what looks like it, and that of none; runs of sure blanks are one step."""
    blank = np.maximum(steps[:, 0], _LEAST_BLANK)
    sure = blank > 0.999
    new = ~(sure & np.concatenate(([False], sure[:-1])))
    signs = steps[new, 1:] @ _confusion_table()
    return np.maximum(signs, _LEAST_SIGN), blank[new]


@lru_cache(maxsize=1)
def _confusion_table() -> NDArray[np.float64]:
    table: NDArray[np.float64] = np.eye(_SIGNS)
    for pair in _CONFUSED:
        a, b = (ALPHABET.index(sign) for sign in pair)
        table[a, b] = table[b, a] = _CONFUSION
    table /= table.sum(axis=1, keepdims=True)
    return table


@lru_cache(maxsize=4)
def _allowed(kind: str) -> NDArray[np.float64]:
    digits = np.arange(_SIGNS) < 10
    return {"L": ~digits, "D": digits, "X": digits | ~digits}[kind].astype(np.float64)
