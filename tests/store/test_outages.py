"""While the database cannot be used the store says so in time; then it recovers by itself."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select, text

from cds_service.settings import Database
from cds_service.store import Store, StoreError, StoreUnavailableError, migrate_store, open_store, opening
from cds_service.store.address import Address
from cds_service.store.chain import verify
from cds_service.store.engine import writing_engine
from cds_service.store.opening import starting
from cds_service.store.retention import retain
from cds_service.store.schema import audit
from cds_service.store.sizes import log_bytes
from tests.support import store_process
from tests.support.calls import hook_call
from tests.support.postgres import PostgresServer


def lines(store: Store) -> int:
    with store.reading() as connection:
        return connection.scalar(select(func.count()).select_from(audit)) or 0


@pytest.fixture
def sqlite_store(sqlite_database: Database) -> Store:
    migrate_store(sqlite_database)
    return open_store(sqlite_database)


@pytest.fixture
def postgres_store(postgres_database: Database) -> Store:
    migrate_store(postgres_database)
    return open_store(postgres_database)


def record_many(store: Store, calls: int) -> None:
    for _ in range(calls):
        store.record_call(hook_call())


class TestSqlite:
    def test_a_lock_held_too_long(self, sqlite_database: Database, sqlite_store: Store) -> None:
        holder = store_process.start(sqlite_database, "hold_lock")
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreUnavailableError) as refused:
            sqlite_store.record_call(hook_call())
        assert refused.value.reason == "locked"
        assert lines(sqlite_store) == 0, "reading goes on"
        holder.communicate("\n")
        sqlite_store.record_call(hook_call())
        assert lines(sqlite_store) == 1, "nothing of the first attempt was written"
        sqlite_store.close()

    def test_a_hook_does_not_wait_for_a_lock(self, sqlite_database: Database, sqlite_store: Store) -> None:
        holder = store_process.start(sqlite_database, "hold_lock")
        assert holder.stdout is not None
        holder.stdout.readline()
        waiting = threading.Thread(target=lambda: sqlite_store.record_call(hook_call()))
        waiting.start()
        with pytest.raises(StoreUnavailableError) as refused:
            sqlite_store.record_call(hook_call(), patience=0.05)
        assert refused.value.reason == "slow"
        holder.communicate("\n")
        waiting.join()
        assert lines(sqlite_store) == 1, "what was refused is not written later"
        sqlite_store.close()

    def test_a_full_disk(self, sqlite_store: Store) -> None:
        def limit_pages(connection: Connection, pages: int) -> None:
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

        sqlite_store.writer.submit(lambda connection: limit_pages(connection, 1))  # as many as there are
        with pytest.raises(StoreUnavailableError) as refused:
            record_many(sqlite_store, 200)
        assert refused.value.reason == "full"
        before = lines(sqlite_store)
        sqlite_store.writer.submit(lambda connection: limit_pages(connection, 100_000))
        sqlite_store.record_call(hook_call())
        assert lines(sqlite_store) == before + 1
        with sqlite_store.reading() as connection:
            assert verify(connection).broken is None
        sqlite_store.close()

    def test_a_database_that_is_damaged_while_it_runs(
        self, sqlite_database: Database, sqlite_store: Store
    ) -> None:
        for _ in range(30):
            sqlite_store.record_call(hook_call())
        sqlite_store.close()
        file = Path(sqlite_database.url.removeprefix("sqlite:///"))
        content = bytearray(file.read_bytes())
        content[4096:] = b"\xff" * (len(content) - 4096)
        file.write_bytes(content)
        with pytest.raises(StoreUnavailableError):
            lines(sqlite_store)
        with pytest.raises(StoreUnavailableError):
            sqlite_store.record_call(hook_call())
        sqlite_store.close()

    def test_a_log_that_grows_is_cut_by_retention(self, sqlite_database: Database, tmp_path: Path) -> None:
        migrate_store(sqlite_database)
        store = open_store(sqlite_database)
        with closing(sqlite3.connect(tmp_path / "store.sqlite", isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM audit").fetchone()
            for _ in range(20):
                store.record_call(hook_call())
            assert log_bytes(Address(sqlite_database.url)) > 0
        retain(sqlite_database, 2_000_000_000, by="tester")
        assert log_bytes(Address(sqlite_database.url)) == 0
        store.close()


class TestPostgres:
    def test_a_restart(self, postgres_server: PostgresServer, postgres_store: Store) -> None:
        postgres_store.record_call(hook_call())
        postgres_server.stop()
        try:
            with pytest.raises(StoreUnavailableError) as refused:
                postgres_store.record_call(hook_call())
            with pytest.raises(StoreUnavailableError):
                lines(postgres_store)
        finally:
            postgres_server.start()
        assert refused.value.reason == "down"
        postgres_store.record_call(hook_call())
        assert lines(postgres_store) == 2
        postgres_store.close()

    def test_a_crash_and_a_quick_restart_are_not_noticed(
        self, postgres_server: PostgresServer, postgres_store: Store
    ) -> None:
        postgres_store.record_call(hook_call())
        postgres_server.kill()
        postgres_server.start()
        assert lines(postgres_store) == 1
        postgres_store.record_call(hook_call())
        postgres_store.close()

    def test_connections_that_were_cut(self, postgres_store: Store, postgres_database: Database) -> None:
        postgres_store.record_call(hook_call())
        assert lines(postgres_store) == 1
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        engine = writing_engine(Address(postgres_database.url))
        with engine.connect() as connection:
            connection.exec_driver_sql(cut + " AND datname = current_database()")
        engine.dispose()
        assert lines(postgres_store) == 1
        postgres_store.record_call(hook_call())
        postgres_store.close()

    def test_a_statement_that_hangs(self, postgres_store: Store) -> None:
        with pytest.raises(StoreUnavailableError) as refused:
            postgres_store.writer.submit(lambda connection: connection.execute(text("SELECT pg_sleep(60)")))
        assert refused.value.reason == "slow"
        postgres_store.record_call(hook_call())
        postgres_store.close()

    def test_a_write_lock_held_by_another(self, postgres_store: Store) -> None:
        with starting(postgres_store.address):
            with pytest.raises(StoreUnavailableError) as refused:
                postgres_store.record_call(hook_call())
            assert refused.value.reason == "locked"
        postgres_store.record_call(hook_call())
        assert lines(postgres_store) == 1
        postgres_store.close()

    def test_a_server_that_is_not_there_at_the_start(
        self, postgres_database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(opening, "WAIT_SECONDS", 0.3)
        gone = postgres_database.model_copy(update={"url": "postgresql://u:hidden@127.0.0.1:1/x"})
        with pytest.raises(StoreError, match="cannot connect to postgresql") as refused:
            open_store(gone)
        assert "hidden" not in str(refused.value)
        assert "\n" not in str(refused.value)

    def test_a_server_that_starts_meanwhile(
        self, postgres_server: PostgresServer, postgres_database: Database
    ) -> None:
        migrate_store(postgres_database)
        postgres_server.stop()
        later = threading.Timer(0.5, postgres_server.start)
        later.start()
        open_store(postgres_database)
        later.join()

    def test_an_encoding_that_cannot_hold_all_names(
        self, postgres_server: PostgresServer, postgres_database: Database
    ) -> None:
        engine = writing_engine(Address(postgres_server.url("postgres"))).execution_options(
            isolation_level="AUTOCOMMIT"
        )
        with engine.connect() as connection:
            connection.exec_driver_sql("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
        engine.dispose()
        latin = postgres_database.model_copy(update={"url": postgres_server.url("latin")})
        with pytest.raises(StoreError, match="encoding LATIN1"):
            open_store(latin)


def test_no_connection_left(database: Database) -> None:
    store = open_store(database.model_copy(update={"pool_size": 1}))
    with store.reading(), pytest.raises(StoreUnavailableError) as refused, store.reading():
        pass
    assert refused.value.reason == "slow"
    store.close()


def test_the_probe_writes_and_remembers_for_a_moment(any_store: Store) -> None:
    any_store.probe()
    any_store.writer.close()
    any_store.probe()  # still good from the first time


def test_the_probe_fails_with_the_store(any_store: Store) -> None:
    any_store.writer.close()
    for _ in range(2):
        with pytest.raises(StoreUnavailableError):
            any_store.probe()


def test_without_the_driver_postgresql_is_refused(key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cds_service.store.engine.find_spec", lambda _name: None)
    with pytest.raises(StoreError, match=r"install leg-soreness-cds\[postgres\]"):
        open_store(Database(url="postgresql://127.0.0.1:1/x", pseudonym_key_file=key_file))


def test_a_role_without_rights_is_told_in_one_line(
    postgres_database: Database,
) -> None:
    migrate_store(postgres_database)
    with starting(Address(postgres_database.url)) as connection:
        connection.execute(text("CREATE ROLE stranger LOGIN"))
    url = postgres_database.url.replace("cds@", "stranger@")
    with pytest.raises(StoreError, match="cannot be written: permission denied for table"):
        open_store(postgres_database.model_copy(update={"url": url}))
    with starting(Address(postgres_database.url)) as connection:
        connection.execute(text("DROP ROLE stranger"))
