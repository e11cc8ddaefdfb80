"""Feedback is kept once, whole, and only for those whose card it is."""

import threading
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select

from cds_service.settings import Database
from cds_service.store import CallRecord, ShownCard, Store, open_store
from cds_service.store.feedback import Item, Receipt, Sender, record_feedback
from cds_service.store.schema import audit, feedback

NOW = 1_795_341_600_000_000  # 2026-11-22T10:00:00Z
SENDER = Sender("north", "ward", "leg-soreness")
UUID = "0b1e8d3c-6f5a-5e0d-9d57-0c1f5a8e7a11"
ITEM = Item(card=UUID, outcome="overridden", outcome_at=NOW, reason_code="already-known", comment="seen")


def show(store: Store, uuid: str = UUID, **call: Any) -> None:
    """A card shown to SENDER, or to whom `call` names."""
    card = ShownCard(
        uuid=uuid,
        card="ls-causes",
        rule="ls-causes",
        rule_version="1.0.0",
        knowledge_version="k",
        indicator="info",
        fingerprint="f",
    )
    whole = {"issuer": "north", "tenant": "ward", "service": "leg-soreness", "hook_instance": uuid} | call
    store.record_call(CallRecord(**whole, outcome="cards", status=200, patient="p1", cards=(card,)))


def send(store: Store, *items: Item, sender: Sender = SENDER, now: int = NOW) -> Receipt:
    return store.writer.submit(lambda connection: record_feedback(connection, sender, items, now))


def rows(store: Store) -> list[dict[str, Any]]:
    with store.reading() as connection:
        found = connection.execute(select(feedback).order_by(feedback.c.key)).mappings()
        return [dict(row) for row in found]


def test_an_item_is_stored_with_all_that_was_said(any_store: Store) -> None:
    show(any_store)
    receipt = send(any_store, msgspec.structs.replace(ITEM, accepted=("s2", "s1"), reason_system="urn:x"))
    assert [(kept.rule, kept.outcome, kept.reason_code) for kept in receipt.new] == [
        ("ls-causes", "overridden", "already-known")
    ]
    (row,) = rows(any_store)
    del row["key"]
    assert row == {
        "issuer": "north",
        "tenant": "ward",
        "service": "leg-soreness",
        "card_uuid": UUID,
        "outcome": "overridden",
        "reason_code": "already-known",
        "reason_system": "urn:x",
        "comment": "seen",
        "accepted": '["s2","s1"]',
        "outcome_at": NOW,
        "received_at": NOW,
        "known_card": True,
    }


def test_what_was_not_said_is_absent(any_store: Store) -> None:
    send(any_store, Item(card="c", outcome="overridden", outcome_at=NOW))
    (row,) = rows(any_store)
    assert [row[name] for name in ("reason_code", "reason_system", "comment", "accepted")] == [None] * 4


@pytest.mark.parametrize("card", [UUID, UUID.upper(), UUID.replace("-", "")])
def test_an_item_sent_again_is_stored_once(any_store: Store, card: str) -> None:
    assert send(any_store, ITEM).repeated == 0
    again = send(any_store, msgspec.structs.replace(ITEM, card=card), now=NOW + 5)
    assert (again.new, again.repeated) == ((), 1)
    (row,) = rows(any_store)
    assert row["received_at"] == NOW


def test_an_item_twice_in_one_batch_is_stored_once(any_store: Store) -> None:
    assert send(any_store, ITEM, ITEM).repeated == 1
    assert len(rows(any_store)) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"card": "other"},
        {"outcome": "accepted"},
        {"outcome_at": NOW + 1},
        {"accepted": ("s1",)},
        {"reason_code": "data-wrong"},
        {"reason_system": "urn:y"},
        {"comment": "seen."},
    ],
)
def test_any_difference_makes_another_item(any_store: Store, change: dict[str, Any]) -> None:
    send(any_store, ITEM, msgspec.structs.replace(ITEM, **change))
    assert len(rows(any_store)) == 2


def test_the_order_of_accepted_suggestions_makes_no_difference(any_store: Store) -> None:
    one, other = (
        Item(card="c", outcome="accepted", outcome_at=NOW, accepted=ids)
        for ids in (("a", "b"), ("b", "a", "b"))
    )
    send(any_store, one, other)
    assert len(rows(any_store)) == 1


@pytest.mark.parametrize(
    "sender",
    [
        Sender("south", "ward", "leg-soreness"),
        Sender("north", "clinic", "leg-soreness"),
        Sender("north", "ward", "leg-soreness-order-sign"),
    ],
)
def test_a_card_of_somebody_else_is_unknown(any_store: Store, sender: Sender) -> None:
    show(any_store)
    receipt = send(any_store, ITEM, sender=sender)
    assert receipt.unknown_cards == 1
    assert receipt.new[0].rule == ""
    (row,) = rows(any_store)
    assert row["known_card"] is False


def test_two_tenants_send_the_same_item(any_store: Store) -> None:
    send(any_store, ITEM)
    send(any_store, ITEM, sender=Sender("north", "clinic", "leg-soreness"))
    assert {row["tenant"] for row in rows(any_store)} == {"ward", "clinic"}


@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE feedback; --",
        "{{ 7*7 }}",
        "=1+1",
        "<script>",
        "%s %(x)s :x",
        "nul\x00here",
        "\U0001f9b5",
    ],
)
def test_a_comment_is_stored_inert(any_store: Store, text: str) -> None:
    send(any_store, msgspec.structs.replace(ITEM, comment=text))
    (row,) = rows(any_store)
    assert row["comment"] == text.replace("\x00", "\ufffd")


def test_times_of_any_year_are_kept(any_store: Store) -> None:
    first, last = -62_135_596_800_000_000, 253_402_300_799_999_999
    send(any_store, *(msgspec.structs.replace(ITEM, outcome_at=at) for at in (first, last)))
    assert sorted(row["outcome_at"] for row in rows(any_store)) == [first, last]


def test_a_batch_that_fails_leaves_nothing(any_store: Store) -> None:
    broken = msgspec.structs.replace(ITEM, card="c2", outcome_at=1 << 70)
    with pytest.raises(Exception, match=r"(?i)range|large"):
        send(any_store, ITEM, broken)
    assert rows(any_store) == []


def test_every_batch_leaves_an_audit_line_without_comments(any_store: Store) -> None:
    send(any_store, ITEM)
    send(any_store, ITEM)
    with any_store.reading() as connection:
        lines = connection.execute(select(audit).where(audit.c.event == "feedback")).all()
    assert [msgspec.json.decode(line.details) for line in lines] == [
        {"items": 1, "repeated": 0, "unknownCards": 1},
        {"items": 1, "repeated": 1, "unknownCards": 0},
    ]
    assert all(UUID in line.cards and "seen" not in str(line) for line in lines)


def test_many_senders_at_once_lose_nothing(any_store: Store) -> None:
    """Ten threads send overlapping batches of thirty items, in different orders."""
    items = [msgspec.structs.replace(ITEM, card=f"c{number}") for number in range(30)]
    receipts: list[Receipt] = []

    def batches(thread: int) -> Iterator[list[Item]]:
        for start in range(0, 30, 5):
            batch = items[start : start + 5]
            yield batch[::-1] if thread % 2 else batch

    def run(thread: int) -> None:
        receipts.extend(send(any_store, *batch) for batch in batches(thread))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(len(receipt.new) for receipt in receipts) == 30
    with any_store.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(feedback)) == 30


def test_the_same_item_from_two_workers_at_one_instant_is_one_row(
    any_store: Store, database: Database
) -> None:
    other = open_store(database)
    start = threading.Barrier(2)
    receipts: list[Receipt] = []

    def run(store: Store) -> None:
        start.wait()
        receipts.extend(send(store, ITEM) for _ in range(20))

    threads = [threading.Thread(target=run, args=(store,)) for store in (any_store, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert sum(len(receipt.new) for receipt in receipts) == 1
    assert len(rows(any_store)) == 1
