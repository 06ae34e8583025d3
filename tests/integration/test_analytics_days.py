"""Observations settled into their days, and what is forgotten when."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from sereno.analytics.appearance.portrait import AppearanceVector, Portrait
from sereno.analytics.camera_watch import closing as closing_fact
from sereno.analytics.days.schema import day_path, portraits_path
from sereno.analytics.days.vectors import read_vectors, vectors_path
from sereno.analytics.events import ObservationClosed, ObservationOpened
from sereno.analytics.keeper import FACTS_KEPT, Keeper, KeepPlan
from sereno.analytics.model import Observation
from sereno.analytics.search.looks import Looks
from sereno.analytics.search.rows import find_observation
from sereno.analytics.search.shelf import Shelf
from sereno.analytics.store import AnalystStore, analyst_fact_log
from sereno.core.clock import ManualClock
from sereno.core.ids import FactId, new_id
from sereno.runtime.database import Database
from sereno.runtime.fact_log import FactLog
from sereno.runtime.intake import publish_cursors, read_cursor
from tests.centre import open_workplace
from tests.search_rows import some_observations

pytestmark = pytest.mark.integration

NIGHT = datetime(2026, 3, 1, 23, 50, tzinfo=UTC)
DAYS = (NIGHT.date(), (NIGHT + timedelta(days=1)).date())


@pytest.fixture
def facts() -> FactLog:
    return analyst_fact_log((ObservationOpened, ObservationClosed))


@pytest.fixture
def store(tmp_path: Path, facts: FactLog) -> Iterator[AnalystStore]:
    with closing(AnalystStore(tmp_path / "analyst.db", facts)) as store:
        yield store


def saved(store: AnalystStore, observations: list[Observation]) -> None:
    for seen in observations:
        fact = ObservationOpened(id=FactId(new_id(seen.first_at)), at=seen.first_at, observation=seen)
        ended = [closing_fact(seen, fact.id, seen.last_at)] if seen.closed else []
        store.save([(seen, fact.id)], [fact, *ended])


def in_days(folder: Path) -> list[Observation]:
    shelf, found = Shelf(lambda: [folder]), []
    for _, files in reversed(shelf.days()):
        with files[0].read(lambda: False) as connection:
            cameras = files[0].figures(connection).cameras
            ids = connection.exec_driver_sql("SELECT id FROM tracks ORDER BY key").scalars().all()
            found += [find_observation(connection, each, cameras) for each in ids]
    shelf.close()
    return [each for each in found if each is not None]


def portrait(seen: Observation, expires_at: datetime) -> Portrait:
    values = np.eye(8, dtype=np.float32)[len(seen.id) % 8]
    vector = AppearanceVector(embedder="test", values=values, made_at=seen.first_at, expires_at=expires_at)
    return Portrait(
        observation_id=seen.id,
        camera_id=seen.camera_id,
        kind=seen.kind,
        at=seen.first_at,
        box=seen.trail[0].box,
        jpeg=b"crop",
        width=8,
        height=8,
        vector=vector,
    )


def test_what_is_over_moves_into_its_day_and_what_is_open_stays(store: AnalystStore, tmp_path: Path) -> None:
    seen = some_observations(NIGHT, 0.5, 20)
    still_open = replace(seen[-1], closed=False)
    saved(store, [*seen[:-1], still_open])
    assert store.settle() == 19
    assert in_days(tmp_path) == seen[:-1]
    assert [day_path(tmp_path, day).exists() for day in DAYS] == [True, True]
    assert store.find(still_open.id) == still_open
    assert store.find(seen[0].id) is None
    assert store.settle() == 0


def test_a_crash_between_the_two_files_leaves_each_row_once(store: AnalystStore, tmp_path: Path) -> None:
    seen = some_observations(NIGHT, 0.5, 10)
    saved(store, seen)
    store.settle()
    with closing(Database(tmp_path / "analyst.db")) as database, database.write() as connection:
        connection.exec_driver_sql("DELETE FROM facts")
    saved(store, seen)  # as if the deletion here had been lost
    assert store.settle() == 10
    assert in_days(tmp_path) == seen


def test_an_old_database_is_taken_over_in_batches(store: AnalystStore, tmp_path: Path) -> None:
    seen = some_observations(NIGHT, 2, 50)
    saved(store, seen)
    assert [store.settle(20) for _ in range(4)] == [20, 20, 10, 0]
    assert in_days(tmp_path) == seen


def test_days_go_whole_and_only_when_they_are_all_too_old(store: AnalystStore, tmp_path: Path) -> None:
    seen = some_observations(NIGHT, 0.5, 20)
    saved(store, seen)
    store.settle()
    store.keep_portraits([portrait(each, NIGHT + timedelta(days=9)) for each in (seen[0], seen[-1])])
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    assert store.forget(midnight, midnight - timedelta(seconds=1)) == []
    assert store.forget(midnight, midnight) == [DAYS[0]]
    assert [path.exists() for path in (day_path(tmp_path, DAYS[0]), portraits_path(tmp_path, DAYS[0]))] == [False] * 2
    assert [path.exists() for path in (day_path(tmp_path, DAYS[1]), portraits_path(tmp_path, DAYS[1]))] == [True] * 2


def test_vectors_go_at_their_own_instant_and_leave_no_bytes(store: AnalystStore, tmp_path: Path) -> None:
    seen = some_observations(NIGHT, 0.1, 2)
    ends = [NIGHT + timedelta(hours=1), NIGHT + timedelta(hours=2)]
    store.keep_portraits([portrait(each, end) for each, end in zip(seen, ends, strict=True)])
    looks = Looks(lambda: [tmp_path])
    assert looks.vector_of(seen[0].id, NIGHT) is not None
    late = NIGHT + timedelta(hours=1)
    assert looks.vector_of(seen[0].id, late) is None
    assert looks.vector_of(seen[1].id, late) is not None
    store.forget(late, NIGHT - timedelta(days=1))
    with closing(Database(vectors_path(tmp_path), read_only=True)) as database:
        assert [each.observation_id for each in read_vectors(database, 0, NIGHT, 10)] == [seen[1].id]
    log = vectors_path(tmp_path).with_name("vectors.db-wal")
    kept = vectors_path(tmp_path).read_bytes() + (log.read_bytes() if log.exists() else b"")
    assert seen[0].id.encode() not in kept
    assert seen[1].id.encode() in kept
    looks.close()


def test_facts_go_once_all_have_followed_them_and_a_day_has_passed(
    store: AnalystStore, tmp_path: Path, facts: FactLog
) -> None:
    clock, followed = ManualClock(NIGHT), [0]
    saved(store, some_observations(NIGHT - timedelta(hours=1), 0.5, 10))
    keeper = Keeper(store, clock, KeepPlan(keep=timedelta(days=30), followed=lambda: followed[0]))

    def left() -> int:
        with closing(Database(tmp_path / "analyst.db", read_only=True)) as database, database.read() as connection:
            return len(facts.read_after(connection, 0))

    clock.advance(FACTS_KEPT.total_seconds())
    keeper.step()
    assert left() == 20
    followed[0] = 12
    clock.advance(61)
    keeper.step()
    assert left() == 8
    followed[0] = 20
    clock.advance(61)
    keeper.step()
    assert left() == 1, "the last one stays, by which a log that is begun anew is known"


def test_control_tells_how_far_it_has_followed(tmp_path: Path) -> None:
    path = tmp_path / "followed.json"
    assert read_cursor(path, "analyst") == 0
    with open_workplace(tmp_path, ManualClock()) as workplace:
        with workplace.database.write() as connection:
            connection.exec_driver_sql("INSERT INTO intake_cursors VALUES ('analyst', 41)")
        publish_cursors(workplace.database, path)
    assert (read_cursor(path, "analyst"), read_cursor(path, "recorder")) == (41, 0)
