"""A detector for tests that finds what it was told to."""

from collections.abc import Iterable, Sequence

from sereno.analytics.detectors.port import Found, Frame
from sereno.analytics.model import Detection, ObjectKind


class ScriptedDetector:
    """Answers each frame with the next of ``answers``, and the last one for ever."""

    kinds = frozenset(ObjectKind)

    def __init__(self, answers: Iterable[Iterable[Detection]], batch: int = 1) -> None:
        self._answers = [tuple(sorted(answer, key=lambda d: -d.score)) for answer in answers]
        self.batch = batch
        self.calls = 0
        """Frames that were looked at."""

    def frame_size(self, width: int, height: int) -> tuple[int, int]:
        return width, height

    def detect(self, frame: Frame) -> Found:
        answer = self._answers[min(self.calls, len(self._answers) - 1)]
        self.calls += 1
        return answer

    def detect_batch(self, frames: Sequence[Frame]) -> tuple[Found, ...]:
        return tuple(self.detect(frame) for frame in frames)
