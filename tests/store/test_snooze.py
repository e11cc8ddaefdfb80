"""What the store remembers of overridden cards, and of whom."""

from typing import Any

import pytest
from sqlalchemy import event

from cds_service.chart import Chart, Details, Later, Skipped, Soreness
from cds_service.knowledge.alarms import Alarms, load_alarms
from cds_service.knowledge.files import cards_dir
from cds_service.settings import Database
from cds_service.store import CallRecord, Store, migrate_store, open_store
from cds_service.store.feedback import Item, Sender, record_feedback
from cds_service.store.shown import Whose, remember, what_was_missing
from cds_service.store.snooze import Split, recall, suppress
from cds_service.when import When

NOW = 1_795_341_600_000_000  # 2026-11-22T10:00:00Z
DAY = 86_400_000_000
WHOSE = Whose("north", "ward", "p1")
SERVICE = "leg-soreness"


@pytest.fixture(scope="module")
def alarms() -> Alarms:
    return load_alarms(cards_dir(), {"ls-warning-signs", "ls-notice"})


def wire(
    card: str = "ls-causes", indicator: str = "info", fingerprint: str = "f1", uuid: str = "u1"
) -> dict[str, Any]:
    """A card as `compose` makes it, as far as the memory reads it."""
    knowledge = {"rule": card, "version": "1.0.0", "knowledgeVersion": "k"}
    return {
        "uuid": uuid,
        "indicator": indicator,
        "source": {"label": "l", "topic": {"system": "s", "code": card}},
        "extension": {
            "example.leg-soreness.fingerprint": fingerprint,
            "example.leg-soreness.knowledge": knowledge,
        },
    }


def chart(*, skipped: tuple[Skipped, ...] = (), **missing: Any) -> Chart:
    today = When.parse("2026-11-22")
    assert today
    return Chart(
        patient_id="p1",
        today=today,
        age=60,
        sex="female",
        deceased=False,
        pregnant=False,
        pregnancy_ref="",
        soreness=Soreness(reported=True),
        details=Later(lambda: Details(skipped=skipped)),
        **missing,
    )


def show(
    store: Store, card: dict[str, Any], whose: Whose = WHOSE, missing: str = "", service: str = SERVICE
) -> None:
    call = CallRecord(
        issuer=whose.issuer,
        tenant=whose.tenant,
        patient=whose.patient,
        service=service,
        outcome="cards",
        status=200,
        at=NOW - 30 * DAY,
        hook_instance=card["uuid"],
        cards=(remember(card, missing),),
    )
    store.record_call(call)


def override(
    store: Store, at: int = NOW, *, now: int = NOW, outcome: str = "overridden", service: str = SERVICE
) -> None:
    sender = Sender(WHOSE.issuer, WHOSE.tenant, service)
    items = [Item(card="u1", outcome=outcome, outcome_at=at)]
    store.writer.submit(lambda connection: record_feedback(connection, sender, items, now))


def call_again(
    store: Store,
    alarms: Alarms,
    *cards: dict[str, Any],
    whose: Whose = WHOSE,
    now: int = NOW,
    missing: str = "",
) -> Split:
    """What a later call shows and keeps quiet."""
    remembered = [remember(card, missing) for card in cards or [wire(uuid="u2")]]
    with store.reading() as connection:
        overridden = recall(connection, stored(store, whose), remembered, alarms)
    return suppress(remembered, overridden, alarms, now)


def stored(store: Store, whose: Whose) -> Whose:
    """The patient as the store writes it."""
    name = store.pseudonyms.name("patient", whose.issuer, whose.tenant, whose.patient)
    return Whose(whose.issuer, whose.tenant, name)


def test_an_overridden_card_stays_away_at_the_next_call(any_store: Store, alarms: Alarms) -> None:
    show(any_store, wire())
    assert call_again(any_store, alarms).quiet == ()
    override(any_store)
    split = call_again(any_store, alarms, wire("ls-dvt", "critical", "d", "u3"), wire(uuid="u2"))
    assert [card.uuid for card in split.shown] == ["u3"]
    assert [card.uuid for card in split.quiet] == ["u2"]


@pytest.mark.parametrize(
    "whose",
    [Whose("north", "ward", "p2"), Whose("north", "clinic", "p1"), Whose("south", "ward", "p1")],
    ids=["patient", "tenant", "issuer"],
)
def test_nobody_else_is_affected(any_store: Store, alarms: Alarms, whose: Whose) -> None:
    show(any_store, wire())
    show(any_store, wire(uuid="u9"), whose)
    override(any_store)
    assert call_again(any_store, alarms, whose=whose).quiet == ()


def test_an_accepted_card_comes_back(any_store: Store, alarms: Alarms) -> None:
    show(any_store, wire())
    override(any_store, outcome="accepted")
    assert call_again(any_store, alarms).quiet == ()


def test_feedback_sent_to_another_service_silences_nothing(any_store: Store, alarms: Alarms) -> None:
    show(any_store, wire())
    override(any_store, service="leg-soreness-order-sign")
    assert call_again(any_store, alarms).quiet == ()


def test_a_card_overridden_in_one_service_stays_away_in_all(any_store: Store, alarms: Alarms) -> None:
    show(any_store, wire(), service="leg-soreness-encounter-start")
    override(any_store, service="leg-soreness-encounter-start")
    assert len(call_again(any_store, alarms).quiet) == 1


def test_the_last_override_counts(any_store: Store, alarms: Alarms) -> None:
    show(any_store, wire())
    override(any_store, NOW - 20 * DAY)
    assert call_again(any_store, alarms).quiet == ()
    override(any_store, NOW - DAY)
    assert len(call_again(any_store, alarms).quiet) == 1


def test_an_override_dated_in_the_future_counts_from_its_receipt(any_store: Store, alarms: Alarms) -> None:
    show(any_store, wire())
    override(any_store, NOW + 3650 * DAY, now=NOW)
    assert len(call_again(any_store, alarms, now=NOW + 14 * DAY - 1).quiet) == 1
    assert call_again(any_store, alarms, now=NOW + 14 * DAY).quiet == ()


@pytest.mark.parametrize(
    "missing",
    [
        {"not_supplied": frozenset({"labs"})},
        {"incomplete": ("labs: more pages exist",)},
        {"skipped": (Skipped("Observation/1", "has no date"),)},
        {"of_other_patients": 1},
    ],
)
def test_data_that_were_there_and_are_not_bring_a_card_back(
    any_store: Store, alarms: Alarms, missing: dict[str, Any]
) -> None:
    show(any_store, wire())
    override(any_store)
    assert call_again(any_store, alarms, missing=what_was_missing(chart(**missing))).quiet == ()


def test_what_was_missing_before_and_is_still_missing_is_not_said_again(
    any_store: Store, alarms: Alarms
) -> None:
    keys = {"vitals", "labs", "symptoms", "encounter"}
    gaps = [chart(not_supplied=frozenset(order), incomplete=("x",)) for order in (keys, sorted(keys))]
    show(any_store, wire(), missing=what_was_missing(gaps[0]))
    override(any_store)
    assert len(call_again(any_store, alarms, missing=what_was_missing(gaps[1])).quiet) == 1


def test_a_complete_chart_leaves_the_fingerprint_as_it_is() -> None:
    assert what_was_missing(chart()) == ""
    assert remember(wire(fingerprint="f7")).fingerprint == "f7"


def note_questions(store: Store) -> list[str]:
    """Every SELECT from now on: SQLite's as the driver runs it, PostgreSQL's as SQLAlchemy gives it out."""
    asked: list[str] = []

    def note(statement: str) -> None:
        if statement.startswith("SELECT"):
            asked.append(statement)

    if store.address.is_sqlite:
        event.listen(store.engine, "checkout", lambda driver, *_: driver.set_trace_callback(note))
    else:
        event.listen(store.engine, "before_cursor_execute", lambda *told: note(told[2]))
    return asked


def test_the_memory_is_one_question_and_none_where_no_card_could_stay_away(
    any_store: Store, alarms: Alarms
) -> None:
    asked = note_questions(any_store)
    call_again(any_store, alarms, wire("ls-dvt", "critical"), wire("ls-warning-signs", "warning", uuid="u3"))
    assert asked == []
    call_again(any_store, alarms, wire(), wire("ls-ddi", "warning", "f2", "u3"))
    assert len(asked) == 1


def test_the_memory_reads_only_the_cards_of_its_patient(sqlite_database: Database, alarms: Alarms) -> None:
    """Without statistics SQLite once read all feedback of the tenant."""
    migrate_store(sqlite_database)
    store = open_store(sqlite_database)
    asked = note_questions(store)
    call_again(store, alarms)
    (statement,) = asked
    with store.reading() as connection:
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")]
    store.close()
    assert plan[0].startswith("SEARCH card_shown USING INDEX ix_card_shown_issuer_tenant_patient ")
    assert not [step for step in plan if step.startswith("SCAN")]
    assert plan[-1].endswith("(issuer=? AND tenant=? AND card_uuid=?)")
