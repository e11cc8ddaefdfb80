"""What a store knows of itself: which key its pseudonyms were made with, since when it knows used tokens."""

from pathlib import Path
from uuid import uuid4

from sqlalchemy import Connection, delete, insert, select, update

from cds_service.store.errors import StoreError
from cds_service.store.pseudonym import Pseudonyms
from cds_service.store.schema import store_fact

_KEY = "pseudonym_key"
_TOKENS = "tokens_known_since"
_PROBED = "probed_at"
_SERVES = "serves_since"
_BOOT = "boot"
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
FORGOTTEN_IN_BACKUPS = (_TOKENS, _PROBED)


def this_boot() -> str:
    """Tells one start of this machine from another; never the same where it has no name for it."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return uuid4().hex


def settle_facts(connection: Connection, pseudonyms: Pseudonyms, now: int, boot: str = "") -> int:
    """Complete the facts of a new or restored store; returns since when it knows the used tokens.

    With `boot` a machine that started again knows no token from before: the power may have failed, and the
    last of them been lost. `now` and the result are seconds since 1970. Raises `StoreError` when the key is
    not the one the pseudonyms in the store were made with.
    """
    known = {row.name: row.value for row in connection.execute(select(store_fact))}
    if boot and known.get(_BOOT) != boot:
        _put(connection, _BOOT, boot)
        connection.execute(delete(store_fact).where(store_fact.c.name == _TOKENS))
        known.pop(_TOKENS, None)
    wanted = {_KEY: pseudonyms.fingerprint(), _TOKENS: str(now), _PROBED: str(now)}
    if known.get(_KEY, wanted[_KEY]) != wanted[_KEY]:
        raise StoreError(
            "the pseudonym key is not the one this database was written with; put the right one back, "
            "or run `leg-cds database accept-key` and lose the memory of every patient"
        )
    missing = [{"name": name, "value": value} for name, value in wanted.items() if name not in known]
    if missing:
        connection.execute(insert(store_fact), missing)
    return int(known.get(_TOKENS, now))


def accept_key(connection: Connection, pseudonyms: Pseudonyms) -> None:
    """Let the store go on with another key: from now on nobody is recognised from before."""
    _put(connection, _KEY, pseudonyms.fingerprint())


def write_probe(connection: Connection, now: int) -> None:
    """Write something small, to see that the store can be written."""
    connection.execute(update(store_fact).where(store_fact.c.name == _PROBED).values(value=str(now)))


def note_oldest_served(connection: Connection, revision: str) -> None:
    """Write down the oldest version of the code, by its schema, that works with the schema there is now."""
    _put(connection, _SERVES, revision)


def oldest_served(connection: Connection) -> str:
    """The oldest version of the code that works with the schema there is now; "" when nobody said."""
    return connection.scalar(select(store_fact.c.value).where(store_fact.c.name == _SERVES)) or ""


def _put(connection: Connection, name: str, value: str) -> None:
    connection.execute(delete(store_fact).where(store_fact.c.name == name))
    connection.execute(insert(store_fact), {"name": name, "value": value})
