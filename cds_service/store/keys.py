"""The key of the pseudonyms: a file the operator names, or one beside an SQLite database."""

import secrets
from pathlib import Path

from cds_service.settings import Database
from cds_service.store.address import PARTS, Address
from cds_service.store.errors import StoreError
from cds_service.store.private_file import publish_file
from cds_service.store.pseudonym import Pseudonyms

_BYTES = 32
_KEY = ".key"  # the end of its name, beside a database


def key_file(database: Database, address: Address) -> Path | None:
    """Where the key is; None when identifiers are kept plain. Raises `StoreError`."""
    if database.patient_identifiers == "plain":
        return None
    if database.pseudonym_key_file:
        return database.pseudonym_key_file
    if address.file is None:
        raise StoreError("database.pseudonym_key_file is missing; PostgreSQL needs it")
    return address.file.with_name(address.file.name + _KEY)


def files_of(database: Database) -> list[Path]:
    """The files on this machine without which the store is lost: database, log, key. Raises `StoreError`."""
    file, key = Address(database.url).file, database.pseudonym_key_file
    beside = [file.with_name(file.name + end) for end in (*PARTS, _KEY)] if file else []
    return [*beside, *([key] if key else [])]


def read_pseudonyms(database: Database, address: Address) -> Pseudonyms:
    """The pseudonyms of this store. Raises `StoreError` when the key cannot be read."""
    file = key_file(database, address)
    if file is None:
        return Pseudonyms(None)
    try:
        key = file.read_bytes().strip()
    except OSError as error:
        raise StoreError(
            f"the key {file} cannot be read ({error.strerror}); put it back, without it nobody is recognised"
        ) from error
    if len(key) < _BYTES:
        raise StoreError(f"the key {file} is too short; it must hold {_BYTES} bytes or more")
    return Pseudonyms(key)


def create_key(database: Database, address: Address) -> None:
    """Make the key beside a new database, unless there is one or the operator names another."""
    file = key_file(database, address)
    if file is None or database.pseudonym_key_file:
        return

    def fill(draft: Path) -> None:
        draft.write_text(secrets.token_hex(_BYTES) + "\n")

    publish_file(file, fill)
