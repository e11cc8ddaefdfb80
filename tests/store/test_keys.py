"""The key of the pseudonyms: made once, never lost in silence, never another one."""

from pathlib import Path

import pytest

from cds_service.settings import Database
from cds_service.store import StoreError, create_store, migrate_store, open_store


def test_one_is_made_beside_a_new_database(tmp_path: Path) -> None:
    database = Database(url=f"sqlite:///{tmp_path / 's.db'}")
    assert create_store(database)
    key = tmp_path / "s.db.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert len(key.read_bytes().strip()) == 64
    names = [open_store(database).pseudonyms.name("patient", "", "", "1") for _ in range(2)]
    assert len(set(names)) == 1, "it survives a restart"


def test_it_must_not_go_missing(tmp_path: Path) -> None:
    database = Database(url=f"sqlite:///{tmp_path / 's.db'}")
    create_store(database)
    (tmp_path / "s.db.key").unlink()
    with pytest.raises(StoreError, match="put it back"):
        open_store(database)


def test_another_key_is_refused(sqlite_database: Database, key_file: Path) -> None:
    migrate_store(sqlite_database)
    open_store(sqlite_database)
    key_file.write_text("y" * 40)
    with pytest.raises(StoreError, match="not the one this database was written with"):
        open_store(sqlite_database)


def test_a_short_key_is_refused(sqlite_database: Database, key_file: Path) -> None:
    migrate_store(sqlite_database)
    key_file.write_text("short")
    with pytest.raises(StoreError, match="too short"):
        open_store(sqlite_database)


def test_postgresql_has_no_place_beside_it() -> None:
    with pytest.raises(StoreError, match="pseudonym_key_file is missing"):
        open_store(Database(url="postgresql://127.0.0.1:1/x"))


def test_production_names_one(tmp_path: Path, key_file: Path) -> None:
    database = Database(url=f"sqlite:///{tmp_path / 's.db'}", pseudonym_key_file=key_file)
    create_store(database)
    assert not (tmp_path / "s.db.key").exists()


def test_nothing_is_made_where_the_folder_is_missing(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"the folder .* does not exist"):
        open_store(Database(url=f"sqlite:///{tmp_path}/gone/s.db"), create=True)
    assert not (tmp_path / "gone").exists()
