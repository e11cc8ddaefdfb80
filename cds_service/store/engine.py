"""Connections to SQLite and PostgreSQL, with all that makes them safe.

Two kinds: a reading engine that cannot write, and a writing engine whose every transaction takes the
one write lock first. So no transaction reads and then finds that it cannot write, and writers of several
processes queue up instead of failing or deadlocking. Nothing connects before its first use: an engine
may be made before a fork, but must be used only after it.
"""

import sqlite3
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from cds_service.store.address import Address
from cds_service.store.errors import StoreError
from cds_service.store.prepared import driver_of

_BUSY_SECONDS = 5.0  # SQLite waits this long for the write lock
_PATIENT_SECONDS = 60.0  # commands of the operator wait longer
_POOL_SECONDS = 2.0  # until a thread that gets no connection gives up
_WRITE_LOCK = 5_230_117  # PostgreSQL advisory lock of all our writers; any fixed number of our own
_ALWAYS = (
    "PRAGMA journal_size_limit = 67108864",  # a longer write-ahead log is cut after its checkpoint
    "PRAGMA trusted_schema = OFF",
)
_WRITING = (
    "PRAGMA synchronous = FULL",  # a commit that returned survives a power cut; see `survive_power_cut`
    "PRAGMA secure_delete = ON",  # what retention deletes is overwritten
)

_PROMPT = {"statement_timeout": "3s", "lock_timeout": "2s", "idle_in_transaction_session_timeout": "10s"}
_PATIENT = {"statement_timeout": "0", "lock_timeout": "60s", "idle_in_transaction_session_timeout": "10min"}
_READING = {
    "default_transaction_read_only": "on",
    "default_transaction_isolation": "repeatable\\ read",  # all of a transaction from one moment
}
_POSTGRES = {
    "synchronous_commit": "on",
    "client_encoding": "UTF8",
    "TimeZone": "UTC",
}


def reading_engine(address: Address, *, pool_size: int = 1, patient: bool = False) -> Engine:
    """Connections that can only read; `patient` ones may run for as long as they need."""
    if address.file:
        connect = partial(connect_file, address.file, "PRAGMA query_only = ON")
        return _sqlite_engine(address.file, connect, "BEGIN", pool_size)
    return _postgres_engine(address, pool_size, patient=patient, **_READING)


def writing_engine(address: Address, *, patient: bool = False) -> Engine:
    """One connection whose transactions take the write lock as they begin."""
    if address.file:
        wait = _PATIENT_SECONDS if patient else _BUSY_SECONDS
        connect = partial(connect_file, address.file, *_WRITING, busy_seconds=wait)
        return _sqlite_engine(address.file, connect, "BEGIN IMMEDIATE", 1)
    engine = _postgres_engine(address, 1, patient=patient)
    event.listen(engine, "begin", _take_write_lock)
    return engine


def _take_write_lock(connection: Connection) -> None:
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITE_LOCK})")


def _sqlite_engine(
    file: Path, connect: Callable[[], sqlite3.Connection], begin: str, pool_size: int
) -> Engine:
    engine = create_engine(
        "sqlite+pysqlite://",
        creator=connect,
        poolclass=QueuePool,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=_POOL_SECONDS,
        hide_parameters=True,  # an exception never quotes a patient
    )
    event.listen(engine, "begin", partial(_begin_sqlite, begin))
    _leave_a_replaced_file(engine, file)
    return engine


def _begin_sqlite(statement: str, connection: Connection) -> None:
    with driver_of(connection, statement) as driver:
        driver.execute(statement)


def connect_file(file: Path, *pragmas: str, busy_seconds: float = _BUSY_SECONDS) -> sqlite3.Connection:
    """A connection to a file that exists: one that is gone is an error, never a second, empty store."""
    uri = f"file:{quote(str(file))}?mode=rw"
    connection = sqlite3.connect(
        uri, uri=True, timeout=busy_seconds, isolation_level=None, check_same_thread=False
    )
    try:
        for pragma in (*_ALWAYS, *pragmas):
            connection.execute(pragma)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _leave_a_replaced_file(engine: Engine, file: Path) -> None:
    """Connect anew when the file is no longer the one that was opened: after a restore, say."""

    def remember(_connection: Any, entry: ConnectionPoolEntry) -> None:
        entry.info["file"], entry.info["inode"] = file, _inode(file)

    def compare(_connection: Any, entry: ConnectionPoolEntry, _proxy: Any) -> None:
        if entry.info["inode"] != _inode(file):
            raise DisconnectionError("the database file was replaced")

    event.listen(engine, "connect", remember)
    event.listen(engine, "checkout", compare)


def survive_power_cut(connection: Connection, *, survives: bool) -> None:
    """Whether what is committed next to a file survives a power cut, for which it waits for the disk.

    It survives the end of every process either way, and the next commit that survives takes it along.
    """
    wanted = "FULL" if survives else "NORMAL"
    if connection.dialect.name == "sqlite" and connection.info.get("synchronous", "FULL") != wanted:
        statement = f"PRAGMA synchronous = {wanted}"
        with driver_of(connection, statement) as driver:
            driver.execute(statement)
        connection.info["synchronous"] = wanted


def is_still_good(connection: Connection) -> bool:
    """Whether a connection that was kept may begin another transaction without being asked for anew.

    Never one to a server, which may be gone: the pool asks it.
    """
    file = connection.info.get("file")
    return file is not None and connection.info["inode"] == _inode(file)


def _inode(file: Path) -> int:
    try:
        return file.stat().st_ino
    except FileNotFoundError:
        return 0


def _postgres_engine(address: Address, pool_size: int, *, patient: bool, **more: str) -> Engine:
    if find_spec("psycopg") is None:
        raise StoreError("PostgreSQL needs the package psycopg; install leg-soreness-cds[postgres]")
    options = _POSTGRES | (_PATIENT if patient else _PROMPT) | more
    return create_engine(
        address.url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=_POOL_SECONDS,
        hide_parameters=True,  # an exception never quotes a patient
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": 2,
            "application_name": "leg-cds",
            "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
        },
    )
