"""What a store knows of itself: which key its pseudonyms were made with, since when it knows used tokens."""

from sqlalchemy import Connection, delete, insert, select, update

from cds_service.store.errors import StoreError
from cds_service.store.pseudonym import Pseudonyms
from cds_service.store.schema import store_fact

_KEY = "pseudonym_key"
_TOKENS = "tokens_known_since"
_PROBED = "probed_at"
FORGOTTEN_IN_BACKUPS = (_TOKENS, _PROBED)


def settle_facts(connection: Connection, pseudonyms: Pseudonyms, now: int) -> int:
    """Complete the facts of a new or restored store; returns since when it knows the used tokens.

    `now` and the result are seconds since 1970. Raises `StoreError` when the key is not the one the
    pseudonyms in the store were made with.
    """
    known = {row.name: row.value for row in connection.execute(select(store_fact))}
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
    connection.execute(delete(store_fact).where(store_fact.c.name == _KEY))
    connection.execute(insert(store_fact), {"name": _KEY, "value": pseudonyms.fingerprint()})


def write_probe(connection: Connection, now: int) -> None:
    """Write something small, to see that the store can be written."""
    connection.execute(update(store_fact).where(store_fact.c.name == _PROBED).values(value=str(now)))
