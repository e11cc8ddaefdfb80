"""Copies of an SQLite store, taken while the service writes, and put back."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from cds_service.store.address import PARTS
from cds_service.store.engine import connect_file
from cds_service.store.errors import StoreError
from cds_service.store.facts import FORGOTTEN_IN_BACKUPS
from cds_service.store.private_file import sync_folder
from cds_service.store.schema_revision import refuse_unknown
from cds_service.store.sqlite_file import create_file


def back_up(source: Path, target: Path) -> None:
    """Write a copy of the store as of this moment, checked, readable by us alone.

    Used tokens stay out: a copy put back later must not claim to know them. Raises `StoreError`, and
    `OSError` where the disk is full.
    """

    def fill(draft: Path) -> None:
        with closing(connect_file(source)) as origin, closing(connect_file(draft)) as copy:
            origin.backup(copy)
            copy.execute("PRAGMA secure_delete = ON")
            copy.execute("DELETE FROM used_token")
            for fact in FORGOTTEN_IN_BACKUPS:
                copy.execute("DELETE FROM store_fact WHERE name = ?", (fact,))
            _check_integrity(copy, draft)

    with _failures_told(target):
        created = create_file(target, fill)
    if not created:
        raise StoreError(f"{target} exists; a backup never replaces another one")


def restore(backup: Path, target: Path, *, replace: bool = False) -> Path | None:
    """Put a backup in the place of the store; returns where the old one was moved, if there was one.

    The service must not run. Until the copy is whole the old one stays. Raises like `back_up`.
    """
    if target.exists() and backup.samefile(target):
        raise StoreError(f"{backup} is the store itself; name a backup of it")
    if target.exists() and not replace:
        raise StoreError(f"{target} exists; add --replace to move it aside")
    _check_backup(backup)
    moved: list[Path] = []

    def fill(draft: Path) -> None:
        with closing(connect_file(backup)) as origin, closing(connect_file(draft)) as copy:
            origin.backup(copy)
            _check_integrity(copy, draft)
        if target.exists():
            moved.append(_move_aside(target))

    with _failures_told(target):
        created = create_file(target, fill)
    if not created:
        raise StoreError(f"{target} appeared while the backup was copied; is the service running?")
    return moved[0] if moved else None


@contextmanager
def _failures_told(target: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target)) from error
        raise StoreError(f"{target} cannot be written: {error}") from error


def _check_backup(backup: Path) -> None:
    if not backup.is_file() or not backup.stat().st_size:
        raise StoreError(f"{backup} is not a backup")
    engine = create_engine("sqlite+pysqlite://", creator=lambda: connect_file(backup), poolclass=NullPool)
    try:
        with closing(connect_file(backup)) as connection:
            _check_integrity(connection, backup)
        with engine.connect() as connection:
            refuse_unknown(connection)
    except sqlite3.Error as error:
        raise StoreError(f"{backup} cannot be read: {error}") from error


def _check_integrity(connection: sqlite3.Connection, file: Path) -> None:
    (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if found != "ok":
        raise StoreError(f"{file} is damaged")


def _move_aside(target: Path) -> Path:
    aside = target.with_name(f"{target.name}.replaced-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    # The log goes first: left beside another database it would be taken for that one's.
    for suffix in PARTS:
        part = target.with_name(target.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
            sync_folder(target.parent)
    return aside
