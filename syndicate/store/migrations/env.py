"""Alembic's entry: runs the steps in the transaction that store/upgrade.py gives it."""

from alembic import context

from syndicate.store.migrations import VERSION_TABLE
from syndicate.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,
)
context.run_migrations()
