"""Cards shown and answered, for the tests of reports."""

from typing import Any

import msgspec
from sqlalchemy import Connection

from cds_service.store import CallRecord, ShownCard, Store
from cds_service.store.calls import record_call
from cds_service.store.feedback import Item, Sender, record_feedback

NOW = 1_795_341_600_000_000  # 2026-11-22T10:00:00Z
SECOND = 1_000_000
DAY = 86_400 * SECOND
SENDER = Sender("north", "ward", "leg-soreness")


def show(store: Store, *uuids: str, rule: str = "ls-causes", version: str = "1.0.0", **call: Any) -> None:
    """One call a card: shown to SENDER at NOW, or as `call` says."""
    calls = [_call(uuid, rule, version, call) for uuid in uuids]

    def work(connection: Connection) -> None:
        for made in calls:
            record_call(connection, made, store.pseudonyms)

    store.writer.submit(work)


def _call(uuid: str, rule: str, version: str, said: dict[str, Any]) -> CallRecord:
    card = ShownCard(
        uuid=uuid,
        card=rule,
        rule=rule,
        rule_version=version,
        knowledge_version="k",
        indicator="info",
        fingerprint="f",
    )
    whole = {"issuer": SENDER.issuer, "tenant": SENDER.tenant, "service": SENDER.service, "at": NOW}
    whole |= {"user": "Practitioner/d1", "patient": "p1", "hook_instance": f"h-{uuid}"} | said
    return CallRecord(**whole, outcome="cards", status=200, cards=(card,))


def answer(
    store: Store, *uuids: str, sender: Sender = SENDER, now: int = NOW + 60 * SECOND, **said: Any
) -> None:
    """Feedback on cards: overridden without a reason 20 s after NOW, or as `said`."""
    plain = Item(card="", outcome="overridden", outcome_at=NOW + 20 * SECOND)
    items = [msgspec.structs.replace(plain, card=uuid, **said) for uuid in uuids]
    store.writer.submit(lambda connection: record_feedback(connection, sender, items, now))


def accept(store: Store, *uuids: str, **said: Any) -> None:
    """A suggestion of each card was accepted."""
    answer(store, *uuids, outcome="accepted", accepted=("s1",), **said)


def numbered(count: int, start: int = 0) -> list[str]:
    """So many names of cards."""
    return [f"c{number}" for number in range(start, start + count)]
