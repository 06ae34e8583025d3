"""Which reported positions are believed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sereno.core.clock import ManualClock
from sereno.core.geography import Position
from sereno.core.ids import UnitId
from sereno.dispatch.events import UnitFix
from sereno.dispatch.fixes import Refusal, judge, judge_all
from sereno.dispatch.model import Agency, Unit, UnitState

NOW = ManualClock().now()
HERE = Position(-36.18, -62.318)
UNIT = Unit(
    id=UnitId("movil-11"),
    call_sign="Móvil 11",
    agency=Agency.POLICE,
    state=UnitState.AVAILABLE,
    position=HERE,
    positioned_at=NOW - timedelta(seconds=1),
)


def fix(seconds: float = 0.0, position: Position = HERE, unit: str = "movil-11") -> UnitFix:
    at = NOW + timedelta(seconds=seconds)
    return UnitFix(unit_id=UnitId(unit), position=position, bearing_deg=0.0, speed_mps=10.0, at=at)


def test_an_ordinary_fix_is_believed_as_it_is() -> None:
    assert judge(fix(position=HERE.offset(12, 0)), UNIT, NOW) == fix(position=HERE.offset(12, 0))


def test_a_clock_a_little_ahead_counts_as_now_and_one_far_ahead_is_refused() -> None:
    assert judge(fix(4), UNIT, NOW) == fix(0)
    assert judge(fix(60), UNIT, NOW) is Refusal.FUTURE


def test_late_and_old_fixes_are_refused() -> None:
    assert judge(fix(-1), UNIT, NOW) is Refusal.OUT_OF_ORDER
    assert judge(fix(-400), UNIT, NOW) is Refusal.STALE


def test_a_leap_is_refused_until_nothing_else_was_believed_for_a_minute() -> None:
    far = HERE.offset(9_000, 0)
    assert judge(fix(position=far), UNIT, NOW) is Refusal.JUMP
    silent = replace(UNIT, positioned_at=NOW - timedelta(seconds=61))
    assert judge(fix(position=far), silent, NOW) == fix(position=far)


def test_units_move_on_when_our_clock_is_set_back_by_an_hour() -> None:
    before = replace(UNIT, positioned_at=NOW + timedelta(hours=1))
    moved = fix(position=HERE.offset(40, 0))
    assert judge(moved, before, NOW) == moved
    assert judge_all([moved, fix(-0.5)], [before], NOW).latest == (moved,)


@pytest.mark.parametrize(
    "broken",
    [
        replace(fix(), position=Position(float("nan"), 0.0)),
        replace(fix(), position=Position(91.0, 0.0)),
        replace(fix(), bearing_deg=float("inf")),
        replace(fix(), speed_mps=-1.0),
        replace(fix(), speed_mps=900.0),
        replace(fix(), at=NOW.replace(tzinfo=None)),
    ],
)
def test_nonsense_is_refused(broken: UnitFix) -> None:
    assert judge(broken, UNIT, NOW) is Refusal.INVALID


def test_a_batch_is_judged_in_the_order_of_time_and_counted() -> None:
    moving = [fix(-0.2, HERE.offset(8, 0)), fix(-0.6, HERE.offset(4, 0)), fix(0, unit="nobody"), fix(-9)]
    verdict = judge_all(moving, [UNIT], NOW)
    assert verdict.latest == (fix(-0.2, HERE.offset(8, 0)),)
    assert verdict.accepted == 2
    assert verdict.refused == {Refusal.UNKNOWN_UNIT: 1, Refusal.OUT_OF_ORDER: 1}
