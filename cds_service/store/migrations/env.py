"""Alembic runs this file: it steps through the migrations on the connection it is given."""

from alembic import context

from cds_service.store.schema import metadata

# One transaction, begun by the caller: a migration that is killed has not happened.
context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
