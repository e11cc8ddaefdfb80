"""A start with anything wrong about the file is refused in one line, and nothing is made in its place."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from cds_service.settings import Database
from cds_service.store import (
    StoreError,
    StoreUnavailableError,
    create_store,
    migrate_store,
    open_store,
)
from cds_service.store.chain import verify
from cds_service.store.opening import questions
from tests.support.calls import hook_call
from tests.support.store_process import ROOT

NOBODY = 65_534


@pytest.fixture
def file(sqlite_database: Database) -> Path:
    """The file of a store with some content, closed."""
    migrate_store(sqlite_database)
    store = open_store(sqlite_database)
    for _ in range(40):
        store.record_call(hook_call())
    store.close()
    return Path(sqlite_database.url.removeprefix("sqlite:///"))


def truncate(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.truncate(file.stat().st_size // 2)


def overwrite(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.seek(4096)
        opened.write(b"\xff" * 4096)


def forget_the_header(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.write(b"nonsense")


def make_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def drop_tables(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("VACUUM")
    file.chmod(0o600)


def somebody_elses(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE things (name TEXT)")
    file.chmod(0o600)


WRONG: dict[str, tuple[Callable[[Path], object], str]] = {
    "zero length": (lambda file: os.truncate(file, 0), "is empty, so its content was lost; restore"),
    "truncated": (truncate, "is damaged.*; restore a backup with `leg-cds database restore FILE`"),
    "corrupt page": (overwrite, "is damaged.*; restore"),
    "no database": (forget_the_header, "is damaged.*; restore"),
    "gone": (Path.unlink, "there is no database .*; create it with `leg-cds database migrate`, or restore"),
    "folder gone": (lambda file: shutil.rmtree(file.parent), "the folder .* does not exist"),
    "a folder": (make_folder, "is not a file"),
    "open to others": (lambda file: file.chmod(0o644), "is open to other users .* run `chmod 600"),
    "no tables": (drop_tables, "is empty"),
    "of somebody else": (somebody_elses, "none of this service"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_start_is_refused_with_one_line(sqlite_database: Database, file: Path, wrong: str) -> None:
    break_it, said = WRONG[wrong]
    break_it(file)
    before = sorted(file.parent.iterdir()) if file.parent.exists() else []
    with pytest.raises(StoreError, match=said) as refused:
        open_store(sqlite_database)
    assert "\n" not in str(refused.value)
    assert (sorted(file.parent.iterdir()) if file.parent.exists() else []) == before


@pytest.mark.parametrize("wrong", ["zero length", "truncated", "corrupt page", "no database", "a folder"])
def test_migrating_never_recreates_a_damaged_store(sqlite_database: Database, file: Path, wrong: str) -> None:
    break_it, said = WRONG[wrong]
    break_it(file)
    with pytest.raises(StoreError, match=said):
        migrate_store(sqlite_database)


def test_creating_never_replaces_a_damaged_store(sqlite_database: Database, file: Path) -> None:
    os.truncate(file, 0)
    with pytest.raises(StoreError, match="is empty"):
        open_store(sqlite_database, create=True)
    assert file.stat().st_size == 0


OPENING = """
import os, sys
from pathlib import Path
from cds_service.settings import Database
from cds_service.store import StoreError, migrate_store, open_store
if os.geteuid() == 0:
    os.setuid(65534)  # root may write everything, so we become a user who may not
for use in (open_store, migrate_store):
    try:
        use(Database(url=sys.argv[1], patient_identifiers="plain"))
    except StoreError as error:
        print(error)
"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder other users can reach, unlike those of pytest."""
    with TemporaryDirectory(prefix="leg-cds-") as name:
        yield Path(name)


@pytest.mark.parametrize(
    ("file_mode", "folder_mode", "said"),
    [
        (0o400, 0o700, "store.db cannot be written by this user"),
        (0o600, 0o500, "cannot be written by this user; SQLite needs that"),
        (0o600, 0o000, "cannot be written by this user; SQLite needs that"),
    ],
)
def test_what_this_user_cannot_write_is_refused(
    open_folder: Path, file_mode: int, folder_mode: int, said: str
) -> None:
    file = open_folder / "store.db"
    database = Database(url=f"sqlite:///{file}", patient_identifiers="plain")
    create_store(database)
    file.chmod(file_mode)
    open_folder.chmod(folder_mode)
    if os.geteuid() == 0:
        os.chown(file, NOBODY, NOBODY)
        os.chown(open_folder, NOBODY, NOBODY)
    command = [sys.executable, "-c", OPENING, database.url]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    open_folder.chmod(0o700)
    lines = told.splitlines()
    assert len(lines) == 2
    assert all(said in line for line in lines)


def test_the_file_is_private_from_the_start(file: Path) -> None:
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_log_is_private_too(sqlite_database: Database, file: Path) -> None:
    store = open_store(sqlite_database)
    store.record_call(hook_call())
    log = file.with_name(f"{file.name}-wal")
    assert log.stat().st_mode & 0o777 == 0o600
    store.close()


def test_a_file_that_goes_away_is_not_made_again(sqlite_database: Database, file: Path) -> None:
    store = open_store(sqlite_database)
    store.record_call(hook_call())
    for part in file.parent.glob(f"{file.name}*"):
        part.unlink()
    with pytest.raises(StoreUnavailableError):
        store.record_call(hook_call())
    assert not file.exists()
    store.close()


def test_a_log_that_was_cut_off_is_seen_by_the_noted_end(
    sqlite_database: Database, file: Path, tmp_path: Path
) -> None:
    store = open_store(sqlite_database)
    for _ in range(10):
        store.record_call(hook_call())
    with store.reading() as connection:
        end = verify(connection)
    cut = tmp_path / "cut.sqlite"
    shutil.copy(file, cut)
    log = file.with_name(f"{file.name}-wal").read_bytes()
    cut.with_name(f"{cut.name}-wal").write_bytes(log[: len(log) // 2])
    store.close()
    # SQLite cannot tell it from a crash while these lines were written
    with questions(sqlite_database.model_copy(update={"url": f"sqlite:///{cut}"})) as connection:
        assert verify(connection).broken is None
        broken = verify(connection, noted=(end.sequence, end.hash)).broken
    assert broken is not None
    assert broken.sequence == end.sequence


@pytest.mark.parametrize(
    "url", ["sqlite:///:memory:", "sqlite:///file:x?uri=true", "sqlite:///x.db?mode=ro", "sqlite:///"]
)
def test_only_one_plain_file_is_a_place(url: str, key_file: Path) -> None:
    with pytest.raises(StoreError, match="must name one SQLite file"):
        open_store(Database.model_construct(url=url, pseudonym_key_file=key_file))
