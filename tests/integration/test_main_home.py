"""A centre's folder, also one that an older Sereno made."""

from pathlib import Path

import pytest

from sereno.main.home import Home
from sereno.runtime.settings import AnalyticsSettings

pytestmark = pytest.mark.integration


def test_the_single_analyst_of_an_older_centre_becomes_the_first_of_several(tmp_path: Path) -> None:
    home = Home(tmp_path)
    (home.views / "plaza").mkdir(parents=True)
    for name in ("analyst.db", "analyst.db-wal"):
        (home.analyst / name).write_text(name)
    (tmp_path / "watch.json").write_text("{}")
    home.prepare()
    assert home.analyst_database(0).read_text() == "analyst.db"
    assert (home.analyst_folder(0) / "analyst.db-wal").exists()
    assert sorted(path.name for path in home.analyst.iterdir()) == ["0", "orders", "views"]
    assert not (tmp_path / "watch.json").exists()
    home.analyst_database(0).write_text("more")
    home.prepare()
    assert home.analyst_database(0).read_text() == "more"
    assert home.analyst_shards() == (0,)
    assert home.analyst_stats() == ()


@pytest.mark.parametrize("moved", ["analyst/analyst.db", "analyst/.0.part/analyst.db"])
def test_a_move_that_was_interrupted_is_finished(tmp_path: Path, moved: str) -> None:
    home = Home(tmp_path)
    part = home.analyst / ".0.part"
    part.mkdir(parents=True)
    (part / "analyst.db-wal").write_text("late")
    (tmp_path / moved).write_text("rows")
    home.prepare()
    assert home.analyst_database(0).read_text() == "rows"
    assert (home.analyst_folder(0) / "analyst.db-wal").read_text() == "late"


def test_there_is_an_analyst_for_each_core_or_as_many_as_are_named() -> None:
    assert AnalyticsSettings().process_count >= 1
    assert AnalyticsSettings(processes=3).process_count == 3
