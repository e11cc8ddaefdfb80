"""Opening a store: every check before the first call, one clear line when something is wrong."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from os.path import lexists
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError

from cds_service.settings import Database
from cds_service.store.address import Address
from cds_service.store.audit import AuditLine, append
from cds_service.store.engine import reading_engine, writing_engine
from cds_service.store.errors import StoreError, StoreUnavailableError, outages_told
from cds_service.store.facts import accept_key, settle_facts, this_boot, write_probe
from cds_service.store.keys import create_key, read_pseudonyms
from cds_service.store.schema_revision import check_revision, migrate
from cds_service.store.sqlite_file import RESTORE, check_file, check_folder, check_place, create_file
from cds_service.store.store import Store
from cds_service.store.writer import Observer

WAIT_SECONDS = 10.0  # for a PostgreSQL server that starts at the same time
_PAUSE = 0.25


def open_store(database: Database, *, create: bool = False, observe: Observer | None = None) -> Store:
    """The store at `database.url`, checked. Raises `StoreError`; never changes a schema.

    `create` makes a new SQLite store where there is none yet. Nothing stays connected: the store connects
    on its first use in each process, so it may be opened before a fork.
    """
    address = Address(database.url)
    if create and address.file and not lexists(address.file):
        create_store(database)
    if address.file:
        check_file(address.file)
    pseudonyms = read_pseudonyms(database, address)
    with starting(address) as connection:
        _check_encoding(connection)
        check_revision(connection)
        now = int(time.time())
        known_since = settle_facts(connection, pseudonyms, now, this_boot() if address.file else "")
        write_probe(connection, now)
    return Store(address, pseudonyms, known_since, pool_size=database.pool_size, observe=observe)


def create_store(database: Database) -> bool:
    """Make a new SQLite store and its key; False when there is one already."""
    address = Address(database.url)
    if address.file is None:
        raise StoreError("only an SQLite store is created here; create a PostgreSQL database with createdb")
    check_folder(address.file)
    create_key(database, address)
    return create_file(address.file, _fill)


def _fill(draft: Path) -> None:
    with starting(Address(f"sqlite:///{draft}")) as connection:
        migrate(connection)


def migrate_store(database: Database) -> tuple[str, str]:
    """Create the store, or move it to the schema of this version; returns the schema before and after."""
    address = Address(database.url)
    created = address.file is not None and not lexists(address.file) and create_store(database)
    if address.file:
        check_file(address.file)
    with starting(address) as connection:
        before, after = migrate(connection)
    return ("" if created else before), after


def record_act(database: Database, event: str, details: Mapping[str, Any]) -> None:
    """Write the audit line of an act of the operator. Raises `StoreError`."""
    address = Address(database.url)
    if address.file:
        check_place(address.file)
    with starting(address) as connection:
        append(connection, AuditLine(event=event, outcome="done", details=details))


def change_key(database: Database, by: str) -> None:
    """Let the store go on with the key that is configured now. Raises `StoreError`."""
    address = Address(database.url)
    pseudonyms = read_pseudonyms(database, address)
    with starting(address) as connection:
        check_revision(connection)
        accept_key(connection, pseudonyms)
        append(connection, AuditLine(event="accept-key", outcome="done", details={"by": by}))


@contextmanager
def questions(database: Database) -> Iterator[Connection]:
    """A connection that can only read, for as long as it takes. Raises `StoreError`."""
    address = Address(database.url)
    if address.file:
        check_place(address.file)
    engine = reading_engine(address, patient=True)
    try:
        _wait(engine, address)
        with outages_told(), engine.connect() as connection:
            check_revision(connection)
            yield connection
    except StoreUnavailableError as error:
        raise _unusable(address, "read", error) from error
    finally:
        engine.dispose()


@contextmanager
def starting(address: Address) -> Iterator[Connection]:
    """One write transaction of a command or a start. Raises `StoreError`."""
    with working(address) as engine, engine.begin() as connection:
        yield connection


@contextmanager
def working(address: Address) -> Iterator[Engine]:
    """Write transactions that may take long; `StoreError` when the database cannot be used."""
    engine = writing_engine(address, patient=True)
    try:
        _wait(engine, address)
        with outages_told():
            yield engine
    except StoreUnavailableError as error:
        raise _unusable(address, "written", error) from error
    finally:
        engine.dispose()


def _wait(engine: Engine, address: Address) -> None:
    limit = time.monotonic() + (0 if address.is_sqlite else WAIT_SECONDS)
    while True:
        try:
            engine.connect().close()
        except OperationalError as error:
            if time.monotonic() >= limit:
                raise StoreError(f"cannot connect to {address}: {_first_line(error)}") from error
            time.sleep(_PAUSE)
        except DatabaseError as error:
            raise _damaged(address, error) from error
        else:
            return


def _unusable(address: Address, deed: str, error: StoreUnavailableError) -> StoreError:
    cause = error.__cause__
    if address.is_sqlite and isinstance(cause, DatabaseError) and not isinstance(cause, OperationalError):
        return _damaged(address, cause)
    why = _first_line(cause) if isinstance(cause, DBAPIError) else str(error)
    return StoreError(f"{address} cannot be {deed}: {why}")


def _damaged(address: Address, error: DBAPIError) -> StoreError:
    return StoreError(f"{address} is damaged ({_first_line(error)}); {RESTORE}")


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0]


def _check_encoding(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
        if encoding != "UTF8":
            raise StoreError(f"the database has the encoding {encoding}; create it with encoding UTF8")
