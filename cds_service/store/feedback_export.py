"""Feedback item by item, in the members that 45 CFR 170.315(b)(11) asks of an export."""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, Subquery, and_, func, select

from cds_service.store.schema import audit, card_shown, feedback
from cds_service.store.shown import answers_card

_AT_ONCE = 500  # rows held in memory
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ExportRow(msgspec.Struct, frozen=True, kw_only=True):
    """One feedback item: what was advised, what was done, what was said, by whom, when, where.

    The intervention and the user are empty where the card is not known, or no longer kept.
    """

    intervention: str  # the rule
    version: str
    indicator: str
    action: str  # accepted, overridden
    accepted_suggestions: list[str]
    feedback: str  # code of the override reason
    feedback_system: str
    comment: str
    user: str  # pseudonym
    date: str  # UTC, as the EHR says
    location: str  # tenant
    issuer: str
    service: str
    card: str  # card.uuid


def export_feedback(
    connection: Connection, since: int = 0, *, comments: bool = False
) -> Generator[ExportRow]:
    """The items received at `since` (microseconds since 1970-01-01 UTC) or later, in that order.

    Without `comments` that member stays empty: it may hold patient data.
    """
    rows = connection.execution_options(yield_per=_AT_ONCE).execute(_items(since))
    for row in rows.mappings():
        yield ExportRow(
            intervention=row["rule"] or "",
            version=row["rule_version"] or "",
            indicator=row["indicator"] or "",
            action=row["outcome"],
            accepted_suggestions=msgspec.json.decode(row["accepted"] or "[]", type=list[str]),
            feedback=row["reason_code"] or "",
            feedback_system=row["reason_system"] or "",
            comment=(row["comment"] or "") if comments else "",
            user=row["hook_user"] or "",
            date=_written(row["outcome_at"] if row["outcome_at"] is not None else row["received_at"]),
            location=row["tenant"],
            issuer=row["issuer"],
            service=row["service"],
            card=row["card_uuid"],
        )


def _items(since: int) -> Select[Any]:
    users = _users()
    same_call = and_(
        *(users.c[name] == card_shown.c[name] for name in ("issuer", "tenant", "service", "hook_instance"))
    )
    shown = (card_shown.c.rule, card_shown.c.rule_version, card_shown.c.indicator)
    return (
        select(*feedback.c, *shown, users.c.hook_user)
        .join_from(feedback, card_shown, answers_card(card_shown), isouter=True)
        .join(users, same_call, isouter=True)
        .where(feedback.c.received_at >= since)
        .order_by(feedback.c.received_at, feedback.c.key)
    )


def _users() -> Subquery:
    """Who made each call; a call that was repeated counts once."""
    call = (audit.c.issuer, audit.c.tenant, audit.c.service, audit.c.hook_instance)
    return (
        select(*call, func.min(audit.c.hook_user).label("hook_user"))
        .where(audit.c.event == "hook")
        .group_by(*call)
        .subquery()
    )


def _written(microseconds: int) -> str:
    return (_EPOCH + timedelta(microseconds=microseconds)).isoformat()
