"""Runs migrations on the connection that ``main.schema`` hands over."""

from alembic import context

from sereno.main.tables import centre_metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=centre_metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
