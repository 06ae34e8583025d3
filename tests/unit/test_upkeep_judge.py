"""One camera's day, judged from tables of evidence: nights when clocks change, no footage, work, corrections."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sereno.access.jurisdiction import load_jurisdiction
from sereno.analytics.model import ViewFault
from sereno.core.geography import Position
from sereno.core.ids import CameraId
from sereno.recording.coverage import Kept, Recorded
from sereno.upkeep.gaps import StreamChange
from sereno.upkeep.judge import ClockReading, Density, Evidence, ViewCheck, corrected, judge
from sereno.upkeep.limits import Limits, limits_of, px_per_m
from sereno.upkeep.model import CameraDay, Item, Verdict
from sereno.upkeep.spans import Span, common, joined, local_day, total_s, without
from sereno.upkeep.sun import is_night

SANTIAGO = ZoneInfo("America/Santiago")
BUENOS_AIRES = ZoneInfo("America/Argentina/Buenos_Aires")
DAY = date(2026, 3, 10)
WHOLE = local_day(DAY, BUENOS_AIRES)
AT = WHOLE.ended + timedelta(minutes=10)
MEXICO = limits_of(load_jurisdiction("mx"), 7, 2.0)
PERU = limits_of(load_jurisdiction("pe"), 45, 2.0)


def hour(hours: float) -> datetime:
    """Of the judged day, local."""
    return WHOLE.began + timedelta(hours=hours)


def footage(*spans: tuple[float, float], end: str = "rotated") -> list[Recorded]:
    return [Recorded(hour(began), hour(ended), end) for began, ended in spans]


def evidence(**known: object) -> Evidence:
    """A good day of a camera that has been there for a year, but for what is ``known``."""
    good = Evidence(
        camera_id=CameraId("plaza"),
        day=DAY,
        whole=WHOLE,
        judged=WHOLE,
        at=AT,
        in_service=[Span(WHOLE.began - timedelta(days=365), AT)],
        recorded=footage((0, 24)),
        changes=[],
        planned=[],
        checks=looks(0, 24),
        clocks=[ClockReading(hour(6), 0.3)],
        kept=Kept(AT - timedelta(days=50), AT - timedelta(days=365)),
        floor_share=0.99,
        density=Density(130, 125),
    )
    return replace(good, **known)  # type: ignore[arg-type]  # each test names fields of Evidence


def looks(
    began: float, ended: float, *faults: ViewFault, compared: bool = True, by_night: bool = False
) -> list[ViewCheck]:
    """A check of five looks for each five minutes."""
    steps = round((ended - began) * 12)
    return [
        ViewCheck(
            began=hour(began + step / 12),
            at=hour(began + (step + 1) / 12),
            looks=5,
            seen=dict.fromkeys(faults, 5),
            faults=frozenset(faults),
            compared=compared,
            by_night=by_night,
        )
        for step in range(steps)
    ]


def verdicts(day: CameraDay) -> dict[str, str]:
    return {finding.item.value: finding.verdict.value for finding in day.findings if finding.verdict is not Verdict.MET}


def test_a_good_day_meets_everything() -> None:
    day = judge(evidence(), PERU)
    assert verdicts(day) == {}
    assert day.verdict is Verdict.MET
    assert day.final
    assert day.gaps == ()


@pytest.mark.parametrize(
    ("missing_min", "verdict"),
    [(0, Verdict.MET), (71.9, Verdict.MET), (72.1, Verdict.NOT_MET), (24 * 60, Verdict.NOT_MET)],
)
def test_95_percent_of_the_day_is_the_limit(missing_min: float, verdict: Verdict) -> None:
    day = judge(evidence(recorded=footage((missing_min / 60, 24))), MEXICO)
    found = day.finding(Item.AVAILABILITY)
    assert found.verdict is verdict
    assert found.figure == pytest.approx(1 - missing_min / 1440, abs=1e-4)
    assert "Mexican technical norm" in found.source


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 4, 4), 25), (date(2026, 9, 5), 24), (date(2026, 9, 6), 23), (date(2026, 4, 5), 24)]
)
def test_nights_when_clocks_change_have_their_real_length(day: date, hours: int) -> None:
    whole = local_day(day, SANTIAGO)
    assert whole.seconds == hours * 3600
    half = Recorded(whole.began, whole.began + timedelta(seconds=whole.seconds / 2), "rotated")
    known = evidence(
        day=day,
        whole=whole,
        judged=whole,
        at=whole.ended,
        in_service=[Span(whole.began - timedelta(days=9), whole.ended)],
        recorded=[half],
    )
    judged = judge(known, MEXICO)
    assert judged.finding(Item.AVAILABILITY).figure == pytest.approx(0.5)
    assert judged.day_s == hours * 3600
    assert judge(replace(known, recorded=[replace(half, ended=whole.ended)]), MEXICO).gaps == ()


def test_a_camera_that_never_recorded_says_so() -> None:
    day = judge(evidence(recorded=[], checks=[], clocks=[], kept=Kept(None, None), density=None), PERU)
    assert verdicts(day) == {
        "availability": "not_met",
        "retention": "not_measured",
        **dict.fromkeys(("covered", "moved", "frozen", "sharpness", "exposure"), "not_measured"),
        "clock": "not_measured",
        "density": "not_measured",
    }
    assert day.finding(Item.RETENTION).note == "no_footage"
    assert [gap.reason for gap in day.gaps] == ["unknown"]


def test_a_camera_added_at_noon_is_judged_from_noon_on() -> None:
    day = judge(evidence(in_service=[Span(hour(12), AT)], recorded=footage((12, 24))), MEXICO)
    assert day.expected_s == 12 * 3600
    assert day.finding(Item.AVAILABILITY).figure == 1.0


def test_a_camera_out_of_service_is_not_measured() -> None:
    day = judge(evidence(in_service=[Span(WHOLE.began - timedelta(days=9), WHOLE.began)], recorded=[]), MEXICO)
    assert day.finding(Item.AVAILABILITY).note == "out_of_service"
    assert day.verdict is Verdict.NOT_MEASURED


def test_planned_work_is_shown_apart_and_not_held_against_the_camera() -> None:
    day = judge(evidence(planned=[Span(hour(8), hour(14))], recorded=footage((0, 8.5), (15, 24))), MEXICO)
    assert day.planned_s == 6 * 3600
    assert day.expected_s == 18 * 3600
    assert day.recorded_s == 17 * 3600
    assert [(gap.planned, gap.reason) for gap in day.gaps] == [(True, "planned_work"), (False, "unknown")]
    assert day.finding(Item.AVAILABILITY).verdict is Verdict.NOT_MET


def test_gaps_take_the_reason_that_held_longest_or_the_recorders_word() -> None:
    changes = [
        StreamChange(hour(-5), ""),
        StreamChange(hour(4), "camera_ended"),
        StreamChange(hour(4.1), "camera_unreachable"),
        StreamChange(hour(6), ""),
    ]
    recorded = [*footage((0, 4), (6, 10)), *footage((10, 12), end="salvaged"), *footage((13, 24))]
    day = judge(evidence(recorded=recorded, changes=changes), MEXICO)
    assert [gap.reason for gap in day.gaps] == ["camera_unreachable", "recorder_died"]
    assert day.finding(Item.AVAILABILITY).note == "camera_unreachable"


def test_a_clock_that_was_set_back_counts_time_once() -> None:
    day = judge(evidence(recorded=footage((0, 10), (9, 24))), MEXICO)
    assert day.finding(Item.AVAILABILITY).figure == 1.0


def test_a_camera_dark_for_the_last_minutes_is_out_of_order_now() -> None:
    judged = Span(WHOLE.began, hour(12))
    known = evidence(
        judged=judged, at=hour(12), recorded=footage((0, 11.7)), changes=[StreamChange(hour(11.7), "camera_timeout")]
    )
    found = judge(known, MEXICO).finding(Item.AVAILABILITY)
    assert (found.verdict, found.now, found.note) == (Verdict.MET, True, "camera_timeout")
    assert found.since == found.last_good == hour(11.7)
    assert not judge(known, MEXICO).final


@pytest.mark.parametrize(
    ("kept_days", "first_days", "share", "verdict", "note"),
    [
        (60, 365, 0.99, Verdict.MET, ""),
        (45, 365, 0.99, Verdict.MET, ""),
        (44, 365, 0.99, Verdict.NOT_MET, "deleted_early"),
        (60, 365, 0.90, Verdict.NOT_MET, "gaps_in_floor"),
        (11, 11, 0.99, Verdict.NOT_MEASURED, "younger_than_floor"),
        (5, 11, 0.99, Verdict.NOT_MET, "deleted_early"),
        (None, 11, 0.99, Verdict.NOT_MET, "deleted_early"),
        (60, 365, None, Verdict.MET, ""),
    ],
)
def test_45_days_are_there_without_holes(
    kept_days: float | None, first_days: float, share: float | None, verdict: Verdict, note: str
) -> None:
    oldest = None if kept_days is None else AT - timedelta(days=kept_days)
    found = judge(evidence(kept=Kept(oldest, AT - timedelta(days=first_days)), floor_share=share), PERU)
    retention = found.finding(Item.RETENTION)
    assert (retention.verdict, retention.note) == (verdict, note)
    assert retention.limit == 45
    assert "DS 007-2020-IN" in retention.source


@pytest.mark.parametrize(
    ("checks", "item", "verdict", "figure"),
    [
        (looks(0, 12) + looks(12, 12.5, ViewFault.COVERED) + looks(12.5, 24), Item.COVERED, Verdict.NOT_MET, 30.0),
        (looks(0, 23.9) + looks(23.9, 24, ViewFault.MOVED), Item.MOVED, Verdict.MET, 5.0),
        (looks(0, 24, ViewFault.UNSHARP), Item.SHARPNESS, Verdict.NOT_MET, 1440.0),
        (looks(0, 24, compared=False), Item.SHARPNESS, Verdict.NOT_MEASURED, None),
        (looks(0, 24, compared=False), Item.EXPOSURE, Verdict.MET, 0.0),
        (looks(0, 1), Item.COVERED, Verdict.NOT_MEASURED, 0.0),
        (looks(0, 10, ViewFault.DARK, by_night=True) + looks(10, 24), Item.EXPOSURE, Verdict.MET, 0.0),
        (looks(0, 10) + looks(10, 24, ViewFault.DARK), Item.EXPOSURE, Verdict.NOT_MET, 840.0),
    ],
)
def test_a_view_is_judged_by_minutes_with_the_fault(
    checks: Sequence[ViewCheck], item: Item, verdict: Verdict, figure: float | None
) -> None:
    found = judge(evidence(checks=checks), PERU).finding(item)
    assert found.verdict is verdict
    assert found.figure == (None if figure is None else pytest.approx(figure, abs=0.1))


def test_black_by_night_is_counted_apart() -> None:
    day = judge(evidence(checks=looks(0, 10, ViewFault.DARK, by_night=True) + looks(10, 24)), PERU)
    assert day.night_dark_min == pytest.approx(600)


def test_a_fault_that_is_still_there_names_its_beginning() -> None:
    found = judge(evidence(checks=looks(0, 20) + looks(20, 24, ViewFault.COVERED)), PERU).finding(Item.COVERED)
    assert found.now
    assert found.since == hour(20)
    assert found.last_good == hour(20)


def test_the_cameras_clock_is_judged_by_its_worst_reading() -> None:
    recorded = [replace(footage((0, 24))[0], camera_offset_s=-75.0)]
    found = judge(evidence(recorded=recorded, clocks=[ClockReading(hour(1), 0.4)]), MEXICO).finding(Item.CLOCK)
    assert (found.verdict, found.figure, found.note, found.now) == (Verdict.NOT_MET, -75.0, "clock_behind", False)


def test_pixels_a_metre_are_held_against_the_purpose() -> None:
    assert px_per_m(3840, 100, 150) == pytest.approx(10.7, abs=0.05)
    assert px_per_m(3840, 30, 150) == pytest.approx(47.8, abs=0.1)
    assert px_per_m(1920, 180, 10) is None
    assert judge(evidence(density=Density(40, 125)), MEXICO).finding(Item.DENSITY).verdict is Verdict.NOT_MET


def test_footage_that_comes_later_makes_a_new_version_and_only_adds() -> None:
    first = judge(evidence(recorded=footage((0, 12), (18, 24))), MEXICO)
    better = corrected(first, footage((0, 12), (12, 17.5), (18, 24)), AT, MEXICO)
    assert better is not None
    assert better.version == 2
    assert better.recorded_s == 23.5 * 3600
    assert better.finding(Item.AVAILABILITY).verdict is Verdict.MET
    assert [(gap.began, gap.ended) for gap in better.gaps] == [(hour(17.5), hour(18))]
    assert corrected(first, footage((0, 12)), AT, MEXICO) is None


@pytest.mark.parametrize("profile", ["none", "ar", "co", "eu-strict"])
def test_what_no_law_says_a_house_rule_says(profile: str) -> None:
    limits: Limits = limits_of(load_jurisdiction(profile), 30, 2.0)
    assert limits.availability.value == 0.95
    assert limits.availability.source == "house rule"
    assert limits.floor_days.source.startswith("settings")


def test_spans_know_what_lies_in_both_and_what_is_left() -> None:
    day = [Span(hour(0), hour(24))]
    parts = joined([Span(hour(3), hour(5)), Span(hour(1), hour(2)), Span(hour(4), hour(8)), Span(hour(9), hour(9))])
    assert parts == [Span(hour(1), hour(2)), Span(hour(3), hour(8))]
    assert total_s(common(day, parts)) + total_s(without(day, parts)) == 24 * 3600
    assert without(parts, day) == []
    assert joined(parts, timedelta(hours=1)) == [Span(hour(1), hour(8))]


@pytest.mark.parametrize(
    ("at", "night"),
    [
        (datetime(2026, 6, 21, 16, 0, tzinfo=UTC), False),
        (datetime(2026, 6, 21, 3, 0, tzinfo=UTC), True),
        (datetime(2026, 6, 21, 22, 0, tzinfo=UTC), True),  # 19:00 in midwinter
        (datetime(2026, 12, 21, 22, 0, tzinfo=UTC), False),  # 19:00 in midsummer
    ],
)
def test_night_is_told_by_the_sun_over_buenos_aires(at: datetime, night: bool) -> None:
    assert is_night(at, Position(-34.6, -58.4)) is night
