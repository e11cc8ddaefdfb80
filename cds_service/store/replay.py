"""Tokens that were used, until they expire: each is accepted once, whichever worker or node sees it."""

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from cds_service.store.prepared import Prepared
from cds_service.store.schema import used_token

GRACE_SECONDS = 300  # a token is remembered this much beyond its end, for clocks that differ
_AT_ONCE = 1000

_INSERT = Prepared(
    sqlite.insert(used_token).on_conflict_do_nothing().returning(used_token.c.expires),
    other=postgresql.insert(used_token).on_conflict_do_nothing().returning(used_token.c.expires),
)


def use_token(connection: Connection, digest: bytes, expires: int) -> bool:
    """Mark a token as used; False when it was used before."""
    return bool(_INSERT.run(connection, {"digest": digest, "expires": expires}))


def forget_expired(connection: Connection, now: int) -> int:
    """Delete tokens that expired before `now` (seconds since 1970), at most a thousand; returns how many."""
    expired = select(used_token.c.digest).where(used_token.c.expires < now - GRACE_SECONDS).limit(_AT_ONCE)
    return connection.execute(delete(used_token).where(used_token.c.digest.in_(expired))).rowcount
