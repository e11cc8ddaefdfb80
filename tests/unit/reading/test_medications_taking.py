"""Medication records -> whether the medicine is taken today."""

import pytest

from cds_service.chart import Taking
from cds_service.reading.medications import read_medications
from tests.unit.reading.medication_records import (
    DRUGS,
    LIMITS,
    NOW,
    Json,
    administration,
    dispense,
    one_exposure,
    order,
    pairs,
    period,
    read,
    statement,
)


@pytest.mark.parametrize(
    ("record", "taking"),
    [
        (order(), Taking.NOW),
        (order(status="active "), Taking.NOW),
        (order(intent="instance-order"), Taking.NOW),
        (order(intent=None), Taking.NOW),
        (order(0), Taking.NOW),
        (order(-1), Taking.NEVER),
        (order(authoredOn="2026-11-22T12:05:00Z"), Taking.NOW),
        (order(authoredOn="2026-11-22T12:06:00Z"), Taking.NEVER),
        (order(intent="proposal"), Taking.NEVER),
        (order(intent="plan"), Taking.NEVER),
        (order(intent="option"), Taking.NEVER),
        (order(doNotPerform=True), Taking.NEVER),
        (order(status="stopped"), Taking.ENDED),
        (order(status="completed"), Taking.ENDED),
        (order(status="on-hold"), Taking.ENDED),
        (order(status="cancelled"), Taking.NEVER),
        (order(status="draft"), Taking.NEVER),
        (order(status="unknown"), Taking.NEVER),
        (order(status=None), Taking.NEVER),
        (order(status="Xactive"), Taking.NEVER),
        (order(99, dispenseRequest={"validityPeriod": period(30)}), Taking.NOW),
        (order(99, dispenseRequest={"validityPeriod": period(31)}), Taking.ENDED),
        (order(99, dosageInstruction=[{"timing": {"repeat": {"boundsPeriod": period(31)}}}]), Taking.ENDED),
        (order(99, dosageInstruction=[{"timing": {"repeat": {"boundsPeriod": period(30)}}}]), Taking.NOW),
        (
            order(5, dosageInstruction=[{"timing": {"repeat": {"boundsPeriod": period(None, -3)}}}]),
            Taking.NEVER,
        ),
        (statement(), Taking.NOW),
        (statement(effectivePeriod=period(None, 40)), Taking.NOW),
        (statement(effectivePeriod=period(0, 40)), Taking.NOW),
        (statement(effectivePeriod=period(1, 40)), Taking.ENDED),
        (statement(effectivePeriod=period(None, -1)), Taking.NEVER),
        (statement(effectiveDateTime="2026-03"), Taking.NOW),
        (statement("completed"), Taking.ENDED),
        (statement("stopped"), Taking.ENDED),
        (statement("on-hold"), Taking.ENDED),
        (statement("intended"), Taking.NEVER),
        (statement("not-taken"), Taking.NEVER),
        (statement("unknown"), Taking.NEVER),
        (dispense(20, 30), Taking.NOW),
        (dispense(7, 7), Taking.NOW),
        (dispense(8, 7), Taking.ENDED),
        (dispense(60, 60), Taking.NOW),
        (dispense(61, 60), Taking.ENDED),
        (dispense(30), Taking.NOW),
        (dispense(31), Taking.ENDED),
        (dispense(5, status="in-progress"), Taking.NOW),
        (dispense(5, status="cancelled"), Taking.NEVER),
        (dispense(5, status="preparation"), Taking.NEVER),
        (dispense(-5), Taking.NEVER),
        (administration(7), Taking.NOW),
        (administration(8), Taking.ENDED),
        (administration(5, "not-done"), Taking.NEVER),
        (administration(5, "in-progress"), Taking.NOW),
    ],
)
def test_whether_a_record_is_an_exposure(record: Json, taking: Taking) -> None:
    found = read(record)
    assert found.medicines[0].taking is taking
    assert [one.taking for one in found.exposures] == ([] if taking is Taking.NEVER else [taking])


@pytest.mark.parametrize(
    "record",
    [
        order(status="entered-in-error"),
        statement("entered-in-error"),
        dispense(1, status="entered-in-error"),
        administration(1, "entered-in-error"),
    ],
)
def test_what_was_entered_in_error_is_no_record(record: Json) -> None:
    assert read(record) == read()


def test_an_order_past_its_validity_ended_on_that_day() -> None:
    exposure = one_exposure(order(99, dispenseRequest={"validityPeriod": period(31)}))
    assert str(exposure.end) == "22 Oct 2026"


def test_a_stopped_order_without_dates_has_no_end() -> None:
    exposure = one_exposure(order(99, "stopped"))
    assert (exposure.taking, exposure.end) == (Taking.ENDED, None)


def test_an_end_that_is_still_ahead_tells_nothing_of_a_stopped_order() -> None:
    exposure = one_exposure(order(99, "stopped", dispenseRequest={"validityPeriod": period(-20)}))
    assert exposure.end is None


def test_an_unreadable_date_is_unknown_and_named() -> None:
    found = read(order(authoredOn="11/22/2026"))
    assert found.exposures[0].taking is Taking.NOW
    assert found.exposures[0].start is None
    assert [(one.ref, one.reason) for one in found.skipped] == [
        ("r/0", "authoredOn is no date; read as unknown")
    ]


def test_a_partial_date_stays_partial() -> None:
    assert str(one_exposure(order(authoredOn="2026-03")).start) == "Mar 2026"


def test_a_month_that_is_not_over_reaches_to_today() -> None:
    start = one_exposure(order(authoredOn="2026-11")).start
    assert start is not None
    assert start.last == NOW.toordinal()


# orders being written


@pytest.mark.parametrize("status", ["draft", "active", "unknown", None])
def test_a_draft_counts_from_today(status: str | None) -> None:
    (exposure,) = read(drafts=(order(None, status, intent="proposal"),)).exposures
    assert (exposure.taking, str(exposure.start)) == (Taking.NOW, "22 Nov 2026")


@pytest.mark.parametrize("draft", [order(status="entered-in-error"), order(doNotPerform=True)])
def test_a_draft_that_orders_nothing_is_no_exposure(draft: Json) -> None:
    assert read(drafts=(draft,)).exposures == ()


@pytest.mark.parametrize("status", ["cancelled", "stopped", "completed", "on-hold"])
def test_a_draft_that_ends_an_order_is_no_exposure(status: str) -> None:
    found = read(drafts=(order(status=status),))
    assert found.exposures == ()
    assert [(one.taking, one.note) for one in found.medicines] == [(Taking.NEVER, f"status {status}")]


def test_the_order_that_a_draft_ends_is_taken_until_today() -> None:
    running, ending = pairs((order(30),)), pairs((order(30, "stopped"),))
    (exposure,) = read_medications(running, {}.get, NOW, DRUGS, LIMITS, ending).exposures
    days = (str(exposure.start), str(exposure.end))
    assert (exposure.taking, days) == (Taking.ENDED, ("23 Oct 2026", "22 Nov 2026"))


def test_a_draft_without_a_medicine_is_skipped_and_named() -> None:
    found = read(drafts=(order(medicationCodeableConcept=None),))
    assert (found.medicines, found.exposures) == ((), ())
    assert [(one.ref, one.reason) for one in found.skipped] == [
        ("draft draft/0", "a draft order without a medicine")
    ]


def test_a_draft_of_a_medicine_already_taken_continues_the_course() -> None:
    (exposure,) = read(order(50), drafts=(order(None, "draft"),)).exposures
    assert (str(exposure.start), exposure.refs) == ("3 Oct 2026", ("draft/0", "r/0"))
