"""The file of an SQLite store: created whole or not at all, and refused when anything is wrong with it."""

import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from cds_service.store.engine import connect_file
from cds_service.store.errors import StoreError
from cds_service.store.private_file import publish_file

_OTHERS = 0o077
RESTORE = "restore a backup with `leg-cds database restore FILE`"


def check_file(file: Path) -> None:
    """Raises `StoreError`, one line with what to do, unless the file is a sound database only we can read.

    Reads the whole file once.
    """
    check_place(file)
    try:
        with closing(connect_file(file)) as connection:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            (journal,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    except sqlite3.DatabaseError as error:
        raise StoreError(_said(file, error)) from error
    if found != "ok":
        raise StoreError(f"{file} is damaged; {RESTORE}")
    if journal != "wal":
        raise StoreError(f"{file} is on a file system without shared memory (NFS?); move it to a local disk")


def _said(file: Path, error: sqlite3.DatabaseError) -> str:
    if isinstance(error, sqlite3.OperationalError):
        return f"{file} cannot be opened: {error}"
    return f"{file} is damaged ({error}); {RESTORE}"


def check_place(file: Path) -> None:
    """Raises `StoreError` unless the file is there and only we can read and write it."""
    check_folder(file)
    try:
        found = file.stat()
    except FileNotFoundError as error:
        create = "create it with `leg-cds database migrate`"
        raise StoreError(f"there is no database {file}; {create}, or {RESTORE}") from error
    if not stat.S_ISREG(found.st_mode):
        raise StoreError(f"{file} is not a file; name another place for the database")
    if found.st_size == 0:
        raise StoreError(f"{file} is empty, so its content was lost; {RESTORE}")
    if found.st_mode & _OTHERS:
        raise StoreError(f"{file} is open to other users of this machine; run `chmod 600 {file}`")
    if not os.access(file, os.R_OK | os.W_OK):
        raise StoreError(f"{file} cannot be written by this user; change its owner or mode")


def check_folder(file: Path) -> None:
    """Raises `StoreError` unless we can write in the folder of the file."""
    folder = file.parent
    if not os.path.lexists(folder):
        raise StoreError(f"the folder {folder} does not exist; create it, open to the service alone")
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise StoreError(f"the folder {folder} cannot be written by this user; SQLite needs that")


def create_file(file: Path, fill: Callable[[Path], None]) -> bool:
    """Create a database that `fill` completes, seen only when whole; False if there is one already."""
    check_folder(file)

    def fill_and_settle(draft: Path) -> None:
        fill(draft)
        with closing(connect_file(draft)) as connection:  # the last one to close empties the log
            connection.execute("PRAGMA journal_mode = WAL")

    return publish_file(file, fill_and_settle)
