"""The audit trail: one line a call or act of the operator, each bound to the line before it by a hash.

docs/reference/audit.md is the contract of a line. A line is written inside the transaction that holds the
write lock of the store, so the chain is one chain whatever number of workers and nodes writes it.
"""

import hashlib
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, insert, literal_column, select, update

from cds_service.store.prepared import Prepared
from cds_service.store.records import CallRecord
from cds_service.store.schema import audit, audit_head
from cds_service.store.shown import ShownCard
from cds_service.store.text import storable_row

MICROSECONDS = 1_000_000
HEAD = 1  # the one row of audit_head
HASHED = [column.name for column in audit.columns if column.name != "hash"]

_AT_HEAD = audit_head.c.id == literal_column(str(HEAD))
_READ_HEAD = Prepared(select(audit_head.c.sequence, audit_head.c.hash).where(_AT_HEAD))
_MOVE_HEAD = Prepared(update(audit_head).where(_AT_HEAD), "sequence", "hash")
_ADD_LINE = Prepared(insert(audit))


class AuditLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line before it is bound into the chain. `user` and `patient` are stored as they stand here."""

    event: str  # hook, feedback, or an act of the operator: export, backup, retention, ...
    outcome: str
    at: int = 0  # microseconds since 1970; 0: now
    status: int = 0
    milliseconds: int = 0
    issuer: str = ""
    tenant: str = ""
    user: str = ""
    patient: str = ""
    hook_instance: str = ""
    service: str = ""
    knowledge_version: str = ""
    sources: Any = ()
    cards: Any = ()
    details: Mapping[str, Any] = {}


def microseconds_now() -> int:
    """The present moment as the store writes it."""
    return time.time_ns() // 1000


def utc_day(microseconds: int) -> str:
    """The UTC day of a moment, as 2026-11-22."""
    return datetime.fromtimestamp(microseconds // MICROSECONDS, UTC).date().isoformat()


def append(connection: Connection, line: AuditLine) -> int:
    """Bind a line to the end of the chain; returns its sequence. Only within a write transaction."""
    ((sequence, previous_hash),) = _READ_HEAD.run(connection, {})
    row = storable_row(_row(line))
    row |= {"sequence": sequence + 1, "previous_hash": previous_hash}
    row["hash"] = link(row)
    _ADD_LINE.run(connection, row)
    _MOVE_HEAD.run(connection, {"sequence": row["sequence"], "hash": row["hash"]})
    return int(row["sequence"])


def link(row: Mapping[str, Any] | RowMapping) -> str:
    """The hash of a line: SHA-256 of the JSON array of all its other members, in their order."""
    return hashlib.sha256(msgspec.json.encode([row[name] for name in HASHED])).hexdigest()


def _row(line: AuditLine) -> dict[str, Any]:
    at = line.at or microseconds_now()
    return {
        "day": utc_day(at),
        "at": at,
        "event": line.event,
        "issuer": line.issuer,
        "tenant": line.tenant,
        "hook_user": line.user,
        "patient": line.patient,
        "hook_instance": line.hook_instance,
        "service": line.service,
        "outcome": line.outcome,
        "status": line.status,
        "knowledge_version": line.knowledge_version,
        "sources": _json(line.sources),
        "cards": _json(line.cards),
        "details": _json(line.details),
        "milliseconds": line.milliseconds,
    }


def _json(value: Any) -> str:
    # msgspec's encoder raises on lone surrogates, which a record may hold
    return json.dumps(msgspec.to_builtins(value), ensure_ascii=False, separators=(",", ":"))


def _card(card: ShownCard) -> dict[str, str]:
    return {
        "uuid": card.uuid,
        "card": card.card,
        "rule": card.rule,
        "version": card.rule_version,
        "indicator": card.indicator,
    }


def call_line(call: CallRecord, user: str, patient: str) -> AuditLine:
    """The line of a hook call; `user` and `patient` are pseudonyms."""
    return AuditLine(
        event="hook",
        at=call.at,
        issuer=call.issuer,
        tenant=call.tenant,
        user=user,
        patient=patient,
        hook_instance=call.hook_instance,
        service=call.service,
        outcome=call.outcome,
        status=call.status,
        milliseconds=call.milliseconds,
        knowledge_version=call.knowledge_version,
        sources=call.sources,
        cards=[_card(card) for card in call.cards],
        details={"quiet": [_card(card) for card in call.quiet]} if call.quiet else {},
    )
