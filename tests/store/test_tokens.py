"""A token is accepted once, by whichever process sees it first."""

import hashlib
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from cds_service.settings import Database
from cds_service.store import Store, facts, migrate_store, open_store, opening, replay
from cds_service.store import store as store_module
from cds_service.store.schema import used_token
from tests.support import store_process

SOON = int(time.time()) + 300


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def remembered(store: Store) -> int:
    with store.reading() as connection:
        return connection.scalar(select(func.count()).select_from(used_token)) or 0


def test_the_second_use_is_refused(any_store: Store) -> None:
    assert any_store.use_token(digest("a"), SOON)
    assert not any_store.use_token(digest("a"), SOON)
    assert any_store.use_token(digest("b"), SOON)


def test_a_use_is_remembered_after_a_restart(database: Database) -> None:
    for expected in (True, False):
        store = open_store(database)
        assert store.use_token(digest("a"), SOON) is expected
        store.close()


def test_ten_parallel_uses_from_two_processes_are_one_use(database: Database) -> None:
    processes = [store_process.start(database, "use_token", "5") for _ in range(2)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [line for process in processes for line in process.communicate()[0].split()]
    assert sorted(answers) == ["False"] * 9 + ["True"]


@pytest.mark.parametrize(("expired_since", "left"), [(replay.GRACE_SECONDS - 5, 1), (10_000, 0)])
def test_expired_tokens_are_forgotten_now_and_then(
    any_store: Store, monkeypatch: pytest.MonkeyPatch, expired_since: int, left: int
) -> None:
    monkeypatch.setattr(store_module, "_TOKENS_BETWEEN_SWEEPS", 2)
    any_store.use_token(digest("old"), int(time.time()) - expired_since)
    any_store.use_token(digest("new"), SOON)
    assert remembered(any_store) == 1 + left


def test_a_new_store_says_since_when_it_knows_tokens(database: Database) -> None:
    first = open_store(database).tokens_known_since
    assert abs(first - time.time()) < 60
    assert open_store(database).tokens_known_since == first


def test_after_another_start_of_the_machine_no_token_from_before_counts(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The power may have failed, and the last uses were not yet on the disk."""
    migrate_store(sqlite_database)
    for boot, moment, known_since in (("one", 10, 10), ("one", 20, 10), ("two", 30, 30), ("two", 40, 30)):
        monkeypatch.setattr(opening, "this_boot", lambda boot=boot: boot)
        monkeypatch.setattr(opening.time, "time", lambda moment=moment: moment)
        assert open_store(sqlite_database).tokens_known_since == known_since


def test_a_server_remembers_whichever_machine_starts_again(
    postgres_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate_store(postgres_database)
    first = open_store(postgres_database).tokens_known_since
    monkeypatch.setattr(opening, "this_boot", lambda: "two")
    monkeypatch.setattr(opening.time, "time", lambda: 4_000_000_000)
    assert open_store(postgres_database).tokens_known_since == first


def test_a_machine_that_has_no_name_for_its_start_never_claims_to_know(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert facts.this_boot() == facts.this_boot()
    monkeypatch.setattr(facts, "_BOOT_ID", tmp_path / "nothing")
    assert facts.this_boot() != facts.this_boot()
