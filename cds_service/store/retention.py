"""Deleting what is older than the limits: in small batches, and told in the audit trail first."""

import time
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Table, delete, func, select, tuple_

from cds_service.settings import Database, KeepDays
from cds_service.store.address import Address
from cds_service.store.audit import MICROSECONDS, AuditLine, append
from cds_service.store.opening import working
from cds_service.store.replay import forget_expired
from cds_service.store.schema import audit, card_shown, feedback

BATCH = 1000
_DAY = 86_400
_PAUSE = 0.02  # s between two batches, in which the service writes


class Removed(msgspec.Struct, frozen=True):
    """How many rows were deleted."""

    audit: int
    feedback: int
    shown: int
    tokens: int


class _Plan(msgspec.Struct, frozen=True):
    """What will be deleted: audit lines through a sequence, rows older than moments (microseconds)."""

    through: int
    audit: int
    feedback: int
    shown: int
    feedback_before: int
    shown_before: int


def retain(database: Database, now: int, by: str) -> Removed:
    """Delete what is older than `database.keep_days`; `now` is in seconds since 1970.

    The first thing written is the audit line: killed on the way, the job has told what it was doing, and
    the next run completes it. `by` says who ran it. Raises `StoreError`.
    """
    with working(Address(database.url)) as engine:
        removed = _retain(engine, database.keep_days, now, by)
        if engine.dialect.name == "sqlite":
            _empty_log(engine)
    return removed


def _empty_log(engine: Engine) -> None:
    """Bring the write-ahead log into the file and cut it, unless somebody reads just now."""
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


def _retain(engine: Engine, keep: KeepDays, now: int, by: str) -> Removed:
    with engine.begin() as connection:
        plan = _plan(connection, keep, now)
        append(connection, AuditLine(event="retention", outcome="deleted", details=_told(plan, by)))
    return Removed(
        audit=_delete(engine, audit, audit.c.sequence <= plan.through),
        feedback=_delete(engine, feedback, feedback.c.received_at < plan.feedback_before),
        shown=_delete(engine, card_shown, card_shown.c.shown_at < plan.shown_before),
        tokens=_forget_tokens(engine, now),
    )


def _told(plan: _Plan, by: str) -> Mapping[str, Any]:
    return {
        "by": by,
        "through": plan.through,
        "audit": plan.audit,
        "feedback": plan.feedback,
        "shown": plan.shown,
    }


def _plan(connection: Connection, keep: KeepDays, now: int) -> _Plan:
    feedback_before = (now - keep.feedback * _DAY) * MICROSECONDS
    shown_before = (now - keep.shown * _DAY) * MICROSECONDS
    through = _last_old_line(connection, (now - keep.audit * _DAY) * MICROSECONDS)
    return _Plan(
        through=through,
        audit=_count(connection, audit, audit.c.sequence <= through),
        feedback=_count(connection, feedback, feedback.c.received_at < feedback_before),
        shown=_count(connection, card_shown, card_shown.c.shown_at < shown_before),
        feedback_before=feedback_before,
        shown_before=shown_before,
    )


def _last_old_line(connection: Connection, before: int) -> int:
    """The end of the old beginning of the chain: no line up to it is young, whatever the clocks said."""
    young = select(audit.c.sequence).where(audit.c.at >= before).order_by(audit.c.sequence).limit(1)
    first_young = connection.scalar(young)
    last = connection.scalar(select(func.max(audit.c.sequence))) or 0
    return last if first_young is None else first_young - 1


def _count(connection: Connection, table: Table, which: Any) -> int:
    return connection.scalar(select(func.count()).select_from(table).where(which)) or 0


def _delete(engine: Engine, table: Table, which: Any) -> int:
    key = tuple_(*table.primary_key.columns)
    old = select(*table.primary_key.columns).where(which).order_by(*table.primary_key.columns).limit(BATCH)
    return _repeat(engine, lambda connection: connection.execute(delete(table).where(key.in_(old))).rowcount)


def _forget_tokens(engine: Engine, now: int) -> int:
    return _repeat(engine, lambda connection: forget_expired(connection, now))


def _repeat(engine: Engine, work: Any) -> int:
    """Run `work` in transactions of its own until it finds nothing more to delete."""
    total = 0
    while True:
        with engine.begin() as connection:
            deleted: int = work(connection)
        total += deleted
        if deleted < BATCH:
            return total
        time.sleep(_PAUSE)
