"""Facts the recorder tells."""

from dataclasses import dataclass

from sereno.core.facts import Fact
from sereno.recording.model import Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentClosed(Fact):
    segment: Segment
