"""The demo town as processes: each comes back when it is killed, the others go on, nothing committed is lost."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event

import httpx
import pytest
from sqlalchemy import text

from bench.town import ROOT, DemoTown, demo_argv, demo_town
from sereno.access.audit import verify_database
from sereno.recording.check import CheckLevel, check_recordings
from sereno.runtime.database import Database

pytestmark = pytest.mark.integration

CENTRE_PROCESSES = ("recorder", "stills", "devices", "analyst 0/2", "control")
PROCESSES = {"simulator", "analyst 1/2", *CENTRE_PROCESSES}


def wait_for(what: str, look: object, limit_s: float = 60.0) -> None:
    """Look ten times a second until it is true."""
    assert callable(look)
    pause = Event()
    for _ in range(int(limit_s * 10)):
        if look():
            return
        pause.wait(0.1)
    raise AssertionError(f"{what} did not come true within {limit_s} s")


def answers(town: DemoTown) -> bool:
    try:
        return httpx.get(f"{town.url}api/session", trust_env=False, timeout=2.0).status_code == 401
    except httpx.TransportError:
        return False


def segments(home: Path) -> int:
    """How many segments the journal lists."""
    path = home / "archive" / "journal.db"
    if not path.exists():
        return 0
    with closing(Database(path, read_only=True)) as database, database.read() as connection:
        return int(connection.execute(text("SELECT count(*) FROM segments")).scalar_one())


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoTown]:
    with demo_town(tmp_path_factory.mktemp("town") / "home") as running:
        wait_for("control answers", lambda: answers(running))
        yield running


@pytest.mark.parametrize("name", CENTRE_PROCESSES)
def test_a_killed_process_comes_back_and_the_others_do_not_notice(town: DemoTown, name: str) -> None:
    wait_for("all processes run", lambda: town.process_ids().keys() == PROCESSES)
    wait_for("something is recorded", lambda: segments(town.home) > 0)
    before, kept = town.process_ids(), segments(town.home)
    os.kill(before[name], signal.SIGKILL)
    wait_for(f"{name} is back", lambda: town.process_ids().get(name, before[name]) != before[name])
    wait_for("control answers", lambda: answers(town))
    after = town.process_ids()
    assert {other: after[other] for other in PROCESSES - {name}} == {
        other: before[other] for other in PROCESSES - {name}
    }
    wait_for("recording goes on", lambda: segments(town.home) > kept)


def test_a_second_centre_on_the_folder_is_told_who_holds_it(town: DemoTown) -> None:
    done = subprocess.run(demo_argv(town.home), cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 2
    assert "Another Sereno" in done.stderr
    assert answers(town)


def test_a_busy_port_is_named(town: DemoTown, tmp_path: Path) -> None:
    port = town.url.rstrip("/").rpartition(":")[2]
    settings = tmp_path / "sereno.toml"
    settings.write_text(f'home = "home"\n[server]\nport = {port}\n')
    argv = [sys.executable, "-m", "sereno.main", "up", "--settings", str(settings)]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert f"Port {port} on 127.0.0.1" in done.stderr
    assert "server.port" in done.stderr


def test_ctrl_c_ends_all_and_leaves_everything_sound(town: DemoTown) -> None:
    running = town.process_ids()
    assert town.interrupt(within_s=30.0) == 0
    assert [pid for pid in running.values() if Path(f"/proc/{pid}").exists()] == []
    assert check_recordings(town.home / "archive", CheckLevel.HASHES) == []
    with closing(Database(town.home / "centre.db", read_only=True)) as database:
        assert verify_database(database).fault is None
