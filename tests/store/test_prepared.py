"""Prepared statements do what SQLAlchemy's own way does, failures too; the writer keeps its connection."""

from pathlib import Path

import pytest
from sqlalchemy import event, insert, literal_column, select, update
from sqlalchemy.exc import IntegrityError, InternalError

from cds_service.settings import Database
from cds_service.store import Store, StoreUnavailableError, open_store
from cds_service.store.prepared import Prepared
from cds_service.store.schema import store_fact
from cds_service.store.text import storable, storable_row

X = literal_column("'x'")
ADD = Prepared(insert(store_fact))
READ = Prepared(select(store_fact.c.value, store_fact.c.name).where(store_fact.c.value == X))
CHANGE = Prepared(update(store_fact).where(store_fact.c.value == X), "value")
HOSTILE = ["", "a\x00b", "\ud800", "naïve 日本 🦵", "'; DROP TABLE audit; --", "%(name)s ? :name"]


def rows(*names: str) -> list[dict[str, str]]:
    return [{"name": name, "value": "x"} for name in names]


def test_rows_go_in_and_come_out_in_the_order_of_the_columns(any_store: Store) -> None:
    assert any_store.writer.submit(lambda connection: ADD.run(connection, *rows("a"))) == []
    any_store.writer.submit(lambda connection: ADD.run(connection, *rows("b", "c")))
    with any_store.reading() as connection:
        assert sorted(map(tuple, READ.run(connection, {}))) == [("x", "a"), ("x", "b"), ("x", "c")]


def test_a_change_sets_the_columns_that_were_named(any_store: Store) -> None:
    any_store.writer.submit(lambda connection: ADD.run(connection, *rows("a")))
    any_store.writer.submit(lambda connection: CHANGE.run(connection, {"value": "y"}))
    with any_store.reading() as connection:
        assert READ.run(connection, {}) == []
        assert connection.scalar(select(store_fact.c.value).where(store_fact.c.name == "a")) == "y"


@pytest.mark.parametrize("value", HOSTILE)
def test_text_is_bound_as_it_is(any_store: Store, value: str) -> None:
    row = storable_row({"name": value, "value": "x", "number": 1})
    assert row["number"] == 1
    any_store.writer.submit(lambda connection: ADD.run(connection, row))
    with any_store.reading() as connection:
        assert [name for _, name in READ.run(connection, {})] == [storable(value)]


@pytest.mark.parametrize("twice", [("a",), ("b", "a")])
def test_a_failure_is_the_one_sqlalchemy_raises_and_leaves_nothing(
    any_store: Store, twice: tuple[str, ...]
) -> None:
    any_store.writer.submit(lambda connection: ADD.run(connection, *rows("a")))
    with pytest.raises(IntegrityError) as ours:
        any_store.writer.submit(lambda connection: ADD.run(connection, *rows(*twice)))
    assert "[parameters: [" not in str(ours.value), "no value is quoted"
    any_store.writer.submit(lambda connection: ADD.run(connection, *rows("c")))
    with any_store.reading() as connection:
        assert sorted(name for _, name in READ.run(connection, {})) == ["a", "c"]


def test_the_connection_for_questions_cannot_write(any_store: Store) -> None:
    with pytest.raises((StoreUnavailableError, InternalError)), any_store.reading() as connection:
        ADD.run(connection, *rows("a"))


def connection_used(store: Store) -> int:
    """Which connection of the driver the writer writes with."""
    return store.writer.submit(lambda connection: id(connection.connection.dbapi_connection))


def test_many_commits_take_one_connection_to_a_file_out_of_the_pool_once(sqlite_database: Database) -> None:
    store = open_store(sqlite_database, create=True)
    taken: list[int] = []
    engine = store.writer.submit(lambda connection: connection.engine)
    event.listen(engine, "checkout", lambda *_: taken.append(1))
    assert len({connection_used(store) for _ in range(5)}) == 1
    assert taken == []
    store.close()


def test_after_a_failure_and_after_another_file_came_the_connection_is_another(
    sqlite_database: Database, tmp_path: Path
) -> None:
    store = open_store(sqlite_database, create=True)
    file = store.address.file
    assert file is not None
    with pytest.raises(IntegrityError):
        store.writer.submit(lambda connection: ADD.run(connection, *rows("a", "a")))
    store.writer.submit(lambda connection: ADD.run(connection, *rows("before")))
    store.close()
    other = tmp_path / "other.db"
    other.write_bytes(file.read_bytes())
    other.chmod(0o600)
    store.writer.submit(lambda connection: ADD.run(connection, *rows("lost with its file")))
    other.replace(file)
    for rest in ("-wal", "-shm"):
        file.with_name(file.name + rest).unlink(missing_ok=True)
    store.writer.submit(lambda connection: ADD.run(connection, *rows("after")))
    with store.reading() as connection:
        assert sorted(name for _, name in READ.run(connection, {})) == ["after", "before"]
    store.close()
