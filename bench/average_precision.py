"""Average precision as COCO counts it: 101 points of recall, boxes matched best score first, frame by frame.

Source: Lin et al., "Microsoft COCO: Common objects in context", ECCV 2014, and its reference evaluation.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sereno.core.geometry import Box

STRICTNESS = tuple(float(x) for x in np.arange(0.5, 1.0, 0.05).round(2))
"""Overlaps over which COCO takes its mean."""
_RECALLS = np.linspace(0, 1, 101)


@dataclass(frozen=True, slots=True)
class Look:
    """One frame: what is there, and what was found with its score."""

    truth: tuple[Box, ...]
    found: tuple[tuple[Box, float], ...]


def average_precision(looks: Sequence[Look], overlap: float) -> float:
    """0..1. A box is right when it is the best still unmatched one of its frame with at least this overlap."""
    scores: list[float] = []
    rights: list[bool] = []
    for look in looks:
        for (_, score), hit in zip(_best_first(look), matches(look, overlap), strict=True):
            scores.append(score)
            rights.append(hit is not None)
    there = sum(len(look.truth) for look in looks)
    return _area(np.array(scores), np.array(rights, bool), there)


def mean_average_precision(looks: Sequence[Look]) -> float:
    """The mean over overlaps of 0.5 to 0.95."""
    return float(np.mean([average_precision(looks, overlap) for overlap in STRICTNESS]))


def matches(look: Look, overlap: float) -> list[int | None]:
    """For each box found, best score first, the index of the true box that it takes."""
    taken: set[int] = set()
    hits: list[int | None] = []
    for box, _ in _best_first(look):
        free = [(box.iou(true), index) for index, true in enumerate(look.truth) if index not in taken]
        best, index = max(free, default=(0.0, -1))
        hit = index if best >= overlap else None
        if hit is not None:
            taken.add(hit)
        hits.append(hit)
    return hits


def _best_first(look: Look) -> list[tuple[Box, float]]:
    return sorted(look.found, key=lambda each: -each[1])


def _area(scores: NDArray[np.float64], rights: NDArray[np.bool_], there: int) -> float:
    if not there or not scores.size:
        return 0.0
    right = np.cumsum(rights[np.argsort(-scores, kind="stable")])
    recall = right / there
    precision = right / np.arange(1, len(right) + 1)
    best_after = np.maximum.accumulate(precision[::-1])[::-1]
    places = np.searchsorted(recall, _RECALLS, side="left")
    return float(np.append(best_after, 0.0)[np.minimum(places, len(best_after))].mean())
