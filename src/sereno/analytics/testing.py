"""A detector for tests that finds what it was told to."""

from collections.abc import Iterable

from sereno.analytics.detectors.port import Frame
from sereno.analytics.model import Detection


class ScriptedDetector:
    """Answers each call with the next of ``answers``, and the last one for ever."""

    def __init__(self, answers: Iterable[Iterable[Detection]]) -> None:
        self._answers = [tuple(sorted(answer, key=lambda d: -d.score)) for answer in answers]
        self.calls = 0

    def frame_size(self, width: int, height: int) -> tuple[int, int]:
        return width, height

    def detect(self, frame: Frame) -> tuple[Detection, ...]:
        answer = self._answers[min(self.calls, len(self._answers) - 1)]
        self.calls += 1
        return answer
