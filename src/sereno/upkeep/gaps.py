"""Why there is no footage: gaps with the reason that the stream or the recorder gave. Pure."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sereno.recording.coverage import Recorded
from sereno.upkeep.model import Gap
from sereno.upkeep.spans import Span, common, without

UNKNOWN = "unknown"
_ENDS = {"stopped": "recorder_stopped", "salvaged": "recorder_died", "disk_full": "disk_full"}
"""What the last segment before a gap tells, where the stream told nothing."""


@dataclass(frozen=True, slots=True)
class StreamChange:
    """From ``at`` on the stream was this; ``reason`` is empty while it ran."""

    at: datetime
    reason: str


def gaps_of(
    missing: Sequence[Span], planned: Sequence[Span], changes: Sequence[StreamChange], recorded: Sequence[Recorded]
) -> list[Gap]:
    """In order. Planned work is cut out of what is missing, so that it is shown apart."""
    result = [Gap(began=s.began, ended=s.ended, reason="planned_work", planned=True) for s in common(missing, planned)]
    starts = [one.began for one in recorded]
    for span in without(missing, planned):
        reason = _told(span, changes) or _left(span, recorded, starts)
        result.append(Gap(began=span.began, ended=span.ended, reason=reason))
    return sorted(result, key=lambda gap: gap.began)


def _told(span: Span, changes: Sequence[StreamChange]) -> str:
    """The reason that held for most of the gap."""
    seconds: dict[str, float] = {}
    first = max(0, bisect_right([change.at for change in changes], span.began) - 1)
    for number, change in enumerate(changes[first:], start=first):
        if change.at >= span.ended:
            break
        until = changes[number + 1].at if number + 1 < len(changes) else span.ended
        held = Span(max(change.at, span.began), min(until, span.ended)).seconds
        if change.reason and held > 0:
            seconds[change.reason] = seconds.get(change.reason, 0.0) + held
    return max(seconds, key=lambda reason: seconds[reason], default="")


def _left(span: Span, recorded: Sequence[Recorded], starts: Sequence[datetime]) -> str:
    before = bisect_right(starts, span.began) - 1
    return UNKNOWN if before < 0 else _ENDS.get(recorded[before].end_reason, UNKNOWN)
