"""The cards of each rule week by week: shown, accepted, overridden."""

from collections import defaultdict
from datetime import UTC, date, datetime

import msgspec
from sqlalchemy import Connection, case, func, select

from cds_service.store.feedback_report import answered_cards

WEEK_MICROSECONDS = 7 * 24 * 3600 * 1_000_000


class Week(msgspec.Struct, frozen=True):
    """Seven UTC days from `begins`; a card counts as accepted or as overridden, never as both."""

    begins: date
    shown: int
    accepted: int
    overridden: int


def count_by_week(connection: Connection, since: int) -> dict[str, list[Week]]:
    """By rule, the weeks in which it showed a card at `since` (microseconds since 1970) or later."""
    cards = answered_cards(since)
    week = (cards.c.shown_at // WEEK_MICROSECONDS).label("week")
    overridden = case((cards.c.accepted == 0, cards.c.overridden), else_=0)
    counts = (func.count(), func.sum(cards.c.accepted), func.sum(overridden))
    query = select(cards.c.rule, week, *counts).group_by(cards.c.rule, week).order_by(cards.c.rule, week)
    weeks: defaultdict[str, list[Week]] = defaultdict(list)
    for rule, number, *counted in connection.execute(query):
        begins = datetime.fromtimestamp(number * WEEK_MICROSECONDS / 1_000_000, UTC).date()
        weeks[rule].append(Week(begins, *counted))
    return dict(weeks)
