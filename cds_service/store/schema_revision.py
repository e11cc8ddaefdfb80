"""Which schema a store has, and the one command that moves it to the schema of this version."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, inspect

from cds_service.store.errors import StoreError
from cds_service.store.facts import note_oldest_served, oldest_served

MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATE = "run `leg-cds database migrate`"


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


@cache
def known_revisions() -> tuple[str, ...]:
    """Every schema this version of the code knows, oldest first."""
    scripts = ScriptDirectory.from_config(_config()).walk_revisions()
    return tuple(reversed([script.revision for script in scripts]))


def revision_of(connection: Connection) -> str:
    """The schema of a store; "" for an empty database. Raises `StoreError` for one of somebody else."""
    found = MigrationContext.configure(connection).get_current_revision()
    if found is None and inspect(connection).get_table_names():
        raise StoreError("the database holds tables, but none of this service; name another database")
    return found or ""


def check_revision(connection: Connection) -> None:
    """Raises `StoreError` unless this version works with the schema of the store."""
    found, newest = revision_of(connection), known_revisions()[-1]
    if not found:
        raise StoreError(f"the database is empty; {_MIGRATE}")
    if not _is_newer(connection, found) and found != newest:
        raise StoreError(f"the database has schema {found}, this version needs {newest}; {_MIGRATE}")


def refuse_unknown(connection: Connection) -> None:
    """Raises `StoreError` unless this version works with the schema of the store, or can move it on."""
    found = revision_of(connection)
    if not found:
        raise StoreError("the database is empty")
    _is_newer(connection, found)


def _is_newer(connection: Connection, found: str) -> bool:
    """Whether a schema is of a later version which says that this one works with it too.

    Raises `StoreError` for a later one that says otherwise.
    """
    if not found or found in known_revisions():
        return False
    if oldest_served(connection) not in known_revisions():
        raise StoreError(
            f"the database has schema {found}, which is newer than this version of leg-cds "
            f"(it knows {known_revisions()[-1]}); install the newer version, there is no way back"
        )
    return True


def migrate(connection: Connection) -> tuple[str, str]:
    """Move the store to the newest schema; returns from and to.

    The write transaction of `connection` holds the write lock, so whoever comes second waits for the
    first and then finds nothing to do, and whoever is killed on the way has changed nothing. A newer
    schema that serves this version is left as it is.
    """
    before = revision_of(connection)
    if _is_newer(connection, before):
        return before, before
    command.upgrade(_config(connection), "head")
    note_oldest_served(connection, script_of(known_revisions()[-1]).module.serves_since)
    return before, revision_of(connection)


def script_of(revision: str) -> Script:
    """The migration that leads to a schema."""
    return ScriptDirectory.from_config(_config()).get_revision(revision)
