"""Feedback kept: each item once, however often it is sent."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from cds_service.store.audit import AuditLine, append
from cds_service.store.schema import card_shown, feedback

_INSERTS = {
    "sqlite": sqlite.insert(feedback).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(feedback).on_conflict_do_nothing(),
}
_UUID = re.compile(r"[0-9a-f]{8}(-?)(?:[0-9a-f]{4}\1){3}[0-9a-f]{12}", re.IGNORECASE)


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One thing a user did with one card; empty texts where nothing was said."""

    card: str  # card.uuid
    outcome: str  # accepted, overridden
    outcome_at: int  # microseconds since 1970-01-01 UTC, as the EHR says
    accepted: tuple[str, ...] = ()  # uuids of the suggestions that were accepted
    reason_code: str = ""
    reason_system: str = ""
    comment: str = ""


class Sender(msgspec.Struct, frozen=True):
    """Who sends feedback, and to which service."""

    issuer: str
    tenant: str
    service: str


class Kept(msgspec.Struct, frozen=True):
    """An item that was new; `rule` is empty where its card is not known."""

    rule: str
    outcome: str
    reason_code: str


class Receipt(msgspec.Struct, frozen=True):
    """What became of a batch."""

    new: tuple[Kept, ...]
    repeated: int
    unknown_cards: int


def record_feedback(connection: Connection, sender: Sender, items: Sequence[Item], now: int) -> Receipt:
    """Store the items that are not stored yet, and a line in the audit trail; all in one transaction.

    A card of another issuer, tenant or service is as unknown as one that never was. `now` is the time of
    receipt in microseconds since 1970-01-01 UTC.
    """
    receipt = _keep(connection, sender, items, now)
    counts = {"items": len(items), "repeated": receipt.repeated, "unknownCards": receipt.unknown_cards}
    line = AuditLine(
        event="feedback",
        outcome="stored",
        at=now,
        status=HTTPStatus.OK,
        issuer=sender.issuer,
        tenant=sender.tenant,
        service=sender.service,
        cards=[{"uuid": card} for card in sorted({_card_id(item) for item in items})],
        details=counts,
    )
    append(connection, line)
    return receipt


def _keep(connection: Connection, sender: Sender, items: Sequence[Item], now: int) -> Receipt:
    by_key = {_key(sender, item): item for item in items}
    stored = set(connection.scalars(select(feedback.c.key).where(feedback.c.key.in_(by_key))))
    new = {key: item for key, item in by_key.items() if key not in stored}
    rules = _rules(connection, sender, new.values())
    if new:
        rows = [_row(sender, key, item, rules, now) for key, item in new.items()]
        connection.execute(_INSERTS[connection.dialect.name], rows)
    kept = tuple(Kept(rules.get(_card_id(item), ""), item.outcome, item.reason_code) for item in new.values())
    return Receipt(kept, len(items) - len(new), sum(not item.rule for item in kept))


def _key(sender: Sender, item: Item) -> bytes:
    """The same for every way to write the same item."""
    whole = [
        *(sender.issuer, sender.tenant, sender.service, _card_id(item), item.outcome, item.outcome_at),
        *(sorted(set(item.accepted)), item.reason_code, item.reason_system, item.comment),
    ]
    return hashlib.sha256(msgspec.json.encode(whole)).digest()


def _card_id(item: Item) -> str:
    """A UUID as we write it, in small letters with dashes; any other text as it is."""
    if not _UUID.fullmatch(item.card):
        return item.card
    digits = item.card.replace("-", "").lower()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _rules(connection: Connection, sender: Sender, items: Iterable[Item]) -> dict[str, str]:
    """The rules behind the cards that were shown to this sender, by uuid."""
    query = select(card_shown.c.uuid, card_shown.c.rule).where(
        card_shown.c.issuer == sender.issuer,
        card_shown.c.tenant == sender.tenant,
        card_shown.c.service == sender.service,
        card_shown.c.uuid.in_({_card_id(item) for item in items}),
    )
    return {row.uuid: row.rule for row in connection.execute(query)}


def _row(sender: Sender, key: bytes, item: Item, rules: Mapping[str, str], now: int) -> dict[str, Any]:
    return {
        "key": key,
        "issuer": sender.issuer,
        "tenant": sender.tenant,
        "service": sender.service,
        "card_uuid": _card_id(item),
        "outcome": item.outcome,
        "reason_code": item.reason_code or None,
        "reason_system": item.reason_system or None,
        "comment": item.comment or None,
        "accepted": msgspec.json.encode(item.accepted).decode() if item.accepted else None,
        "outcome_at": item.outcome_at,
        "received_at": now,
        "known_card": _card_id(item) in rules,
    }
