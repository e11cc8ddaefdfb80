"""The tests of the store run on SQLite and on a real PostgreSQL server alike."""

from tests.support.any_store import (
    any_store,
    database,
    empty_database,
    key_file,
    postgres_database,
    sqlite_database,
)
from tests.support.postgres import postgres_server, postgres_url

__all__ = [
    "any_store",
    "database",
    "empty_database",
    "key_file",
    "postgres_database",
    "postgres_server",
    "postgres_url",
    "sqlite_database",
]
