"""The schema of a store: created, moved on, refused when it does not fit; whole or not at all."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, select, text, update

from cds_service.settings import Database
from cds_service.store import StoreError, migrate_store, open_store, schema_revision
from cds_service.store.address import Address
from cds_service.store.chain import verify
from cds_service.store.opening import change_key, questions, starting
from cds_service.store.schema import audit, card_shown, feedback, metadata, store_fact
from cds_service.store.schema_revision import known_revisions
from tests.support import store_process
from tests.support.calls import hook_call
from tests.support.released import load_released, released_revisions

NEWEST = known_revisions()[-1]
DUMPED = released_revisions()
NEXT = '''"""A step that adds two tables."""
import sqlalchemy as sa
from alembic import op
revision = "0999"
down_revision = "{before}"
serves_since = "0999"
def upgrade() -> None:
    for name in ("first_new", "second_new"):
        op.create_table(name, sa.Column("id", sa.Integer(), primary_key=True))
'''


@pytest.fixture
def with_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The migrations of a version after this one."""
    folder = tmp_path / "migrations"
    shutil.copytree(schema_revision.MIGRATIONS, folder)
    step = NEXT.format(before=NEWEST)
    (folder / "versions" / "r0999_next.py").write_text(step)
    monkeypatch.setattr(schema_revision, "MIGRATIONS", folder)
    known_revisions.cache_clear()
    yield folder
    monkeypatch.undo()
    known_revisions.cache_clear()


@pytest.fixture
def older(database: Database, request: pytest.FixtureRequest) -> Database:
    """A store of this version, in the hands of the version after it."""
    request.getfixturevalue("with_next")
    return database


def tables(database: Database) -> set[str]:
    with starting(Address(database.url)) as connection:
        return set(inspect(connection).get_table_names())


def test_the_newest_schema_is_that_of_the_code(database: Database) -> None:
    with starting(Address(database.url)) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_migrating_says_what_it_did(empty_database: Database) -> None:
    assert migrate_store(empty_database) == ("", NEWEST)
    assert migrate_store(empty_database) == (NEWEST, NEWEST)


def test_every_schema_before_this_one_is_kept_as_it_was_released() -> None:
    assert set(known_revisions()[:-1]) <= set(DUMPED) <= set(known_revisions())


@pytest.mark.parametrize("revision", DUMPED)
def test_every_released_schema_can_be_moved_on(empty_database: Database, revision: str) -> None:
    database = load_released(empty_database, revision)
    assert migrate_store(database) == (revision, NEWEST)
    store = open_store(database)
    with store.reading() as connection:
        verdict = verify(connection)
        assert (verdict.broken, verdict.lines) == (None, 3)
        assert len(connection.execute(select(card_shown)).all()) == 2
        assert connection.scalar(select(feedback.c.comment)) == "naïve 日本 🦵"
    assert not store.use_token(b"released", 2_000_000_000)
    store.record_call(hook_call())
    with store.reading() as connection:
        assert verify(connection).lines == 4
    store.close()


def test_an_empty_database_is_refused(postgres_database: Database) -> None:
    with pytest.raises(StoreError, match="the database is empty; run `leg-cds database migrate`"):
        open_store(postgres_database)


def test_a_database_of_somebody_else_is_refused(postgres_database: Database) -> None:
    with starting(Address(postgres_database.url)) as connection:
        connection.execute(text("CREATE TABLE things (name TEXT)"))
    for use in (open_store, migrate_store):
        with pytest.raises(StoreError, match="none of this service"):
            use(postgres_database)
    assert tables(postgres_database) == {"things"}


def test_an_older_schema_is_refused_until_it_is_migrated(older: Database) -> None:
    with pytest.raises(
        StoreError, match=rf"has schema {NEWEST}, .* needs 0999; run `leg-cds database migrate`"
    ):
        open_store(older)
    assert migrate_store(older) == (NEWEST, "0999")
    open_store(older)


@pytest.mark.usefixtures("with_next")
def test_a_newer_schema_is_refused_and_there_is_no_way_back(
    empty_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate_store(empty_database)
    monkeypatch.undo()
    known_revisions.cache_clear()
    for use in (open_store, migrate_store):
        with pytest.raises(StoreError, match=r"0999, which is newer .* there is no way back"):
            use(empty_database)
    assert "second_new" in tables(empty_database)


@pytest.mark.parametrize("statements", ["0", "1"])
def test_killed_half_way_nothing_has_changed(database: Database, with_next: Path, statements: str) -> None:
    before = tables(database)
    process = store_process.start(database, "migrate_and_die", str(with_next), statements)
    process.communicate()
    assert process.returncode == -9
    assert tables(database) == before
    assert migrate_store(database) == (NEWEST, "0999")
    assert tables(database) == before | {"first_new", "second_new"}


@pytest.mark.parametrize("statements", ["0", "3", "6"])
def test_killed_while_it_is_created_there_is_no_store(empty_database: Database, statements: str) -> None:
    migrations = str(schema_revision.MIGRATIONS)
    process = store_process.start(empty_database, "migrate_and_die", migrations, statements)
    process.communicate()
    assert process.returncode == -9
    with pytest.raises(StoreError, match=r"there is no database|the database is empty"):
        open_store(empty_database)
    assert migrate_store(empty_database) == ("", NEWEST)
    open_store(empty_database)


def test_two_migrators_at_once(empty_database: Database) -> None:
    processes = [store_process.start(empty_database, "migrate") for _ in range(3)]
    said = sorted(process.communicate()[0].strip() for process in processes)
    assert said == [f"(empty) {NEWEST}", f"{NEWEST} {NEWEST}", f"{NEWEST} {NEWEST}"]
    assert all(process.returncode == 0 for process in processes)
    store = open_store(empty_database)
    with store.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM audit_head")).scalar() == 1
    store.close()


def test_the_schema_is_never_changed_by_a_start(older: Database) -> None:
    before = tables(older)
    with pytest.raises(StoreError):
        open_store(older, create=True)
    assert tables(older) == before


def test_a_store_of_another_key_can_be_accepted(database: Database, key_file: Path) -> None:
    open_store(database)
    key_file.write_text("z" * 40)
    change_key(database, by="tester")
    open_store(database)
    with questions(database) as connection:
        events = connection.scalars(select(audit.c.event)).all()
    assert events == ["accept-key"]


def test_a_fact_changed_by_hand_is_refused(database: Database) -> None:
    open_store(database)
    with starting(Address(database.url)) as connection:
        connection.execute(update(store_fact).where(store_fact.c.name == "pseudonym_key").values(value="?"))
    with pytest.raises(StoreError, match="accept-key"):
        open_store(database)
