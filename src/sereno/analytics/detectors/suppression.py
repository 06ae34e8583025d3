"""Keeps the best of several boxes on one thing."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sereno.analytics.model import BAGS, Detection

OVERLAP_LIMIT = 0.5
_TWIN_LIMIT = 0.7


def suppress(boxes: NDArray[np.float32], scores: NDArray[np.float32], families: NDArray[np.intp]) -> NDArray[np.intp]:
    """Indices of the boxes that stay, best first: greedy non-maximum suppression inside each family.

    Shapes: boxes (N, 4) as left, top, right, bottom; scores and families (N,).
    """
    order = np.argsort(-scores, kind="stable")
    boxes, families = boxes[order], families[order]
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    width = np.minimum(boxes[:, None, 2], boxes[None, :, 2]) - np.maximum(boxes[:, None, 0], boxes[None, :, 0])
    height = np.minimum(boxes[:, None, 3], boxes[None, :, 3]) - np.maximum(boxes[:, None, 1], boxes[None, :, 1])
    shared = np.maximum(width, 0) * np.maximum(height, 0)
    union = areas[:, None] + areas[None, :] - shared
    rivals = (shared > OVERLAP_LIMIT * union) & (families[:, None] == families[None, :])
    alive = np.ones(len(order), bool)
    for index in range(len(order)):
        if alive[index]:
            alive[index + 1 :] &= ~rivals[index, index + 1 :]
    return order[alive]


def without_false_bags(found: Sequence[Detection]) -> tuple[Detection, ...]:
    """Drops each bag whose box is that of something else: seen from behind, a dark car is taken for a suitcase too."""
    others = [d.box for d in found if d.kind not in BAGS]
    return tuple(d for d in found if d.kind not in BAGS or all(d.box.iou(box) < _TWIN_LIMIT for box in others))
