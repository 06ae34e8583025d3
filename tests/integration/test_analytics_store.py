"""Observations and facts in a real database."""

import os
import resource
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from sereno.analytics.camera_watch import closing
from sereno.analytics.events import ObservationClosed, ObservationOpened
from sereno.analytics.model import ObjectKind, Observation, PlateReading, TrailPoint
from sereno.analytics.outbox import Outbox
from sereno.analytics.store import AnalystStore, analyst_fact_log, analyst_metadata
from sereno.core.clock import ManualClock
from sereno.core.errors import AppError, ErrorKind
from sereno.core.geometry import Box
from sereno.core.ids import CameraId, FactId, ObservationId, new_id
from sereno.runtime.database import Database
from sereno.runtime.fact_log import FactLog

pytestmark = pytest.mark.integration

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def opening(seconds: float = 0.0) -> ObservationOpened:
    at = START + timedelta(seconds=seconds)
    observation = Observation(
        id=ObservationId(new_id(at)),
        camera_id=CameraId("plaza"),
        kind=ObjectKind.CAR,
        first_at=at,
        last_at=at,
        best_score=0.8,
        trail=(TrailPoint(at, Box(0.1, 0.2, 0.3, 0.4)),),
    )
    return ObservationOpened(id=FactId(new_id(at)), at=at, observation=observation)


@pytest.fixture
def facts() -> FactLog:
    return analyst_fact_log((ObservationOpened, ObservationClosed))


def told(path: Path, facts: FactLog) -> list[str]:
    database = Database(path, read_only=True)
    try:
        with database.read() as connection:
            return [fact.kind for fact in facts.read_after(connection, 0)]
    finally:
        database.close()


def test_a_row_and_its_facts_are_kept_and_others_read_them(tmp_path: Path, facts: FactLog) -> None:
    store = AnalystStore(tmp_path / "analyst.db", facts)
    fact = opening()
    store.save([(fact.observation, fact.id)], [fact])
    assert store.find(fact.observation.id) == fact.observation
    assert store.unclosed() == [(fact.observation, fact.id)]
    plate = PlateReading("AF417KD", 0.9, Box(0.15, 0.3, 0.2, 0.32))
    closed = closing(replace(fact.observation, plate=plate), fact.id, START + timedelta(seconds=9))
    store.save([(closed.observation, fact.id)], [closed])
    assert store.find(fact.observation.id) == closed.observation
    assert store.unclosed() == []
    assert told(tmp_path / "analyst.db", facts) == ["ObservationOpened", "ObservationClosed"]
    store.close()


def test_a_batch_with_a_fact_twice_is_refused_whole(tmp_path: Path, facts: FactLog) -> None:
    store = AnalystStore(tmp_path / "analyst.db", facts)
    first, second = opening(), opening(1)
    store.save([(first.observation, first.id)], [first])
    with pytest.raises(Exception, match="UNIQUE"):
        store.save([(second.observation, second.id)], [second, first])
    assert store.find(second.observation.id) is None
    assert told(tmp_path / "analyst.db", facts) == ["ObservationOpened"]
    store.close()


def test_a_database_of_a_newer_program_is_left_alone(tmp_path: Path, facts: FactLog) -> None:
    AnalystStore(tmp_path / "analyst.db", facts).close()
    database = Database(tmp_path / "analyst.db")
    with database.write() as connection:
        connection.execute(update(analyst_metadata.tables["about"]).values(schema_version=99))
    database.close()
    with pytest.raises(AppError) as refused:
        AnalystStore(tmp_path / "analyst.db", facts)
    assert (refused.value.kind, refused.value.code) == (ErrorKind.CONFLICT, "database_newer")


def test_what_is_urgent_is_written_at_once_and_the_rest_five_times_a_second(tmp_path: Path, facts: FactLog) -> None:
    clock = ManualClock()
    store = AnalystStore(tmp_path / "analyst.db", facts)
    outbox = Outbox(store, clock)
    for i in range(100):
        fact = opening(i * 0.02)
        outbox.put(((fact.observation, fact.id),), (fact,))
        outbox.flush_if_due()
        clock.advance(0.02)
    assert 9 <= outbox.commits <= 11
    urgent = opening(3)
    outbox.put((), (urgent,), urgent=True)
    assert 10 <= outbox.commits <= 12
    assert len(told(tmp_path / "analyst.db", facts)) == 101
    store.close()


_FULL_DISK = """
import resource, sys
from pathlib import Path
from tests.integration.test_analytics_store import fill_then_free
fill_then_free(Path(sys.argv[1]))
"""


def fill_then_free(folder: Path) -> None:
    """Runs in a process of its own: a file may not grow, then it may again."""
    clock = ManualClock()
    log = analyst_fact_log((ObservationOpened, ObservationClosed))
    store = AnalystStore(folder / "analyst.db", log)
    outbox = Outbox(store, clock)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    for i in range(400):
        fact = opening(i)
        outbox.put(((fact.observation, fact.id),), (fact,), urgent=True)
    assert outbox.commits < 400
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    clock.advance(2)
    outbox.flush_if_due()
    assert len(told(folder / "analyst.db", log)) == 400
    store.close()


def test_what_finds_the_disk_full_waits_and_is_written_later(tmp_path: Path) -> None:
    done = subprocess.run(
        (sys.executable, "-c", _FULL_DISK, str(tmp_path)),
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "cannot be written and waits" in done.stderr
