"""The memory of cards shown: what a card is known by, and when the like of it was last overridden."""

import hashlib
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Text,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
)

from cds_service.chart import Chart
from cds_service.store.prepared import Prepared
from cds_service.store.schema import card_shown, feedback
from cds_service.store.text import storable_row

_EXTENSION = "example.leg-soreness"
_DIGITS = 16  # of the hash over what was missing


class ShownCard(msgspec.Struct, frozen=True, kw_only=True):
    """One card as the store keeps it: what it is about, never what it says."""

    uuid: str
    card: str  # ls-causes, ls-dvt, ...
    rule: str
    rule_version: str
    knowledge_version: str
    indicator: str
    fingerprint: str


def remember(card: Mapping[str, Any], missing: str = "") -> ShownCard:
    """What is kept of a card as `compose` made it.

    `missing` is `what_was_missing` of the call. A card that was overridden when all data were there says
    more when some are not, so that is part of what the store takes for its fingerprint.
    """
    rule = card["extension"][f"{_EXTENSION}.knowledge"]
    mark = card["extension"][f"{_EXTENSION}.fingerprint"]
    return ShownCard(
        uuid=card["uuid"],
        card=card["source"]["topic"]["code"],
        rule=rule["rule"],
        rule_version=rule["version"],
        knowledge_version=rule["knowledgeVersion"],
        indicator=card["indicator"],
        fingerprint=f"{mark}+{missing}" if missing else mark,
    )


def what_was_missing(chart: Chart) -> str:
    """A short hash over what was not supplied, not complete or not readable; empty when nothing was."""
    missing = [*chart.not_supplied, *chart.incomplete, *(skipped.ref for skipped in chart.skipped)]
    if chart.of_other_patients:
        missing.append(f"{chart.of_other_patients} of other patients")
    if not missing:
        return ""
    return hashlib.sha256("\x1f".join(sorted(missing)).encode("utf-8", "replace")).hexdigest()[:_DIGITS]


class Whose(msgspec.Struct, frozen=True):
    """A patient of one tenant of one issuer; `patient` as the store keeps it, so a pseudonym."""

    issuer: str
    tenant: str
    patient: str


def answers_card(cards: FromClause) -> ColumnElement[bool]:
    """Whether feedback is about a card: one of the same issuer, tenant and service."""
    return and_(
        feedback.c.issuer == cards.c.issuer,
        feedback.c.tenant == cards.c.tenant,
        feedback.c.service == cards.c.service,
        feedback.c.card_uuid == cards.c.uuid,
    )


@lru_cache(maxsize=16)
def _last_overridden(fingerprints: int) -> Prepared:
    """The question about so many fingerprints, which are bound as f0, f1, ...

    A subquery, not a join: without statistics SQLite would join all feedback of the tenant first.
    """
    said, received = feedback.c.outcome_at, feedback.c.received_at
    overridden_at = (
        select(func.max(case((said < received, said), else_=received)))
        .where(answers_card(card_shown), feedback.c.outcome == literal_column("'overridden'"))
        .correlate(card_shown)
        .scalar_subquery()
    )
    asked = [bindparam(f"f{number}", type_=Text()) for number in range(fingerprints)]
    return Prepared(
        select(card_shown.c.fingerprint, func.max(overridden_at).label("at"))
        .where(
            card_shown.c.issuer == bindparam("issuer"),
            card_shown.c.tenant == bindparam("tenant"),
            card_shown.c.patient == bindparam("patient"),
            or_(*(card_shown.c.fingerprint == one for one in asked)),
        )
        .group_by(card_shown.c.fingerprint)
    )


def last_overridden(connection: Connection, whose: Whose, fingerprints: Collection[str]) -> dict[str, int]:
    """When a card of each fingerprint was last overridden, in microseconds since 1970-01-01 UTC.

    An override counts from the time the EHR says, but never from a time after its receipt.
    """
    if not fingerprints:
        return {}
    asked = msgspec.structs.asdict(whose) | {f"f{number}": one for number, one in enumerate(fingerprints)}
    found = _last_overridden(len(fingerprints)).run(connection, storable_row(asked))
    return {fingerprint: at for fingerprint, at in found if at is not None}
