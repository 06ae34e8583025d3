from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import Connection, MetaData
from sqlalchemy.exc import IntegrityError

from sereno.core.clock import ManualClock
from sereno.core.errors import AppError
from sereno.core.facts import Fact
from sereno.core.ids import FactId, new_id
from sereno.runtime.clock_watch import ClockReading
from sereno.runtime.database import Database, centre_metadata
from sereno.runtime.fact_log import FactCodec, FactLog, fact_table
from sereno.runtime.intake import Intake
from sereno.runtime.process import FolderLock
from sereno.runtime.settings import Settings, load_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class LampLit(Fact):
    lamp: str


def lit(lamp: str) -> LampLit:
    now = ManualClock().now()
    return LampLit(id=FactId(new_id(now)), at=now, lamp=lamp)


def open_log(path: Path) -> tuple[Database, FactLog]:
    metadata = MetaData()
    facts = FactLog(fact_table(metadata), FactCodec([LampLit]))
    database = Database(path)
    metadata.create_all(database.engine)
    return database, facts


def test_a_failed_transaction_leaves_nothing_and_rings_no_bell(tmp_path: Path) -> None:
    database, facts = open_log(tmp_path / "log.db")
    bells: list[int] = []
    database.on_commit(lambda: bells.append(1))
    fact = lit("a")
    with pytest.raises(IntegrityError), database.write() as connection:
        facts.append(connection, fact, fact)
    with database.read() as connection:
        assert facts.last_seq(connection) == 0
    assert bells == []
    database.close()


def test_facts_come_back_as_they_went_in(tmp_path: Path) -> None:
    database, facts = open_log(tmp_path / "log.db")
    sent = [lit("a"), lit("b")]
    with database.write() as connection:
        facts.append(connection, *sent)
    with database.read() as connection:
        logged = facts.read_after(connection, 0)
    assert [facts.codec.decode(one.kind, one.body) for one in logged] == sent
    database.close()


def test_intake_applies_each_fact_once_and_keeps_its_place(tmp_path: Path) -> None:
    source, facts = open_log(tmp_path / "recorder.db")
    centre = Database(tmp_path / "centre.db")
    centre_metadata.create_all(centre.engine)
    seen: list[Fact] = []

    def apply(_connection: Connection, fact: Fact) -> None:
        seen.append(fact)

    intake = Intake("recorder", tmp_path / "recorder.db", facts, centre, apply)
    stop = Event()
    thread = Thread(target=intake.run, args=(stop,))
    thread.start()
    sent = [lit(str(number)) for number in range(5)]
    for fact in sent:
        with source.write() as connection:
            facts.append(connection, fact)
    while len(seen) < len(sent):
        thread.join(0.01)
    stop.set()
    thread.join()
    assert seen == sent
    again = Database(tmp_path / "recorder.db", read_only=True)
    assert intake.pull(again) == 0
    for database in (again, source, centre):
        database.close()


def test_a_second_centre_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    first = FolderLock(tmp_path)
    with pytest.raises(AppError, match="Another Sereno"):
        FolderLock(tmp_path)
    first.close()
    FolderLock(tmp_path).close()


def test_settings_are_read_and_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "sereno.toml").write_text('home = "town"\n[server]\nport = 9000\n')
    settings = load_settings(tmp_path / "sereno.toml")
    assert settings.home == tmp_path / "town"
    assert settings.server.port == 9000
    assert settings.recording == Settings().recording


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[server]\nprot = 1\n", "server.prot. Did you mean server.port?"),
        ("[recordings]\n", "Did you mean recording?"),
        ('[server]\nport = "many"\n', "server.port = 'many'"),
        ("[server\n", "not valid TOML"),
    ],
)
def test_wrong_settings_say_what_to_do(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "sereno.toml").write_text(text)
    with pytest.raises(AppError) as caught:
        load_settings(tmp_path / "sereno.toml")
    assert said in str(caught.value)


@pytest.mark.parametrize(("step_s", "told_s"), [(-3600.0, -3600.0), (90.0, 90.0), (1.5, 0.0), (0.0, 0.0)])
def test_a_stepped_clock_is_told_and_a_running_one_is_not(step_s: float, told_s: float) -> None:
    clock = ManualClock()
    before = ClockReading.of(clock)
    clock.advance(30.0)
    clock.step_wall(step_s)
    assert before.stepped_until(ClockReading.of(clock)) == told_s
