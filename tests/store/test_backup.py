"""A backup taken while the service writes, put back in another place, is a whole store."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import func, select

from cds_service.settings import Database
from cds_service.store import Store, StoreError, migrate_store, open_store
from cds_service.store.backup import back_up, restore
from cds_service.store.chain import verify
from cds_service.store.opening import questions
from cds_service.store.schema import audit, card_shown, used_token
from tests.support.calls import hook_call


@pytest.fixture
def live(sqlite_database: Database) -> Database:
    migrate_store(sqlite_database)
    return sqlite_database


def place(database: Database) -> Path:
    return Path(database.url.removeprefix("sqlite:///"))


def at(file: Path, database: Database) -> Database:
    return database.model_copy(update={"url": f"sqlite:///{file}"})


def fill(store: Store, calls: int) -> None:
    for number in range(calls):
        store.record_call(hook_call())
        store.use_token(b"token %d" % number, 2_000_000_000)


def test_restored_elsewhere_it_is_the_store_of_that_moment(live: Database, tmp_path: Path) -> None:
    store = open_store(live)
    fill(store, 20)
    writer = threading.Thread(target=fill, args=(store, 60))
    writer.start()
    back_up(place(live), tmp_path / "copy.db")
    writer.join()
    store.close()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    assert restore(tmp_path / "copy.db", elsewhere / "store.db") is None
    restored = open_store(at(elsewhere / "store.db", live))
    with restored.reading() as connection:
        verdict = verify(connection)
        shown = connection.scalar(select(func.count()).select_from(card_shown))
    assert verdict.broken is None
    assert 20 <= verdict.lines == shown <= 80
    fill(restored, 1)
    restored.close()


def test_a_restored_store_does_not_claim_to_know_the_used_tokens(live: Database, tmp_path: Path) -> None:
    store = open_store(live)
    fill(store, 3)
    store.close()
    with closing(sqlite3.connect(place(live))) as connection, connection:
        connection.execute("UPDATE store_fact SET value = '1' WHERE name = 'tokens_known_since'")
    back_up(place(live), tmp_path / "copy.db")
    with questions(at(tmp_path / "copy.db", live)) as copy:
        assert copy.scalar(select(func.count()).select_from(used_token)) == 0
    assert open_store(live).tokens_known_since == 1
    assert open_store(at(tmp_path / "copy.db", live)).tokens_known_since > 1


def test_a_backup_is_private_and_never_replaces_another(live: Database, tmp_path: Path) -> None:
    back_up(place(live), tmp_path / "copy.db")
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600
    with pytest.raises(StoreError, match="never replaces"):
        back_up(place(live), tmp_path / "copy.db")
    assert sorted(path.suffix for path in tmp_path.iterdir() if path.name.startswith("copy")) == [".db"]


def test_restoring_moves_the_present_store_aside(live: Database, tmp_path: Path) -> None:
    back_up(place(live), tmp_path / "copy.db")
    store = open_store(live)
    fill(store, 2)
    with pytest.raises(StoreError, match="--replace"):
        restore(tmp_path / "copy.db", place(live))
    aside = restore(tmp_path / "copy.db", place(live), replace=True)
    assert aside is not None
    with questions(live) as connection:
        assert connection.scalar(select(func.count()).select_from(audit)) == 0
    with questions(at(aside, live)) as connection:
        assert connection.scalar(select(func.count()).select_from(audit)) == 2
    fill(store, 1)  # a store that was open takes the file that is there now
    with questions(live) as connection:
        assert connection.scalar(select(func.count()).select_from(audit)) == 1
    store.close()


@pytest.mark.parametrize("content", [b"", b"no database at all" * 500])
def test_what_is_no_backup_is_refused(live: Database, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "copy.db").write_bytes(content)
    with pytest.raises(StoreError, match=r"copy\.db"):
        restore(tmp_path / "copy.db", place(live), replace=True)
    assert place(live).exists()


def test_a_damaged_backup_is_refused(live: Database, tmp_path: Path) -> None:
    store = open_store(live)
    fill(store, 50)
    store.close()
    back_up(place(live), tmp_path / "copy.db")
    content = bytearray((tmp_path / "copy.db").read_bytes())
    content[8192:40_960] = b"\xff" * 32_768
    (tmp_path / "copy.db").write_bytes(content)
    with pytest.raises(StoreError, match=r"copy\.db"):
        restore(tmp_path / "copy.db", place(live), replace=True)
    assert place(live).exists()


def test_a_database_of_somebody_else_is_refused(live: Database, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE things (name TEXT)")
    with pytest.raises(StoreError, match="none of this service"):
        restore(tmp_path / "other.db", place(live), replace=True)
