"""What the operator ordered about the key sets of the callers: for all workers on all nodes."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select

from cds_service.settings import Database
from cds_service.store.address import Address
from cds_service.store.audit import AuditLine, append, microseconds_now
from cds_service.store.opening import starting
from cds_service.store.schema import key_order
from cds_service.store.schema_revision import check_revision

WHOLE_SET = ""  # in place of a key id


def read_orders(connection: Connection) -> list[Row[tuple[str, str, int]]]:
    """All orders in force: issuer, key id (or `WHOLE_SET`), and when (microseconds since 1970)."""
    return list(connection.execute(select(key_order.c.issuer, key_order.c.kid, key_order.c.ordered_at)))


@contextmanager
def ordering(database: Database) -> Iterator[Connection]:
    """A connection for the orders of one command. Raises `StoreError`."""
    with starting(Address(database.url)) as connection:
        check_revision(connection)
        yield connection


def block_key(connection: Connection, issuer: str, kid: str, by: str) -> None:
    """Refuse tokens that are signed with this key, from now on."""
    _order(connection, issuer, kid)
    _audit(connection, "block-key", issuer, kid, by)


def order_refetch(connection: Connection, issuer: str, by: str) -> None:
    """Have the key set fetched anew, whatever set a worker holds now."""
    _order(connection, issuer, WHOLE_SET)
    _audit(connection, "refresh-keys", issuer, WHOLE_SET, by)


def unblock_key(connection: Connection, issuer: str, kid: str, by: str) -> bool:
    """Take a block back; False when there is none."""
    if not _withdraw(connection, issuer, kid):
        return False
    _audit(connection, "unblock-key", issuer, kid, by)
    return True


def _order(connection: Connection, issuer: str, kid: str) -> None:
    _withdraw(connection, issuer, kid)
    row = {"issuer": issuer, "kid": kid, "ordered_at": microseconds_now()}
    connection.execute(insert(key_order), row)


def _withdraw(connection: Connection, issuer: str, kid: str) -> bool:
    same: ColumnElement[bool] = (key_order.c.issuer == issuer) & (key_order.c.kid == kid)
    return connection.execute(delete(key_order).where(same)).rowcount == 1


def _audit(connection: Connection, event: str, issuer: str, kid: str, by: str) -> None:
    details = {"by": by} | ({"kid": kid} if kid else {})
    append(connection, AuditLine(event=event, outcome="done", issuer=issuer, details=details))
