"""How connections are set up: durable, bounded in time, and unable to write where they only read."""

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from cds_service.settings import Database
from cds_service.store import Store, migrate_store, open_store
from cds_service.store.address import Address
from cds_service.store.chain import verify
from cds_service.store.opening import starting
from tests.support.calls import hook_call
from tests.support.postgres import PostgresServer


def asked(connection: Connection, *questions: str) -> list[object]:
    return [connection.exec_driver_sql(question).scalar() for question in questions]


def test_sqlite_commits_survive_a_power_cut(sqlite_database: Database) -> None:
    migrate_store(sqlite_database)
    store = open_store(sqlite_database)
    full = 2
    found = store.writer.submit(
        lambda connection: asked(
            connection, "PRAGMA synchronous", "PRAGMA journal_mode", "PRAGMA busy_timeout"
        )
    )
    assert found == [full, "wal", 5000]
    with store.reading() as connection:
        assert asked(connection, "PRAGMA query_only") == [1]
    store.close()


def test_only_the_use_of_a_token_does_not_wait_for_the_disk(sqlite_database: Database) -> None:
    migrate_store(sqlite_database)
    store = open_store(sqlite_database)
    normal, full = 1, 2
    statements: list[str] = []

    def watch(connection: Connection) -> list[object]:
        driver: Any = connection.connection.dbapi_connection
        driver.set_trace_callback(statements.append)
        return asked(connection, "PRAGMA synchronous")

    assert store.writer.submit(watch) == [full]
    assert store.use_token(b"t", 4_000_000_000)
    assert store.writer.submit(watch, lasting=False) == [normal]
    store.record_call(hook_call())
    assert store.writer.submit(watch) == [full]
    changes = [one for one in statements if one.startswith(("PRAGMA synchronous =", "INSERT INTO"))]
    assert [one.split(" (")[0] for one in changes[:4]] == [
        "PRAGMA synchronous = NORMAL",
        "INSERT INTO used_token",
        "PRAGMA synchronous = FULL",
        "INSERT INTO audit",
    ]
    store.close()


def test_an_sqlite_transaction_has_the_lock_before_its_first_statement(sqlite_database: Database) -> None:
    migrate_store(sqlite_database)
    store = open_store(sqlite_database)
    file = sqlite_database.url.removeprefix("sqlite:///")

    def work(_connection: Connection) -> None:
        with (
            closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as other,
            pytest.raises(sqlite3.OperationalError, match="locked"),
        ):
            other.execute("BEGIN IMMEDIATE")

    store.writer.submit(work)
    store.close()


def test_postgresql_commits_survive_and_nothing_waits_for_ever(postgres_database: Database) -> None:
    migrate_store(postgres_database)
    store = open_store(postgres_database)
    names = ("synchronous_commit", "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    questions = [f"SHOW {name}" for name in names]
    found = store.writer.submit(lambda connection: asked(connection, *questions))
    assert found == ["on", "3s", "2s", "10s"]
    with store.reading() as connection:
        assert asked(connection, "SHOW transaction_read_only", "SHOW transaction_isolation") == [
            "on",
            "repeatable read",
        ]
    store.close()


def test_a_password_is_never_shown() -> None:
    address = Address("postgresql://leg_cds:hidden@db.example/leg_cds")
    assert "hidden" not in str(address)


def test_the_service_runs_with_a_role_that_owns_nothing(postgres_database: Database) -> None:
    migrate_store(postgres_database)
    with starting(Address(postgres_database.url)) as connection:
        connection.execute(text("CREATE ROLE clerk LOGIN"))
        connection.execute(
            text("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO clerk")
        )
    as_clerk = postgres_database.model_copy(update={"url": postgres_database.url.replace("cds@", "clerk@")})
    store = open_store(as_clerk)
    assert use(store) == 1
    store.close()
    with starting(Address(postgres_database.url)) as connection:
        connection.execute(text("DROP OWNED BY clerk"))
        connection.execute(text("DROP ROLE clerk"))


def libpq(url: str) -> str:
    """A URL as PostgreSQL's own programs take it."""
    return url.replace("+psycopg", "")


def use(store: Store) -> int:
    store.record_call(hook_call())
    store.use_token(b"t", 2_000_000_000)
    with store.reading() as connection:
        verdict = verify(connection)
    assert verdict.broken is None
    return verdict.lines


def test_dump_and_restore_as_the_page_says(
    postgres_server: PostgresServer, postgres_database: Database, tmp_path: Path
) -> None:
    migrate_store(postgres_database)
    store = open_store(postgres_database)
    assert use(store) == 1
    store.close()
    dump = str(tmp_path / "leg-cds.dump")
    fresh = postgres_server.new_database()
    source = libpq(postgres_database.url)
    steps = (
        ("pg_dump", "--format=custom", "--exclude-table-data=used_token", f"--file={dump}", source),
        ("pg_restore", f"--dbname={libpq(fresh)}", dump),
        ("psql", "-c", "DELETE FROM store_fact WHERE name = 'tokens_known_since'", libpq(fresh)),
    )  # fmt: skip
    for program, *words in steps:
        subprocess.run([postgres_server.programs / program, *words], check=True, capture_output=True)
    restored = open_store(postgres_database.model_copy(update={"url": fresh}))
    assert restored.use_token(b"t", 2_000_000_000), "used tokens are not in the dump"
    with restored.reading() as connection:
        assert verify(connection).lines == 1
    restored.close()
