"""How long footage lives: which rule sheds which segment. Pure; what does it is ``space``.

Four numbers, and an order: what is above a ceiling goes; then what is above a camera's quota; then, where a disk has
no room, the oldest of all. Below the floor and under a hold nothing goes, whatever the others say.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sereno.access.jurisdiction import Jurisdiction
from sereno.core.errors import invalid
from sereno.core.ids import CameraId
from sereno.core.media_time import WallTicks, wall_ticks
from sereno.recording.holds import HeldSpan
from sereno.recording.model import Segment
from sereno.runtime.settings import RecordingSettings

USUAL_FLOOR_DAYS = 30.0
"""House rule where neither jurisdiction nor settings name a floor."""


class ShedReason(StrEnum):
    """By which rule footage was deleted."""

    CEILING = "ceiling"
    KEEP_DAYS = "keep_days"
    """Older than what this camera's footage is kept."""
    QUOTA = "quota"
    ROOM = "room"
    """The disk was full."""
    DISK_FAILED = "disk_failed"
    """No rule: the disk broke before the footage was safe on it. It counts again if the disk brings it back."""
    MISSING = "missing"
    """No rule: the file was gone, and `sereno recordings repair` said so."""
    DAMAGED = "damaged"
    """No rule: the file was not what had been recorded; repair put it aside."""


LOST = frozenset({ShedReason.DISK_FAILED, ShedReason.MISSING, ShedReason.DAMAGED})
"""Footage that went without a rule; nothing is deleted for it."""


@dataclass(frozen=True, slots=True)
class Term:
    """For all cameras of a site."""

    floor: timedelta
    ceiling: timedelta | None = None


@dataclass(frozen=True, slots=True)
class CameraTerm:
    """For one camera; None is no limit of its own."""

    keep: timedelta | None = None
    quota_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class RetentionRules:
    term: Term
    cameras: Mapping[CameraId, CameraTerm] = field(default_factory=dict)

    def of(self, camera_id: CameraId) -> CameraTerm:
        return self.cameras.get(camera_id, CameraTerm())


@dataclass(frozen=True, slots=True)
class Doomed:
    segment: Segment
    reason: ShedReason


def site_term(jurisdiction: Jurisdiction, settings: RecordingSettings) -> Term:
    """Settings may be stricter than the jurisdiction: a higher floor, a lower ceiling.

    Raises: AppError invalid ``retention_contradiction``, saying which number stands against which.
    """
    law_floor, law_ceiling = jurisdiction.retention_floor_days.value, jurisdiction.retention_ceiling_days.value
    floor, ceiling = settings.floor_days, settings.ceiling_days
    if floor is not None and law_floor is not None and floor < law_floor:
        raise _contradiction(
            f"recording.floor_days = {floor:g} keeps less than {jurisdiction.title} asks: {law_floor:g} days"
            f" ({jurisdiction.retention_floor_days.source})."
        )
    if ceiling is not None and law_ceiling is not None and ceiling > law_ceiling:
        raise _contradiction(
            f"recording.ceiling_days = {ceiling:g} keeps longer than {jurisdiction.title} allows: {law_ceiling:g} days"
            f" ({jurisdiction.retention_ceiling_days.source})."
        )
    least = floor if floor is not None else law_floor
    most = ceiling if ceiling is not None else law_ceiling
    if least is None:
        least = USUAL_FLOOR_DAYS if most is None else min(USUAL_FLOOR_DAYS, most)
    if least < 0 or (most is not None and most < least):
        raise _contradiction(f"Footage cannot be kept {least:g} days at least and {most} days at most.")
    return Term(timedelta(days=least), None if most is None else timedelta(days=most))


def floor_source(jurisdiction: Jurisdiction, settings: RecordingSettings) -> str:
    """Who asks for the floor of ``site_term``."""
    law = jurisdiction.retention_floor_days
    if settings.floor_days is not None and settings.floor_days != law.value:
        return "recording.floor_days"
    return law.source or "house rule"


def above_limits(
    oldest_first: Iterable[Segment], kept_bytes: int, at: datetime, rules: RetentionRules, held: Sequence[HeldSpan]
) -> Iterator[Doomed]:
    """What of one camera is above its ceilings or its quota. ``oldest_first`` is read only as far as needed."""
    term = rules.term
    over = kept_bytes
    floor = wall_ticks(at - term.floor)
    for segment in oldest_first:
        own = rules.of(segment.camera_id)
        reason = _limit_above(segment, at, term, own)
        if reason is None and own.quota_bytes is not None and over > own.quota_bytes and segment.ended_wall < floor:
            reason = ShedReason.QUOTA
        if reason is None:
            return
        if not is_held(segment, held):
            over -= segment.size
            yield Doomed(segment, reason)


def for_room(
    oldest_first: Iterable[Segment], needed_bytes: int, floor: WallTicks, held: Mapping[CameraId, Sequence[HeldSpan]]
) -> Iterator[Doomed]:
    """The oldest footage of any camera above the floor, until ``needed_bytes`` are found."""
    for segment in oldest_first:
        if needed_bytes <= 0 or segment.ended_wall >= floor:
            return
        if not is_held(segment, held.get(segment.camera_id, ())):
            needed_bytes -= segment.size
            yield Doomed(segment, ShedReason.ROOM)


def is_held(segment: Segment, held: Sequence[HeldSpan]) -> bool:
    return any(
        wall_ticks(span.began) < segment.ended_wall and segment.started_wall < wall_ticks(span.ended) for span in held
    )


def _limit_above(segment: Segment, at: datetime, term: Term, own: CameraTerm) -> ShedReason | None:
    if term.ceiling is not None and segment.ended_wall < wall_ticks(at - term.ceiling):
        return ShedReason.CEILING
    if own.keep is not None and segment.ended_wall < wall_ticks(at - max(own.keep, term.floor)):
        return ShedReason.KEEP_DAYS
    return None


def _contradiction(message: str) -> Exception:
    return invalid("retention_contradiction", message, "Settings may only be stricter than the site's jurisdiction.")
