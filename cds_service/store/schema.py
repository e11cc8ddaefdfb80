"""The tables of the store, the same on SQLite and PostgreSQL.

Times are integers: microseconds since 1970-01-01 UTC, except `used_token.expires` (seconds, as in the
token). Members that hold JSON are text, so that their bytes, and with them the hashes, are the same on
both databases. Text is cleaned of what a driver refuses on its way in. Patient, encounter and user are
pseudonyms unless the operator configured plain identifiers.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
)

from cds_service.store.text import storable

metadata = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s"}
)


class CleanText(TypeDecorator[str]):
    """Text without NUL and lone surrogates, which SQLite or PostgreSQL refuse."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 SQLAlchemy's
        """The text as the database gets it."""
        return None if value is None else storable(value)


def _text(name: str, **options: Any) -> Column[str]:
    return Column(name, CleanText, nullable=False, **options)


def _time(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


# One row a card shown to one user. The same call repeated gives the same uuids (insert or ignore).
card_shown = Table(
    "card_shown",
    metadata,
    _text("issuer", primary_key=True),  # alias of the caller; "open" when nobody is authenticated
    _text("tenant", primary_key=True),  # "" without tenants
    _text("uuid", primary_key=True),  # `card.uuid`
    _text("service"),
    _text("patient"),  # pseudonym
    _text("encounter"),  # pseudonym, "" without an encounter
    _text("hook_instance"),
    _text("card"),  # ls-causes, ls-dvt, ...
    _text("rule"),
    _text("rule_version"),
    _text("knowledge_version"),
    _text("indicator"),
    _text("fingerprint"),
    _time("shown_at"),
    Index(None, "issuer", "tenant", "patient"),
    Index(None, "shown_at"),
)

# One row a feedback item; the key makes a repeated item free.
feedback = Table(
    "feedback",
    metadata,
    Column("key", LargeBinary, primary_key=True),  # sha256 of issuer, service, canonical item
    _text("issuer"),
    _text("tenant"),
    _text("service"),
    _text("card_uuid"),
    _text("outcome"),  # accepted, overridden
    Column("reason_code", CleanText),
    Column("reason_system", CleanText),
    Column("comment", CleanText),
    Column("accepted", CleanText),  # JSON: ids of the accepted suggestions
    Column("outcome_at", BigInteger),  # as the EHR says
    _time("received_at"),
    Column("known_card", Boolean, nullable=False),  # whether card_shown had the card at receipt
    Index(None, "issuer", "tenant", "card_uuid"),
    Index(None, "received_at"),
)

# One row a token that was used, until it expires.
used_token = Table(
    "used_token",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("expires", BigInteger, nullable=False),  # seconds since 1970-01-01 UTC
    Index(None, "expires"),
)

# One row a call or an act of the operator; docs/reference/audit.md is the contract.
audit = Table(
    "audit",
    metadata,
    Column("sequence", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    _text("day"),  # UTC day of `at`, 2026-11-22
    _time("at"),
    _text("event"),  # hook, feedback, export, backup, retention, ...
    _text("issuer"),
    _text("tenant"),
    _text("hook_user"),  # pseudonym
    _text("patient"),  # pseudonym
    _text("hook_instance"),
    _text("service"),
    _text("outcome"),
    Column("status", Integer, nullable=False),  # HTTP status, 0 for acts of the operator
    _text("knowledge_version"),
    _text("sources"),  # JSON
    _text("cards"),  # JSON
    _text("details"),  # JSON
    Column("milliseconds", Integer, nullable=False),
    _text("previous_hash"),
    _text("hash"),
    Index(None, "day"),
)

# One row: the last link of the audit chain, so that lines cut off its end are missed.
audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, nullable=False),
    _text("hash"),
)

# Facts about this store: which key it belongs to, since when it knows the used tokens.
store_fact = Table(
    "store_fact",
    metadata,
    _text("name", primary_key=True),
    _text("value"),
)

# What the operator ordered about the key sets of the callers; every worker looks here now and then.
key_order = Table(
    "key_order",
    metadata,
    _text("issuer", primary_key=True),
    _text("kid", primary_key=True),  # the blocked key; "": fetch the whole set again
    _time("ordered_at"),
)

# One row a launch of the SMART app; what it holds can be read only with the operator's key.
smart_session = Table(
    "smart_session",
    metadata,
    Column("key", LargeBinary, primary_key=True),  # sha256 of the secret in the browser's cookie
    Column("sealed", LargeBinary, nullable=False),
    Column("used_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Index(None, "ends_at"),
)
