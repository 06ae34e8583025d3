"""Several detectors on the same picture, each for what it does best: persons by one, vehicles by another."""

from collections.abc import Sequence

from sereno.analytics.detectors.port import Detector, Found, Frame
from sereno.analytics.detectors.suppression import without_false_bags
from sereno.analytics.model import FAMILIES, ObjectKind


class JoinedDetector:
    """The first that knows a family of kinds has it alone. Costs as much as all of them."""

    def __init__(self, parts: Sequence[Detector]) -> None:
        taken: set[int] = set()
        shares: list[tuple[Detector, frozenset[ObjectKind]]] = []
        for part in parts:
            shares.append((part, frozenset(kind for kind in part.kinds if FAMILIES[kind] not in taken)))
            taken |= {FAMILIES[kind] for kind in part.kinds}
        self._shares = tuple(shares)
        self.kinds = frozenset(kind for _, share in shares for kind in share)

    @property
    def batch(self) -> int:
        return max(part.batch for part, _ in self._shares)

    def frame_size(self, width: int, height: int) -> tuple[int, int]:
        return max(part.frame_size(width, height) for part, _ in self._shares)

    def detect(self, frame: Frame) -> Found:
        return self.detect_batch((frame,))[0]

    def detect_batch(self, frames: Sequence[Frame]) -> tuple[Found, ...]:
        each = [
            [tuple(d for d in found if d.kind in share) for found in part.detect_batch(frames)]
            for part, share in self._shares
        ]
        return tuple(
            without_false_bags(sorted((d for found in row for d in found), key=lambda d: -d.score))
            for row in zip(*each, strict=True)
        )
