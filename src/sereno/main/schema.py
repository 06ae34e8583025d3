"""The centre's schema: migrated at start, never by hand; a database from a newer Sereno is refused."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from sereno.core.errors import conflict
from sereno.runtime.database import Database


def migration_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def migrate(database: Database) -> None:
    """Bring the database to this version's schema.

    Raises: AppError conflict when it was written by a newer Sereno.
    """
    config = migration_config()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    with database.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in known:
        raise conflict(
            "database_newer",
            f"{database.path} was written by a newer Sereno (schema {current}).",
            "Start that version or a later one; nothing was changed.",
        )
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
