"""Retention: ceiling, then quota, then room; below the floor and under a hold nothing goes."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sereno.access.jurisdiction import load_jurisdiction
from sereno.core.clock import ManualClock
from sereno.core.errors import AppError
from sereno.core.ids import CameraId, SegmentId
from sereno.core.media_time import TICKS_PER_S, MediaTicks, wall_ticks
from sereno.recording.holds import HeldSpan
from sereno.recording.model import Segment
from sereno.recording.retention import (
    CameraTerm,
    RetentionRules,
    ShedReason,
    Term,
    above_limits,
    for_room,
    is_held,
    site_term,
)
from sereno.runtime.settings import RecordingSettings

NOW = ManualClock().now()
CAMERA = CameraId("a")
DAY = timedelta(days=1)


def segment(number: int, age: timedelta, size: int = 100) -> Segment:
    return Segment(
        id=SegmentId(f"s{number}"),
        camera_id=CAMERA,
        number=number,
        path=f"a/{number:08d}.mp4",
        started_wall=wall_ticks(NOW - age),
        started_media=MediaTicks(0),
        duration=MediaTicks(60 * TICKS_PER_S),
        frames=1,
        size=size,
        sha256="",
        previous_chain="",
        chain="",
        codec="",
        end_reason="rotated",
    )


def by_age(*days: float) -> list[Segment]:
    return [segment(number, timedelta(days=age)) for number, age in enumerate(days, 1)]


def hold(newest: float, oldest: float) -> HeldSpan:
    return HeldSpan(camera_id=CAMERA, began=NOW - timedelta(days=oldest), ended=NOW - timedelta(days=newest))


def test_above_the_ceiling_goes_and_a_hold_stays() -> None:
    rules = RetentionRules(Term(45 * DAY, 60 * DAY))
    doomed = list(above_limits(by_age(70, 65, 61, 59, 10), 500, NOW, rules, [hold(64.9, 65.1)]))
    assert [(each.segment.number, each.reason) for each in doomed] == [
        (1, ShedReason.CEILING),
        (3, ShedReason.CEILING),
    ]


def test_a_quota_takes_the_oldest_above_the_floor_only() -> None:
    rules = RetentionRules(Term(30 * DAY), {CAMERA: CameraTerm(quota_bytes=150)})
    doomed = list(above_limits(by_age(50, 40, 20, 10), 400, NOW, rules, []))
    assert [each.segment.number for each in doomed] == [1, 2]
    assert {each.reason for each in doomed} == {ShedReason.QUOTA}


def test_a_quota_that_is_kept_takes_nothing() -> None:
    rules = RetentionRules(Term(30 * DAY), {CAMERA: CameraTerm(quota_bytes=300)})
    assert [each.segment.number for each in above_limits(by_age(50, 40, 20, 10), 400, NOW, rules, [])] == [1]


def test_a_camera_kept_shorter_never_goes_below_the_floor() -> None:
    rules = RetentionRules(Term(30 * DAY), {CAMERA: CameraTerm(keep=5 * DAY)})
    assert [each.segment.number for each in above_limits(by_age(31, 29), 200, NOW, rules, [])] == [1]


def test_room_is_made_oldest_first_until_there_is_enough() -> None:
    floor = wall_ticks(NOW - 30 * DAY)
    found = list(for_room(by_age(50, 45, 40, 35, 10), 150, floor, {CAMERA: (hold(44.9, 45.1),)}))
    assert [each.segment.number for each in found] == [1, 3]
    assert [each.segment.number for each in for_room(by_age(50, 10), 1_000, floor, {})] == [1]


@given(
    some.lists(some.floats(0, 100), max_size=30),
    some.lists(some.tuples(some.floats(0, 100), some.floats(0, 5)), max_size=5),
    some.floats(0, 50),
    some.floats(0, 50),
    some.integers(0, 2_000),
)
def test_no_rule_breaks_floor_or_hold(
    ages: list[float], spans: list[tuple[float, float]], floor: float, more: float, quota: int
) -> None:
    held = [hold(newest, newest + length) for newest, length in spans]
    term = Term(timedelta(days=floor), timedelta(days=floor + more))
    rules = RetentionRules(term, {CAMERA: CameraTerm(keep=DAY, quota_bytes=quota)})
    segments = by_age(*sorted(ages, reverse=True))
    floor_wall = wall_ticks(NOW - term.floor)
    doomed = [
        *above_limits(segments, 100 * len(segments), NOW, rules, held),
        *for_room(segments, 10**9, floor_wall, {CAMERA: tuple(held)}),
    ]
    for each in doomed:
        assert each.segment.ended_wall < floor_wall
        assert not is_held(each.segment, held)


def test_settings_may_only_be_stricter() -> None:
    peru = load_jurisdiction("pe")
    assert site_term(peru, RecordingSettings()) == Term(45 * DAY, 60 * DAY)
    assert site_term(peru, RecordingSettings(floor_days=50, ceiling_days=55)) == Term(50 * DAY, 55 * DAY)
    for settings in (
        RecordingSettings(floor_days=30),
        RecordingSettings(ceiling_days=90),
        RecordingSettings(ceiling_days=40),
        RecordingSettings(floor_days=-1, ceiling_days=50),
    ):
        with pytest.raises(AppError) as caught:
            site_term(peru, settings)
        assert caught.value.code == "retention_contradiction"
    assert site_term(load_jurisdiction("none"), RecordingSettings()) == Term(30 * DAY, None)
    assert site_term(load_jurisdiction("none"), RecordingSettings(ceiling_days=10)) == Term(10 * DAY, 10 * DAY)
