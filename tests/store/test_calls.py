"""A hook call in the store: its audit line and its cards, with nobody's identifier in them."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from cds_service.settings import Database
from cds_service.store import CallRecord, Store, migrate_store, open_store
from cds_service.store.chain import verify
from cds_service.store.schema import audit, card_shown, metadata
from tests.support.calls import hook_call, shown_card


def only_row(store: Store, table: Any) -> dict[str, Any]:
    with store.reading() as connection:
        return dict(connection.execute(select(table)).mappings().one())


def test_the_line_holds_what_the_contract_says(any_store: Store) -> None:
    card = shown_card("u-1")
    quiet = shown_card("u-2", card="ls-vitamin-d")
    any_store.record_call(
        hook_call(cards=(card,), quiet=(quiet,), at=1_795_341_600_000_000, hook_instance="h-1")
    )
    row = only_row(any_store, audit)
    assert {name: row[name] for name in ("sequence", "day", "at", "event", "issuer", "tenant")} == {
        "sequence": 1,
        "day": "2026-11-22",
        "at": 1_795_341_600_000_000,
        "event": "hook",
        "issuer": "north",
        "tenant": "ward",
    }
    assert (row["hook_instance"], row["service"], row["outcome"]) == ("h-1", "leg-soreness", "cards")
    assert (row["status"], row["milliseconds"], row["knowledge_version"]) == (200, 12, "2026.11")
    assert json.loads(row["sources"])[1] == {"key": "labs", "came": "fhir-server", "resources": 12}
    told = {"uuid": "u-1", "card": "ls-causes", "rule": "ls-causes", "version": "1.0.0", "indicator": "info"}
    assert json.loads(row["cards"]) == [told]
    assert [entry["uuid"] for entry in json.loads(row["details"])["quiet"]] == ["u-2"]


def test_people_are_pseudonyms_everywhere(any_store: Store) -> None:
    any_store.record_call(hook_call())
    with any_store.reading() as connection:
        whole = str([connection.execute(select(table)).all() for table in metadata.sorted_tables])
    assert "HTEST" not in whole
    line, card = only_row(any_store, audit), only_row(any_store, card_shown)
    assert (
        line["patient"] == card["patient"] == any_store.pseudonyms.name("patient", "north", "ward", "HTEST-1")
    )
    assert len({line["patient"], line["hook_user"], card["encounter"]}) == 3


def test_plain_identifiers_where_configured(empty_database: Database) -> None:
    plain = Database(url=empty_database.url, patient_identifiers="plain")
    migrate_store(plain)
    store = open_store(plain)
    store.record_call(hook_call())
    assert only_row(store, audit)["patient"] == "HTEST-1"
    store.close()


def test_a_call_repeated_shows_its_cards_once(any_store: Store) -> None:
    call = hook_call()
    for _ in range(2):
        any_store.record_call(call)
    with any_store.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(card_shown)) == 1
        assert connection.scalar(select(func.count()).select_from(audit)) == 2


def test_a_uuid_of_another_tenant_is_another_card(any_store: Store) -> None:
    card = shown_card("same")
    for tenant in ("ward", "clinic"):
        any_store.record_call(hook_call(tenant=tenant, cards=(card,)))
    with any_store.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(card_shown)) == 2


def test_readers_cannot_write(any_store: Store) -> None:
    any_store.record_call(hook_call())
    with (
        pytest.raises(Exception, match=r"read-?only|readonly|not available"),
        any_store.reading() as connection,
    ):
        connection.execute(text("DELETE FROM audit"))
    assert only_row(any_store, audit)["sequence"] == 1


anything = st.text(st.characters(min_codepoint=0, max_codepoint=0x10FFFF, categories=None), max_size=40)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(anything, min_size=8, max_size=8))
def test_any_text_can_be_stored(any_store: Store, texts: list[str]) -> None:
    tenant, user, patient, encounter, instance, version, code, fingerprint = texts
    card = shown_card(card=code, fingerprint=fingerprint)
    any_store.record_call(
        CallRecord(
            issuer="north",
            service="leg-soreness",
            outcome="cards",
            status=200,
            tenant=tenant,
            user=user,
            patient=patient,
            encounter=encounter,
            hook_instance=instance,
            knowledge_version=version,
            cards=(card,),
        )
    )
    with any_store.reading() as connection:
        assert verify(connection).broken is None


def test_nul_and_lone_surrogates_are_replaced(any_store: Store) -> None:
    odd = "a\x00b\ud800c"
    card = shown_card(card=odd, rule=odd, rule_version=odd)
    whole = {"service": odd, "tenant": odd, "outcome": odd, "user": odd, "patient": odd, "encounter": odd}
    any_store.record_call(hook_call(**whole, hook_instance=odd, cards=(card,), quiet=(card,)))
    row = only_row(any_store, audit)
    assert row["hook_instance"] == row["tenant"] == "a\ufffdb\ufffdc"
    assert only_row(any_store, card_shown)["card"] == "a\ufffdb\ufffdc"
    with any_store.reading() as connection:
        assert verify(connection).broken is None
