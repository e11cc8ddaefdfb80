"""Cards that stay away because the like of them was overridden a short while ago."""

import time
from collections.abc import Sequence
from typing import Any

import msgspec

from cds_service.chart import Chart
from cds_service.ehr.callers import Caller
from cds_service.knowledge.alarms import Alarms
from cds_service.store import ShownCard, Store, StoreUnavailableError
from cds_service.store.audit import microseconds_now
from cds_service.store.shown import Whose, remember, what_was_missing
from cds_service.store.snooze import Split, recall, suppress
from cds_service.web.log import log_event

_PAUSE = 5.0  # s without asking after the store did not answer

Card = dict[str, Any]


class Kept(msgspec.Struct, frozen=True):
    """The cards to send, and what is recorded of those and of the others."""

    cards: list[Card]
    split: Split


class Memory:
    """Asks the store which cards stay away; while it is down every card is sent."""

    def __init__(self, store: Store, alarms: Alarms, *, snooze: bool) -> None:
        self._store = store
        self._alarms = alarms
        self._snooze = snooze
        self._asked_again_at = 0.0  # of the monotonic clock

    def keep(self, cards: Sequence[Card], chart: Chart, caller: Caller) -> Kept:
        """Part the cards of a call into those that are sent and those that stay away."""
        if not cards:
            return Kept([], Split((), ()))
        missing = what_was_missing(chart)
        shown = [remember(card, missing) for card in cards]
        split = suppress(shown, self._overridden(shown, chart, caller), self._alarms, microseconds_now())
        sent = {card.uuid for card in split.shown}
        return Kept([card for card in cards if card["uuid"] in sent], split)

    def _overridden(self, shown: Sequence[ShownCard], chart: Chart, caller: Caller) -> dict[str, int]:
        if not self._snooze or time.monotonic() < self._asked_again_at:
            return {}
        store = self._store
        patient = store.pseudonyms.name("patient", caller.name, caller.tenant, chart.patient_id)
        try:
            with store.reading() as connection:
                return recall(connection, Whose(caller.name, caller.tenant, patient), shown, self._alarms)
        except StoreUnavailableError as error:
            self._asked_again_at = time.monotonic() + _PAUSE
            log_event("memory does not answer", reason=error.reason)
            return {}
