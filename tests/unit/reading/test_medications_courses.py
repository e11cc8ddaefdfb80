"""Records of one ingredient -> one course: start, end, dose changes, conflicts."""

from itertools import permutations

import pytest

from cds_service.chart import Taking
from tests.unit.reading.medication_records import (
    ATORVASTATIN_20,
    Json,
    administration,
    coded,
    day,
    dispense,
    one_exposure,
    order,
    period,
    read,
    read_named,
    statement,
    tablets,
)


def until(days_ago: int) -> Json:
    return {"validityPeriod": period(days_ago)}


def dosed(milligrams: float) -> list[Json]:
    repeat = {"frequency": 1, "period": 1, "periodUnit": "d"}
    dose = {"doseQuantity": {"value": milligrams, "unit": "mg"}}
    return [{"timing": {"repeat": repeat}, "doseAndRate": [dose]}]


@pytest.mark.parametrize(("gap", "start"), [(90, "16 Jan 2026"), (91, "15 Oct 2026")])
def test_a_gap_of_more_than_90_days_begins_a_new_course(gap: int, start: str) -> None:
    before = order(310, "completed", dispenseRequest=until(38 + gap))
    assert str(one_exposure(before, order(38)).start) == start


def test_an_order_without_an_end_runs_until_its_successor() -> None:
    assert str(one_exposure(order(700, "completed"), order(10)).start) == "22 Dec 2024"


def test_a_longer_order_covers_the_gap_between_others() -> None:
    long, short = (
        order(600, "completed", dispenseRequest=until(20)),
        order(590, "completed", dispenseRequest=until(580)),
    )
    assert str(one_exposure(long, short, order(10)).start) == "1 Apr 2025"


def test_a_statement_without_a_date_has_no_start() -> None:
    assert one_exposure(statement()).start is None


def test_the_period_of_a_statement_gives_the_start() -> None:
    assert str(one_exposure(statement(effectivePeriod=period(None, 40))).start) == "13 Oct 2026"


@pytest.mark.parametrize("said", [{"dateAsserted": day(300)}, {"effectiveDateTime": day(200)}])
def test_a_renewal_is_no_start_where_it_was_taken_before(said: Json) -> None:
    assert one_exposure(statement(**said), order(20)).start is None


def test_a_statement_made_after_the_first_order_moves_no_start() -> None:
    exposure = one_exposure(order(40), statement(dateAsserted=day(10)))
    assert str(exposure.start) == "13 Oct 2026"


def test_what_was_seen_taken_joins_two_orders_to_one_course() -> None:
    before = order(400, "completed", dispenseRequest=until(350))
    assert str(one_exposure(before, statement(dateAsserted=day(300)), order(20)).start) == "18 Oct 2025"


def test_a_course_that_was_over_before_moves_no_start() -> None:
    before = statement(dateAsserted=day(300), effectivePeriod=period(250))
    assert str(one_exposure(before, order(20)).start) == "2 Nov 2026"


def test_what_is_taken_now_without_a_date_has_no_start_from_an_ended_order() -> None:
    assert one_exposure(order(400, "stopped"), order(None)).start is None


def test_dose_increases_and_the_newest_dose() -> None:
    exposure = one_exposure(
        order(100, "completed", dosageInstruction=dosed(20)),
        order(60, "completed", dosageInstruction=dosed(10)),
        order(30, dosageInstruction=dosed(40)),
    )
    assert exposure.daily_dose == 40
    assert [(str(one.at), one.before, one.after) for one in exposure.increases] == [("23 Oct 2026", 10, 40)]
    assert exposure.refs == ("r/2", "r/1", "r/0")


def test_an_ended_order_keeps_its_dose_for_the_next_one() -> None:
    ended = {"boundsPeriod": period(30, 100), "frequency": 1, "period": 1, "periodUnit": "d"}
    before = [{"timing": {"repeat": ended}, "doseAndRate": [{"doseQuantity": {"value": 20, "unit": "mg"}}]}]
    exposure = one_exposure(
        order(100, "stopped", dosageInstruction=before, dispenseRequest=until(30)),
        order(30, dosageInstruction=dosed(40)),
    )
    assert [(one.before, one.after) for one in exposure.increases] == [(20, 40)]


def test_a_record_without_a_dose_hides_no_increase() -> None:
    exposure = one_exposure(
        order(100, "completed", dosageInstruction=dosed(20)),
        order(60, "completed"),
        order(30, dosageInstruction=dosed(40)),
    )
    assert [one.before for one in exposure.increases] == [20]


def test_the_dose_is_not_known_when_the_newest_record_has_none() -> None:
    assert one_exposure(order(100, "completed", dosageInstruction=dosed(20)), order(30)).daily_dose is None


def test_two_orders_of_one_day_are_no_increase() -> None:
    exposure = one_exposure(order(30, dosageInstruction=dosed(20)), order(30, dosageInstruction=dosed(40)))
    assert (exposure.daily_dose, exposure.increases) == (40, ())


def test_an_increase_before_the_gap_belongs_to_another_course() -> None:
    exposure = one_exposure(
        order(900, "completed", dosageInstruction=dosed(10), dispenseRequest=until(850)),
        order(840, "completed", dosageInstruction=dosed(20), dispenseRequest=until(800)),
        order(30, dosageInstruction=dosed(20)),
    )
    assert (str(exposure.start), exposure.increases) == ("23 Oct 2026", ())


def test_products_of_another_strength_are_the_same_course() -> None:
    old = order(100, "completed", medicationCodeableConcept=ATORVASTATIN_20, dosageInstruction=[tablets(1)])
    exposure = one_exposure(old, order(10, dosageInstruction=[tablets(1)]))
    assert [(one.before, one.after) for one in exposure.increases] == [(20, 40)]


def test_a_combination_continues_the_course_of_its_ingredient() -> None:
    both = order(10, medicationCodeableConcept=coded("597990"))
    exposures = {one.ingredient: str(one.start) for one in read(order(60, "stopped"), both).exposures}
    assert exposures == {"amlodipine": "12 Nov 2026", "atorvastatin": "23 Sep 2026"}


@pytest.mark.parametrize(
    ("asserted", "taking", "told"),
    [
        (period(None, 5)["start"], Taking.NEVER, True),
        (period(None, 10)["start"], Taking.NOW, True),
        (period(None, 11)["start"], Taking.NOW, False),
        (None, Taking.NOW, True),
    ],
)
def test_a_newer_not_taken_overrides_an_active_order(
    asserted: str | None, taking: Taking, told: bool
) -> None:
    found = read(order(10), statement("not-taken", dateAsserted=asserted))
    (exposure,) = found.exposures
    assert exposure.taking is taking
    assert ("r/1 says" in exposure.conflict) is told
    assert {one.taking for one in found.medicines if one.ref == "r/0"} == {taking}


def test_the_time_of_day_tells_which_is_newer() -> None:
    ordered = order(authoredOn="2026-11-20T09:00:00Z")
    denied = statement("not-taken", dateAsserted="2026-11-20T15:00:00Z")
    assert one_exposure(ordered, denied).taking is Taking.NEVER


def test_an_order_newer_than_not_taken_counts() -> None:
    denied = statement("not-taken", dateAsserted=period(None, 20)["start"])
    exposure = one_exposure(order(100), denied, order(10))
    assert (exposure.taking, exposure.conflict) == (Taking.NOW, "")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"effectivePeriod": period(3, 400)}, "r/1 says on 19 Nov 2026 that it has ended"),
        ({"dateAsserted": day(9)}, "r/1 says on 13 Nov 2026 that it has ended"),
        ({"dateAsserted": day(11)}, ""),
        ({"effectivePeriod": period(10, 400), "dateAsserted": day(2)}, ""),
        ({}, ""),
    ],
)
def test_a_newer_statement_that_it_ended_is_told(said: Json, told: str) -> None:
    exposure = one_exposure(order(10), statement("stopped", **said))
    assert (exposure.taking, exposure.conflict) == (Taking.NOW, told)


def test_not_taken_alone_is_no_exposure() -> None:
    assert read(statement("not-taken")).exposures == ()


def test_a_dispense_starts_no_second_course_beside_its_order() -> None:
    exposure = one_exposure(order(400), dispense(200, 30), dispense(20, 30))
    assert (str(exposure.start), exposure.refs) == ("18 Oct 2025", ("r/0",))


def test_a_stopped_order_is_not_running_because_of_its_dispense() -> None:
    assert one_exposure(order(60, "stopped"), dispense(10, 90)).taking is Taking.ENDED


def test_a_dispense_after_the_known_end_of_an_order_counts() -> None:
    ended = order(400, "completed", dispenseRequest=until(300))
    exposure = one_exposure(ended, dispense(10, 90))
    assert (exposure.taking, str(exposure.start)) == (Taking.NOW, "12 Nov 2026")


def test_a_dispense_of_an_ended_order_does_not_count() -> None:
    ended = order(400, "completed", dispenseRequest=until(300))
    filled = dispense(10, 90, authorizingPrescription=[{"reference": "r/0"}])
    assert one_exposure(ended, filled).taking is Taking.ENDED


def test_refills_are_one_course() -> None:
    exposure = one_exposure(dispense(200, 90), dispense(100, 90), dispense(5, 90))
    assert (str(exposure.start), exposure.refs) == ("6 May 2026", ("r/2", "r/0"))


def test_the_end_of_a_dispensed_course_is_the_last_day_supplied() -> None:
    assert str(one_exposure(dispense(100, 30)).end) == "13 Sep 2026"


def test_administrations_are_exposures_of_their_days() -> None:
    exposure = one_exposure(administration(60), administration(59), administration(58))
    assert (str(exposure.start), str(exposure.end)) == ("23 Sep 2026", "25 Sep 2026")


def test_the_order_of_records_does_not_matter() -> None:
    records = [
        ("a", order(100, "completed", dosageInstruction=dosed(20), dispenseRequest=until(40))),
        ("b", order(30, dosageInstruction=dosed(40))),
        ("c", statement("not-taken", dateAsserted=period(None, 30)["start"])),
        ("d", dispense(20, 30)),
        ("e", order(30, dosageInstruction=dosed(10))),
    ]
    assert len({repr(read_named(*some)) for some in permutations(records)}) == 1
