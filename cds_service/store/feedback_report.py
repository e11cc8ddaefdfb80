"""What became of the cards shown, by rule and version."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, Subquery, case, func, select

from cds_service.knowledge.alarms import RuleReview
from cds_service.store.schema import card_shown, feedback
from cds_service.store.shown import answers_card

NO_REASON = "no reason given"
_MICROSECONDS = 1_000_000
_Rule = tuple[str, str]  # rule, version
_ANSWERED_AT = func.coalesce(feedback.c.outcome_at, feedback.c.received_at)


class RuleReport(msgspec.Struct, frozen=True, kw_only=True):
    """One version of one rule. `shown` is the sum of accepted, overridden and never answered.

    A card of which a suggestion was accepted counts as accepted, even if it was overridden too.
    """

    rule: str
    version: str
    shown: int
    accepted: int
    overridden: int
    overridden_by_reason: dict[str, int]  # by code; a card can have several reasons
    never_answered: int
    override_percent: float  # of the cards shown
    median_seconds_to_answer: int | None
    flags: list[str]


class Comment(msgspec.Struct, frozen=True):
    """What a user wrote about a card. It may hold patient data."""

    rule: str
    version: str
    reason: str
    comment: str


class FeedbackReport(msgspec.Struct, frozen=True, kw_only=True):
    """All rules that showed a card."""

    rules: list[RuleReport]
    items_about_unknown_cards: int
    comments: list[Comment] | None  # None: not asked for


def report_feedback(
    connection: Connection, review: RuleReview, since: int = 0, *, comments: bool = False
) -> FeedbackReport:
    """Count the cards shown at `since` or later, and what was answered to them.

    `since` is in microseconds since 1970-01-01 UTC.
    """
    reasons = _count_reasons(connection, since)
    seconds = _median_seconds(connection, since)
    rules = [
        _report((rule, version), counts, reasons[rule, version], seconds.get((rule, version)), review)
        for rule, version, *counts in connection.execute(_count_cards(since))
    ]
    return FeedbackReport(
        rules=rules,
        items_about_unknown_cards=_count_unknown(connection, since),
        comments=list(_comments(connection, since)) if comments else None,
    )


def _report(
    key: _Rule, counts: list[int], reasons: dict[str, int], seconds: int | None, review: RuleReview
) -> RuleReport:
    shown, accepted, overridden = counts
    return RuleReport(
        rule=key[0],
        version=key[1],
        shown=shown,
        accepted=accepted,
        overridden=overridden,
        overridden_by_reason=reasons,
        never_answered=shown - accepted - overridden,
        override_percent=round(100 * overridden / shown, 1),
        median_seconds_to_answer=seconds,
        flags=list(_flags(shown, accepted, overridden, review)),
    )


def _flags(shown: int, accepted: int, overridden: int, review: RuleReview) -> Iterator[str]:
    limit = review.overridden_above_percent
    if shown >= review.after_shown and 100 * overridden > limit * shown:
        yield f"more than {limit} % overridden"
    if shown >= review.never_accepted_after_shown and not accepted:
        yield f"never accepted in {shown} shows"


def answered_cards(since: int) -> Subquery:
    """The cards shown, one row each, with what was answered to them: 1 or 0."""
    key = (*card_shown.primary_key, card_shown.c.service, card_shown.c.rule, card_shown.c.rule_version)
    return (
        select(
            *(*key, card_shown.c.shown_at),
            func.max(case((feedback.c.outcome == "accepted", 1), else_=0)).label("accepted"),
            func.max(case((feedback.c.outcome == "overridden", 1), else_=0)).label("overridden"),
            func.min(_ANSWERED_AT).label("answered_at"),
        )
        .join_from(card_shown, feedback, answers_card(card_shown), isouter=True)
        .where(card_shown.c.shown_at >= since)
        .group_by(*key, card_shown.c.shown_at)
        .subquery()
    )


def _count_cards(since: int) -> Select[Any]:
    cards = answered_cards(since)
    key = (cards.c.rule, cards.c.rule_version)
    overridden = case((cards.c.accepted == 0, cards.c.overridden), else_=0)
    counts = (func.count(), func.sum(cards.c.accepted), func.sum(overridden))
    return select(*key, *counts).group_by(*key).order_by(*key)


def _count_reasons(connection: Connection, since: int) -> defaultdict[_Rule, dict[str, int]]:
    """How many cards were overridden for each reason, the most frequent first."""
    cards = answered_cards(since)
    each = (
        select(*cards.c, func.coalesce(feedback.c.reason_code, NO_REASON).label("reason"))
        .join_from(cards, feedback, answers_card(cards))
        .where(feedback.c.outcome == "overridden", cards.c.accepted == 0)
        .distinct()
        .subquery()
    )
    key = (each.c.rule, each.c.rule_version, each.c.reason)
    query = select(*key, func.count()).group_by(*key)
    counted: defaultdict[_Rule, dict[str, int]] = defaultdict(dict)
    for rule, version, reason, count in sorted(connection.execute(query), key=lambda row: (-row[3], row[2])):
        counted[rule, version][reason] = count
    return counted


def _median_seconds(connection: Connection, since: int) -> dict[_Rule, int]:
    """From showing a card to its first answer; the clocks are two, so never less than 0."""
    cards = answered_cards(since)
    key = (cards.c.rule, cards.c.rule_version)
    took = cards.c.answered_at - cards.c.shown_at
    ranked = (
        select(
            *key,
            took.label("took"),
            func.row_number().over(partition_by=key, order_by=took).label("place"),
            func.count().over(partition_by=key).label("places"),
        )
        .where(cards.c.answered_at.is_not(None))
        .subquery()
    )
    middle = select(ranked.c.rule, ranked.c.rule_version, ranked.c.took).where(
        ranked.c.place == (ranked.c.places + 1) // 2
    )
    return {
        (rule, version): max(0, took) // _MICROSECONDS for rule, version, took in connection.execute(middle)
    }


def _count_unknown(connection: Connection, since: int) -> int:
    query = select(func.count()).where(feedback.c.known_card.is_(False), feedback.c.received_at >= since)
    return connection.scalar(query) or 0


def _comments(connection: Connection, since: int) -> Iterator[Comment]:
    query = (
        select(
            card_shown.c.rule,
            card_shown.c.rule_version,
            func.coalesce(feedback.c.reason_code, ""),
            feedback.c.comment,
        )
        .join_from(card_shown, feedback, answers_card(card_shown))
        .where(card_shown.c.shown_at >= since, feedback.c.comment.is_not(None))
        .order_by(card_shown.c.rule, card_shown.c.rule_version, feedback.c.received_at, feedback.c.key)
    )
    for row in connection.execute(query):
        yield Comment(*row)
