"""An open store for one test, which then runs on SQLite and on PostgreSQL.

`tests/store/conftest.py` imports the fixtures.
"""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from cds_service.settings import Database
from cds_service.store import Store, migrate_store, open_store


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """The key of the pseudonyms."""
    key = tmp_path / "pseudonyms.key"
    key.write_text(secrets.token_hex(32))
    return key


@pytest.fixture
def sqlite_database(tmp_path: Path, key_file: Path) -> Database:
    """The settings of an SQLite store that is not there yet."""
    return Database(url=f"sqlite:///{tmp_path / 'store.sqlite'}", pseudonym_key_file=key_file)


@pytest.fixture
def postgres_database(postgres_url: str, key_file: Path) -> Database:
    """The settings of a PostgreSQL store that is not there yet."""
    return Database(url=postgres_url, pseudonym_key_file=key_file)


@pytest.fixture(params=["sqlite", "postgres"])
def empty_database(request: pytest.FixtureRequest) -> Database:
    """The settings of a store that is not there yet, on either database."""
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found


@pytest.fixture
def database(empty_database: Database) -> Database:
    """The settings of a fresh store with the newest schema."""
    migrate_store(empty_database)
    return empty_database


@pytest.fixture
def any_store(database: Database) -> Iterator[Store]:
    """The store behind `database`."""
    store = open_store(database)
    yield store
    store.close()
