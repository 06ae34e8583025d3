"""One camera's day, judged from what is known of it. Pure: evidence in, verdicts out; it guesses nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sereno.analytics.model import ViewFault
from sereno.core.ids import CameraId
from sereno.recording.coverage import Kept, Recorded
from sereno.upkeep.gaps import StreamChange, gaps_of
from sereno.upkeep.limits import DENSITY_SOURCE, Limit, Limits
from sereno.upkeep.model import UNITS, CameraDay, Finding, Gap, Item, Verdict
from sereno.upkeep.spans import Span, common, joined, total_s, without

SEAM = timedelta(seconds=1)
"""Segments that lie so near to each other are one recording."""
LOST_NOW = timedelta(minutes=10)
"""Without footage for so long at the end, a camera is out of order now."""
GAPS_KEPT = 200
_LEAST_LOOKED = 0.25
"""Share of the recorded time that must have been looked at before a view counts as good."""
_VIEW_NEWS = timedelta(minutes=15)
_KEPT_SLACK = timedelta(hours=2)
_VIEW_ITEMS: dict[Item, tuple[frozenset[ViewFault], bool]] = {
    Item.COVERED: (frozenset({ViewFault.COVERED}), True),
    Item.MOVED: (frozenset({ViewFault.MOVED}), True),
    Item.FROZEN: (frozenset({ViewFault.FROZEN}), False),
    Item.SHARPNESS: (frozenset({ViewFault.UNSHARP}), True),
    Item.EXPOSURE: (frozenset({ViewFault.DARK, ViewFault.BRIGHT}), False),
}
"""Which faults of the view an item counts, and whether it needs a reference picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewCheck:
    """The view from ``began`` to ``at``; ``minutes`` of each fault, ``by_night`` whether the sun was down."""

    began: datetime
    at: datetime
    looks: int
    seen: dict[ViewFault, int]
    faults: frozenset[ViewFault]
    compared: bool
    by_night: bool

    def minutes(self, faults: frozenset[ViewFault]) -> float:
        """With any of the faults; black by night is no fault of the camera."""
        counted = faults - {ViewFault.DARK} if self.by_night else faults
        looks = min(self.looks, sum(self.seen.get(fault, 0) for fault in counted))
        return (self.at - self.began).total_seconds() / 60 * looks / max(1, self.looks)


@dataclass(frozen=True, slots=True)
class ClockReading:
    """The camera's clock minus ours."""

    at: datetime
    offset_s: float


@dataclass(frozen=True, slots=True)
class Density:
    px_per_m: float
    needed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that is known of one camera and one day. ``judged`` ends at the day's end or where knowledge ends."""

    camera_id: CameraId
    day: date
    whole: Span
    judged: Span
    at: datetime
    in_service: Sequence[Span]
    recorded: Sequence[Recorded]
    changes: Sequence[StreamChange]
    """In order; the first may lie before the day and says how it began."""
    planned: Sequence[Span]
    checks: Sequence[ViewCheck]
    clocks: Sequence[ClockReading]
    kept: Kept
    floor_share: float | None
    """Recorded share of the floor's days before this one; None when none of them was judged."""
    density: Density | None


def judge(evidence: Evidence, limits: Limits) -> CameraDay:
    """Version 1; final when the day is over."""
    served = common(joined(evidence.in_service), [evidence.judged])
    planned = common(joined(evidence.planned), served)
    expected = without(served, planned)
    footage = joined((Span(one.began, one.ended) for one in evidence.recorded), SEAM)
    recorded = common(footage, expected)
    gaps = gaps_of(without(served, footage), planned, evidence.changes, evidence.recorded)
    longest = sorted(gaps, key=lambda gap: gap.began - gap.ended)[:GAPS_KEPT]
    findings = (
        _availability(total_s(expected), total_s(recorded), gaps, evidence, limits),
        _retention(evidence, limits),
        *(_view(item, evidence, total_s(recorded), limits) for item in _VIEW_ITEMS),
        _clock(evidence, limits),
        _density(evidence.density),
    )
    return CameraDay(
        camera_id=evidence.camera_id,
        day=evidence.day,
        version=1,
        final=evidence.judged == evidence.whole,
        began=evidence.judged.began,
        ended=evidence.judged.ended,
        judged_at=evidence.at,
        day_s=evidence.whole.seconds,
        expected_s=round(total_s(expected), 1),
        recorded_s=round(total_s(recorded), 1),
        planned_s=round(total_s(planned), 1),
        gaps=tuple(sorted(longest, key=lambda gap: gap.began)),
        gaps_left_out=len(gaps) - len(longest),
        looks=sum(check.looks for check in evidence.checks),
        night_dark_min=round(sum(_dark_by_night(check) for check in evidence.checks), 1),
        findings=findings,
    )


def corrected(old: CameraDay, recorded: Sequence[Recorded], at: datetime, limits: Limits) -> CameraDay | None:
    """The next version of a final day, now that more footage of it is there; None when nothing was added.

    A correction only adds: footage that retention has deleted since does not unmake a day.
    """
    footage = joined((Span(one.began, one.ended) for one in recorded), SEAM)
    gaps: list[Gap] = []
    added_s = 0.0
    for gap in old.gaps:
        left = without([Span(gap.began, gap.ended)], footage)
        gaps += [replace(gap, began=span.began, ended=span.ended) for span in left]
        added_s += 0.0 if gap.planned else Span(gap.began, gap.ended).seconds - total_s(left)
    if added_s < 1:
        return None
    recorded_s = old.recorded_s + added_s
    share = recorded_s / old.expected_s
    met = share >= limits.availability.value
    findings = [
        replace(
            finding,
            verdict=Verdict.MET if met else Verdict.NOT_MET,
            figure=round(share, 5),
            limit=limits.availability.value,
            source=limits.availability.source,
            note="" if met else finding.note,
        )
        if finding.item is Item.AVAILABILITY
        else finding
        for finding in old.findings
    ]
    return replace(
        old,
        version=old.version + 1,
        judged_at=at,
        recorded_s=round(recorded_s, 1),
        gaps=tuple(gaps),
        findings=tuple(findings),
    )


def _availability(
    expected_s: float, recorded_s: float, gaps: Sequence[Gap], evidence: Evidence, limits: Limits
) -> Finding:
    limit = limits.availability
    last = gaps[-1] if gaps and not gaps[-1].planned and gaps[-1].ended >= evidence.judged.ended else None
    lost = last is not None and last.ended - last.began >= LOST_NOW
    good = max((one.ended for one in evidence.recorded if one.ended <= evidence.judged.ended), default=None)
    if expected_s < 1:
        return Finding(
            item=Item.AVAILABILITY,
            verdict=Verdict.NOT_MEASURED,
            unit=UNITS[Item.AVAILABILITY],
            limit=limit.value,
            source=limit.source,
            note="planned_work" if evidence.planned and evidence.in_service else "out_of_service",
        )
    share = recorded_s / expected_s
    unplanned = [gap for gap in gaps if not gap.planned]
    worst = max(unplanned, key=lambda gap: gap.ended - gap.began, default=None)
    met = share >= limit.value
    note = last.reason if lost and last else worst.reason if worst and not met else ""
    return Finding(
        item=Item.AVAILABILITY,
        verdict=Verdict.MET if met else Verdict.NOT_MET,
        figure=round(share, 5),
        limit=limit.value,
        unit=UNITS[Item.AVAILABILITY],
        source=limit.source,
        note=note,
        now=lost,
        since=last.began if lost and last else None,
        last_good=good,
    )


def _retention(evidence: Evidence, limits: Limits) -> Finding:
    """Below the floor nothing may be gone: neither deleted too early, nor never recorded."""
    floor, kept, at = limits.floor_days, evidence.kept, evidence.at
    asked = timedelta(days=floor.value)
    if kept.first is None:
        return _plain(Item.RETENTION, Verdict.NOT_MEASURED, None, floor, "no_footage")
    figure = 0.0 if kept.oldest is None else (at - kept.oldest).total_seconds() / 86_400
    due = max(kept.first, at - asked)
    if kept.oldest is None or kept.oldest > due + _KEPT_SLACK:
        return _plain(Item.RETENTION, Verdict.NOT_MET, figure, floor, "deleted_early", now=True)
    if at - kept.first < asked:
        return _plain(Item.RETENTION, Verdict.NOT_MEASURED, figure, floor, "younger_than_floor", now=False)
    if evidence.floor_share is not None and evidence.floor_share < limits.availability.value:
        return _plain(Item.RETENTION, Verdict.NOT_MET, figure, floor, "gaps_in_floor", now=True)
    return _plain(Item.RETENTION, Verdict.MET, figure, floor, "", now=False)


def _view(item: Item, evidence: Evidence, recorded_s: float, limits: Limits) -> Finding:
    faults, needs_reference = _VIEW_ITEMS[item]
    checks = [check for check in evidence.checks if check.compared or not needs_reference]
    limit = limits.fault_minutes
    if not checks:
        note = "no_reference" if evidence.checks else "no_looks"
        return _plain(item, Verdict.NOT_MEASURED, None, limit, note)
    minutes = sum(check.minutes(faults) for check in checks)
    looked_s = sum((check.at - check.began).total_seconds() for check in checks)
    last = checks[-1]
    wrong = bool(last.faults & (faults - {ViewFault.DARK} if last.by_night else faults))
    now = wrong if evidence.judged.ended - last.at <= _VIEW_NEWS else None
    since, good = _run(checks, faults) if wrong else (None, None)
    if minutes > limit.value:
        verdict = Verdict.NOT_MET
    elif looked_s < _LEAST_LOOKED * recorded_s:
        verdict = Verdict.NOT_MEASURED
    else:
        verdict = Verdict.MET
    note = "too_few_looks" if verdict is Verdict.NOT_MEASURED else _worst(checks, faults) if minutes else ""
    return Finding(
        item=item,
        verdict=verdict,
        figure=round(minutes, 1),
        limit=limit.value,
        unit=UNITS[item],
        source=limit.source,
        note=note,
        now=now,
        since=since,
        last_good=good,
    )


def _run(checks: Sequence[ViewCheck], faults: frozenset[ViewFault]) -> tuple[datetime, datetime | None]:
    """Since when the fault that is there now has been there, and when the view was last good."""
    since = checks[-1].at
    for check in reversed(checks):
        if not check.faults & faults:
            return since, check.at
        since = check.began if check.minutes(faults) else check.at
    return since, None


def _worst(checks: Sequence[ViewCheck], faults: frozenset[ViewFault]) -> str:
    return max(sorted(faults), key=lambda fault: sum(check.minutes(frozenset({fault})) for check in checks)).value


def _clock(evidence: Evidence, limits: Limits) -> Finding:
    told = [
        ClockReading(one.began, one.camera_offset_s) for one in evidence.recorded if one.camera_offset_s is not None
    ]
    readings = sorted((*evidence.clocks, *told), key=lambda reading: reading.at)
    limit = limits.clock_s
    if not readings:
        return _plain(Item.CLOCK, Verdict.NOT_MEASURED, None, limit, "clock_not_told")
    worst = max(readings, key=lambda reading: abs(reading.offset_s))
    wrong = [abs(reading.offset_s) > limit.value for reading in readings]
    first_wrong = len(wrong)
    while first_wrong and wrong[first_wrong - 1]:
        first_wrong -= 1
    return Finding(
        item=Item.CLOCK,
        verdict=Verdict.NOT_MET if any(wrong) else Verdict.MET,
        figure=round(worst.offset_s, 2),
        limit=limit.value,
        unit=UNITS[Item.CLOCK],
        source=limit.source,
        note=("clock_ahead" if worst.offset_s > 0 else "clock_behind") if any(wrong) else "",
        now=wrong[-1],
        since=readings[first_wrong].at if wrong[-1] else None,
        last_good=readings[first_wrong - 1].at if wrong[-1] and first_wrong else None,
    )


def _density(density: Density | None) -> Finding:
    if density is None:
        return Finding(
            item=Item.DENSITY,
            verdict=Verdict.NOT_MEASURED,
            unit=UNITS[Item.DENSITY],
            source=DENSITY_SOURCE,
            note="no_purpose",
        )
    met = density.px_per_m >= density.needed
    verdict = Verdict.MET if met else Verdict.NOT_MET
    limit = Limit(density.needed, DENSITY_SOURCE)
    return _plain(Item.DENSITY, verdict, density.px_per_m, limit, "" if met else "too_coarse", now=not met)


def _plain(
    item: Item, verdict: Verdict, figure: float | None, limit: Limit, note: str, *, now: bool | None = None
) -> Finding:
    return Finding(
        item=item,
        verdict=verdict,
        figure=None if figure is None else round(figure, 2),
        limit=limit.value,
        unit=UNITS[item],
        source=limit.source,
        note=note,
        now=now,
    )


def _dark_by_night(check: ViewCheck) -> float:
    if not check.by_night:
        return 0.0
    return (check.at - check.began).total_seconds() / 60 * check.seen.get(ViewFault.DARK, 0) / max(1, check.looks)
