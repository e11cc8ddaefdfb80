"""Which cards stay away because the like of them was overridden a short while ago.

An overridden `info` card stays away for 14 days, a `warning` for 72 hours (`cards/alarms.yaml` has the
numbers), unless its fingerprint changes. A critical card never does, nor those `never_quiet` names. "Once
per encounter" (CLINICAL.md 3.9 in the specification) is the least, not the most: such a card is shown at
every call, because a call does not say whether its reader is the one who overrode it.
"""

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import Connection

from cds_service.knowledge.alarms import Alarms
from cds_service.store.shown import ShownCard, Whose, last_overridden

_MICROSECONDS = 1_000_000


class Split(msgspec.Struct, frozen=True):
    """The cards of a call, in their order: those that are shown, and those that stay away."""

    shown: tuple[ShownCard, ...]
    quiet: tuple[ShownCard, ...]


def suppress(cards: Sequence[ShownCard], overridden: Mapping[str, int], alarms: Alarms, now: int) -> Split:
    """Part the cards.

    `overridden` says when a card of each fingerprint was last overridden; it and `now` are microseconds
    since 1970-01-01 UTC.
    """

    def stays_away(card: ShownCard) -> bool:
        since = overridden.get(card.fingerprint)
        span = alarms.quiet_seconds(card.card, card.indicator) * _MICROSECONDS
        return since is not None and now - since < span

    quiet = tuple(card for card in cards if stays_away(card))
    return Split(tuple(card for card in cards if card not in quiet), quiet)


def recall(
    connection: Connection, whose: Whose, cards: Sequence[ShownCard], alarms: Alarms
) -> dict[str, int]:
    """What `suppress` must know of a patient: one query, and none where no card could stay away."""
    asked = [card.fingerprint for card in cards if alarms.quiet_seconds(card.card, card.indicator)]
    return last_overridden(connection, whose, asked) if asked else {}
