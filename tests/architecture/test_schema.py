"""The migrated database is the one the tables describe; a newer database is refused and left alone."""

from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from sereno.core.errors import AppError
from sereno.main.schema import migrate
from sereno.main.tables import centre_metadata
from sereno.runtime.database import Database


def test_migrations_make_exactly_the_tables(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "centre.db")) as database:
        migrate(database)
        with database.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, centre_metadata) == []


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "centre.db")) as database:
        migrate(database)
        migrate(database)
        with database.read() as connection:
            assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar() == 1


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "centre.db")) as database:
        migrate(database)
        with database.write() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999_future'"))
        with pytest.raises(AppError, match="newer Sereno"):
            migrate(database)
