"""Any detector on the whole picture and on tiles side by side, for things too far away to be seen in the whole."""

from collections.abc import Sequence

import numpy as np

from sereno.analytics.detectors.port import Detector, Found, Frame
from sereno.analytics.detectors.suppression import suppress, without_false_bags
from sereno.analytics.model import FAMILIES, Detection, ObjectKind
from sereno.core.geometry import Box

_LAP = 0.15
"""Share of a tile's width that it has in common with its neighbour: a thing on a seam is whole in one of them."""
_CUT_EDGE = 0.01
"""A box this near to an inner edge of a tile is probably cut; the neighbour or the whole picture has it better."""


class TiledDetector:
    """Costs one detection more than there are tiles."""

    def __init__(self, inner: Detector, tiles: int) -> None:
        self._inner = inner
        self._spans = _spans(tiles)

    @property
    def batch(self) -> int:
        return max(1, self._inner.batch // (1 + len(self._spans)))

    @property
    def kinds(self) -> frozenset[ObjectKind]:
        return self._inner.kinds

    def frame_size(self, width: int, height: int) -> tuple[int, int]:
        left, right = self._spans[0]
        share = right - left
        tile_width, _ = self._inner.frame_size(round(width * share), height)
        scale = min(1.0, tile_width / (width * share))
        return max(1, round(width * scale)), max(1, round(height * scale))

    def detect(self, frame: Frame) -> Found:
        return self.detect_batch((frame,))[0]

    def detect_batch(self, frames: Sequence[Frame]) -> tuple[Found, ...]:
        parts = [part for frame in frames for part in (frame, *self._tiles(frame))]
        found = self._inner.detect_batch(parts)
        each = 1 + len(self._spans)
        return tuple(self._joined(found[i : i + each]) for i in range(0, len(found), each))

    def _tiles(self, frame: Frame) -> list[Frame]:
        width = frame.shape[1]
        return [np.ascontiguousarray(frame[:, round(a * width) : round(b * width)]) for a, b in self._spans]

    def _joined(self, parts: Sequence[Found]) -> Found:
        """``parts``: the whole picture's, then each tile's."""
        found = list(parts[0])
        for (left, right), tile in zip(self._spans, parts[1:], strict=True):
            found += [_moved(d, left, right - left) for d in tile if not _is_cut(d.box, left, right)]
        return _merged(found)


def _spans(tiles: int) -> tuple[tuple[float, float], ...]:
    """(left, right) of each tile in fractions of the picture."""
    wide = 1 / (tiles - (tiles - 1) * _LAP)
    return tuple((i * wide * (1 - _LAP), min(1.0, i * wide * (1 - _LAP) + wide)) for i in range(tiles))


def _is_cut(box: Box, left: float, right: float) -> bool:
    return (left > 0 and box.left < _CUT_EDGE) or (right < 1 and box.right > 1 - _CUT_EDGE)


def _moved(detection: Detection, left: float, wide: float) -> Detection:
    box = detection.box
    return Detection(
        Box(left + box.left * wide, box.top, left + box.right * wide, box.bottom), detection.kind, detection.score
    )


def _merged(found: list[Detection]) -> Found:
    if not found:
        return ()
    boxes = np.array([(d.box.left, d.box.top, d.box.right, d.box.bottom) for d in found], np.float32)
    scores = np.array([d.score for d in found], np.float32)
    families = np.array([FAMILIES[d.kind] for d in found], np.intp)
    return without_false_bags([found[i] for i in suppress(boxes, scores, families).tolist()])
