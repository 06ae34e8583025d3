"""Cameras that end their analyst are set aside for growing pauses, and forgiven."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sereno.analytics.quarantine import (
    FORGIVEN_AFTER,
    PATIENCE,
    PAUSES,
    Suspicion,
    after_end,
    read_suspicions,
    set_aside,
    write_suspicions,
)
from sereno.analytics.work_note import Work, WorkNote, left_at_work
from sereno.core.errors import AppError, unavailable
from sereno.core.ids import CameraId

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
BAD, GOOD = CameraId("bad"), CameraId("good")


def ended(times: int, apart: timedelta = timedelta(seconds=5)) -> tuple[dict[CameraId, Suspicion], datetime]:
    known: dict[CameraId, Suspicion] = {}
    now = NOON
    for _ in range(times):
        now += apart
        known = after_end(known, [BAD], now)
    return known, now


def test_an_accident_sets_nobody_aside() -> None:
    known, now = ended(PATIENCE - 1)
    assert not set_aside(known, BAD, now)


def test_who_ends_it_again_and_again_waits_longer_each_time() -> None:
    for number, pause in enumerate((*PAUSES, PAUSES[-1])):
        known, now = ended(PATIENCE + number)
        assert set_aside(known, BAD, now + pause - timedelta(seconds=1))
        assert not set_aside(known, BAD, now + pause)
        assert not set_aside(known, GOOD, now)


def test_who_was_looked_at_for_long_without_an_end_is_like_any_other() -> None:
    known, now = ended(PATIENCE)
    later = now + PAUSES[0] + FORGIVEN_AFTER
    assert after_end(known, [GOOD], later) == {GOOD: Suspicion(1, later)}
    assert after_end(known, [BAD], later - timedelta(seconds=1))[BAD].ends == PATIENCE + 1


def test_a_clock_set_back_does_not_shut_a_camera_out() -> None:
    known, now = ended(PATIENCE)
    assert not set_aside(known, BAD, now - timedelta(days=365))


def test_suspicions_outlive_the_process_and_a_broken_file_holds_none(tmp_path: Path) -> None:
    path = tmp_path / "suspicions.json"
    assert read_suspicions(path) == {}
    known, _ = ended(2)
    write_suspicions(path, known)
    assert read_suspicions(path) == known
    path.write_text("{")
    assert read_suspicions(path) == {}


def test_the_note_names_who_is_in_work_until_the_process_ends_in_order(tmp_path: Path) -> None:
    path = tmp_path / "at-work"
    assert left_at_work(path) == frozenset()
    note = WorkNote(path)
    bad, good = note.slot(BAD), note.slot(GOOD)
    with good.at(Work.DECODING):
        assert left_at_work(path) == {GOOD}
    with bad.at(Work.LOOKING), bad.at(Work.DECODING):
        assert left_at_work(path) == {BAD}
    assert left_at_work(path) == frozenset()
    with suppress(AppError), bad.at(Work.LOOKING):
        raise unavailable("gpu_gone", "It is gone.", "")
    assert left_at_work(path) == frozenset()
    with suppress(ZeroDivisionError), bad.at(Work.LOOKING):
        _ = 1 / 0
    assert left_at_work(path) == {BAD}
    note.close()
    assert not path.exists()
