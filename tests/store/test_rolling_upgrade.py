"""A rolling upgrade: for a while two versions work on one database, whose schema is that of the newer.

The older one is played twice: by this version before a schema that is yet to come, and by the statements
that version 0001 issued.
"""

import hashlib
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, inspect, select

from cds_service.settings import Database
from cds_service.store import Store, StoreError, migrate_store, open_store, schema_revision
from cds_service.store.address import Address
from cds_service.store.chain import verify
from cds_service.store.feedback import Item, Sender, record_feedback
from cds_service.store.opening import starting
from cds_service.store.schema import audit, card_shown, feedback, smart_session
from cds_service.store.schema_revision import known_revisions
from tests.support.calls import hook_call
from tests.support.released import load_released
from tests.support.version_0001 import Version0001

NEWEST = known_revisions()[-1]
SENDER = Sender("north", "ward", "leg-soreness")
ROUNDS = 20
NEXT = '''"""A step that only adds."""
import sqlalchemy as sa
from alembic import op
revision = "0999"
down_revision = "{before}"
serves_since = "{serves}"
def upgrade() -> None:
    op.create_table("later", sa.Column("id", sa.Integer(), primary_key=True))
    op.add_column("audit", sa.Column("later", sa.Text()))
    op.add_column("feedback", sa.Column("later", sa.Text(), nullable=False, server_default=""))
'''


@contextmanager
def next_version(folder: Path, serves: str) -> Iterator[None]:
    """The code of the version after this one: what is done within is done by it."""
    migrations = folder / "migrations"
    if not migrations.exists():
        shutil.copytree(schema_revision.MIGRATIONS, migrations)
        (migrations / "versions" / "r0999_next.py").write_text(NEXT.format(before=NEWEST, serves=serves))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema_revision, "MIGRATIONS", migrations)
        known_revisions.cache_clear()
        yield
    known_revisions.cache_clear()


def work(store: Store, name: str) -> None:
    """What a service does with its store."""
    for number in range(ROUNDS):
        assert store.use_token(hashlib.sha256(f"{name} {number}".encode()).digest(), 4_000_000_000)
        store.record_call(hook_call(hook_instance=f"{name}-{number}"))
        items = [Item(card=f"{name}-{number}", outcome="overridden", outcome_at=1)]
        store.writer.submit(lambda connection, items=items: record_feedback(connection, SENDER, items, 2))


def begin_sessions(store: Store) -> None:
    """What version 0001 knows nothing of."""
    for number in range(ROUNDS):
        row = {"key": str(number).encode(), "sealed": b"x", "used_at": 1, "ends_at": 4_000_000_000}
        store.writer.submit(lambda connection, row=row: connection.execute(insert(smart_session), row))


def at_once(*works: Callable[[], None]) -> None:
    """Run all at the same time; raises what one of them raised."""
    failures: list[BaseException] = []

    def run(one: Callable[[], None]) -> None:
        try:
            one()
        except BaseException as error:  # noqa: BLE001 it is raised below
            failures.append(error)

    threads = [threading.Thread(target=run, args=(one,)) for one in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def count(store: Store, table: Any) -> int:
    with store.reading() as connection:
        return len(connection.execute(select(*table.primary_key)).all())


def test_a_version_works_on_and_starts_anew_beside_the_next_one(database: Database, tmp_path: Path) -> None:
    running = open_store(database)
    running.record_call(hook_call())
    with next_version(tmp_path, serves=NEWEST):
        assert migrate_store(database) == (NEWEST, "0999")
        newer = open_store(database)
    started_anew = open_store(database)
    at_once(
        lambda: work(running, "running"),
        lambda: work(newer, "newer"),
        lambda: work(started_anew, "started anew"),
    )
    with newer.reading() as connection:
        assert (verify(connection).broken, verify(connection).lines) == (None, 1 + 3 * 2 * ROUNDS)
    assert count(newer, card_shown) == 1 + 3 * ROUNDS
    assert count(newer, feedback) == 3 * ROUNDS
    for store, others in ((running, "newer"), (newer, "started anew")):
        assert not store.use_token(hashlib.sha256(f"{others} 0".encode()).digest(), 4_000_000_000)
    for store in (running, newer, started_anew):
        store.close()


def test_an_older_version_leaves_the_newer_schema_as_it_is(database: Database, tmp_path: Path) -> None:
    with next_version(tmp_path, serves=NEWEST):
        migrate_store(database)
    assert migrate_store(database) == ("0999", "0999")
    with starting(Address(database.url)) as connection:
        assert "later" in inspect(connection).get_table_names()


def test_a_schema_that_no_longer_serves_a_version_is_refused_by_it(
    database: Database, tmp_path: Path
) -> None:
    with next_version(tmp_path, serves="0999"):
        migrate_store(database)
    for use in (open_store, migrate_store):
        with pytest.raises(StoreError, match=rf"0999, which is newer .* knows {NEWEST}\); install the newer"):
            use(database)


def test_the_newer_version_waits_for_the_migration_with_a_clear_error(
    database: Database, tmp_path: Path
) -> None:
    with next_version(tmp_path, serves=NEWEST):
        with pytest.raises(StoreError, match=rf"has schema {NEWEST}, this version needs 0999; run `leg-cds"):
            open_store(database)
        migrate_store(database)
        open_store(database)


def test_every_schema_says_which_versions_it_serves() -> None:
    for revision in known_revisions():
        script = schema_revision.script_of(revision)
        assert script.module.serves_since in known_revisions()
        assert script.module.serves_since <= revision


def test_version_0001_works_on_while_this_one_writes_to_the_schema_of_today(
    empty_database: Database,
) -> None:
    database = load_released(empty_database, "0001")
    older = Version0001(database)
    older.call("before the migration")
    assert migrate_store(database) == ("0001", NEWEST)
    store = open_store(database)
    at_once(
        lambda: [older.call(f"older {number}") for number in range(ROUNDS)] and None,
        lambda: work(store, "newer"),
        lambda: begin_sessions(store),
    )
    with store.reading() as connection:
        verdict = verify(connection)
        assert (verdict.broken, verdict.lines) == (None, 3 + 2 + 2 * 2 * ROUNDS)
        assert {*connection.scalars(select(audit.c.event))} == {"hook", "feedback"}
    assert count(store, card_shown) == 2 + 1 + 2 * ROUNDS
    assert count(store, feedback) == 1 + 1 + 2 * ROUNDS
    assert not store.use_token(hashlib.sha256(b"older 3").digest(), 4_000_000_000)
    assert count(store, smart_session) == ROUNDS
    store.close()
    older.engine.dispose()
