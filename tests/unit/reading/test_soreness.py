from collections.abc import Callable
from typing import Any

import pytest

from cds_service.chart import Chart
from tests.unit.reading.build import (
    BASE,
    ICD,
    LOINC,
    SNOMED,
    coded,
    concept,
    condition,
    days_ago,
    form,
    symptom,
)

Read = Callable[..., Chart]
YES, NO = {"present": "yes"}, {"present": "no"}


@pytest.mark.parametrize(("days", "reported"), [(0, True), (30, True), (31, False)])
def test_a_form_counts_for_30_days(read: Read, days: int, *, reported: bool) -> None:
    chart = read(form(YES, authored=days_ago(days)))
    assert chart.soreness.reported is reported
    assert chart.soreness.why_not == ("" if reported else "the reports are too old")


@pytest.mark.parametrize(("days", "reported"), [(30, True), (31, False)])
def test_an_observation_counts_for_30_days(read: Read, days: int, *, reported: bool) -> None:
    assert read(symptom(effectiveDateTime=days_ago(days))).soreness.reported is reported


@pytest.mark.parametrize(("days", "reported"), [(90, True), (91, False)])
def test_a_condition_counts_for_90_days(read: Read, days: int, *, reported: bool) -> None:
    assert read(condition(ICD, "R25.2", recordedDate=days_ago(days))).soreness.reported is reported


@pytest.mark.parametrize("status", ["in-progress", "entered-in-error", "stopped", None])
def test_only_completed_forms_count(read: Read, status: str | None) -> None:
    assert read(form(YES, status=status)).soreness.why_not == "no report"


@pytest.mark.parametrize("authored", [None, "soon", "2026-11-22T12:06:00Z", "2026-11-23"])
def test_an_undated_or_future_form_does_not_count(read: Read, authored: str | None) -> None:
    assert not read(form(YES, authored=authored)).soreness.reported


def test_a_clock_five_minutes_fast_is_today(read: Read) -> None:
    chart = read(form(YES, authored="2026-11-22T12:05:00Z"))
    assert str(chart.soreness.recorded) == "22 Nov 2026"


@pytest.mark.parametrize(
    "value",
    [
        {"valueCodeableConcept": concept(SNOMED, "2667000")},
        {"valueCodeableConcept": {"text": "No"}},
        {"valueCodeableConcept": coded("no")["valueCoding"] | {"coding": [coded("no")["valueCoding"]]}},
        {"valueCodeableConcept": None, "valueBoolean": False},
        {"valueCodeableConcept": None, "valueString": "denies pain"},
        {"valueCodeableConcept": None, "valueString": "Absent"},
        {"valueCodeableConcept": None, "valueInteger": 0},
    ],
)
def test_a_negated_observation_says_no(read: Read, value: dict[str, Any]) -> None:
    chart = read(symptom(**value))
    assert chart.soreness.why_not == "newest report says no"


@pytest.mark.parametrize(
    "value",
    [
        {"valueCodeableConcept": None},
        {"valueCodeableConcept": concept(SNOMED, "24484000")},  # a grade of severity
        {"valueCodeableConcept": None, "valueBoolean": True},
        {"valueCodeableConcept": None, "valueString": "worse at night"},
    ],
)
def test_an_observation_without_negation_says_yes(read: Read, value: dict[str, Any]) -> None:
    assert read(symptom(**value)).soreness.reported


@pytest.mark.parametrize(
    "value",
    [
        {"valueCodeableConcept": None, "dataAbsentReason": concept("x", "asked-unknown")},
        {"valueCodeableConcept": concept(SNOMED, "261665006")},
        {"status": "preliminary"},
        {"status": "entered-in-error"},
    ],
)
def test_an_observation_that_says_nothing(read: Read, value: dict[str, Any]) -> None:
    assert read(symptom(**value)).soreness.why_not == "no report"


@pytest.mark.parametrize(
    ("system", "code"),
    [
        (SNOMED, "300954003"), (SNOMED, "449918009"), (SNOMED, "102549009"), (SNOMED, "68962001"),
        (SNOMED, "16462851000119106"), (SNOMED, "373931001"), (ICD, "M79.604"), (ICD, "M79605"),
        (ICD, "M79.652"),
        (ICD, "M79.10"), (ICD, "M79.18"), (ICD, "M62.831"), (ICD, "G47.62"), (ICD + "", "r25.2"),
        ("http://hl7.org/fhir/sid/icd-10", "R25.2"), ("urn:oid:2.16.840.1.113883.6.96", "10601006"),
    ],
)  # fmt: skip
def test_codes_that_report_soreness(read: Read, system: str, code: str) -> None:
    assert read(condition(system, code)).soreness.reported


@pytest.mark.parametrize("code", ["M79.602", "M79.11", "M54.5", "R52", "E55.9", "I82.401"])
def test_codes_that_do_not(read: Read, code: str) -> None:
    assert not read(condition(ICD, code)).soreness.reported


@pytest.mark.parametrize(
    "members",
    [
        {"verificationStatus": concept("x", "refuted")},
        {"verificationStatus": concept("x", "entered-in-error")},
        {"clinicalStatus": concept("x", "resolved")},
        {"clinicalStatus": "inactive"},
        {"clinicalStatus": None, "abatementDateTime": "2026-11-20"},
        {"recordedDate": "2026-12-01"},
        {"recordedDate": None},
    ],
)
def test_conditions_that_do_not_count(read: Read, members: dict[str, Any]) -> None:
    assert not read(condition(SNOMED, "10601006", **members)).soreness.reported


@pytest.mark.parametrize(
    "members",
    [
        {"clinicalStatus": concept("x", "recurrence")},
        {"clinicalStatus": "active"},
        {"clinicalStatus": None},
        {"verificationStatus": concept("x", "provisional")},
        {"recordedDate": None, "onsetDateTime": days_ago(20)},
        {"recordedDate": None, "assertedDate": days_ago(20)},
    ],
)
def test_conditions_that_count(read: Read, members: dict[str, Any]) -> None:
    assert read(condition(SNOMED, "10601006", **members)).soreness.reported


def test_a_newer_no_closes_and_a_tie_stays_open(read: Read) -> None:
    no = form(NO, id="no", authored=days_ago(2))
    assert read(symptom(effectiveDateTime=days_ago(5)), no).soreness.why_not == "newest report says no"
    assert read(symptom(effectiveDateTime=days_ago(1)), no).soreness.reported
    assert read(symptom(effectiveDateTime=days_ago(2)), no).soreness.reported
    assert read(symptom(effectiveDateTime="2026-11-20"), no).soreness.reported
    assert not read(condition(SNOMED, "10601006"), no).soreness.reported


def test_an_old_no_is_still_newer_than_an_older_condition(read: Read) -> None:
    old = condition(SNOMED, "10601006", recordedDate=days_ago(80))
    assert not read(old, form(NO, authored=days_ago(40))).soreness.reported


def test_an_absent_cramp_does_not_deny_soreness(read: Read) -> None:
    absent = concept(SNOMED, "2667000")
    chart = read(form(YES, authored=days_ago(3)), symptom("102549009", valueCodeableConcept=absent))
    assert chart.soreness.reported
    assert chart.answers["cramp.night"].codes == {"no"}


def test_a_no_entered_in_error_is_ignored(read: Read) -> None:
    assert read(symptom(), form(NO, status="entered-in-error", authored=days_ago(0))).soreness.reported


def test_unsure_is_no_report(read: Read) -> None:
    assert read(form({"present": "unsure"})).soreness.why_not == "no report"


def test_an_onset_that_was_answered_goes_before_that_of_a_condition(read: Read) -> None:
    told = form({**YES, "onset": [{"valueDate": "2026-11-10"}]}, authored=days_ago(5))
    known = condition(SNOMED, "10601006", onsetDateTime="2026-11-01", recordedDate=days_ago(2))
    assert str(read(told).soreness.onset) == "10 Nov 2026"
    assert str(read(told, known).soreness.onset) == "10 Nov 2026"
    assert str(read(form(YES, authored=days_ago(5)), known).soreness.onset) == "1 Nov 2026"
    assert str(read(told, symptom()).soreness.onset) == "10 Nov 2026"
    assert read(symptom()).soreness.onset is None


def test_of_several_answers_the_newest_onset_counts(read: Read) -> None:
    told = form({**YES, "onset": [{"valueDate": "2026-11-10"}]}, authored=days_ago(5))
    component = {"code": concept(LOINC, "11368-8"), "valueDateTime": "2026-11-12"}
    assert str(read(told, symptom(component=[component])).soreness.onset) == "12 Nov 2026"


def test_onset_in_a_component(read: Read) -> None:
    component = {"code": concept(LOINC, "11368-8"), "valueDateTime": "2026-11-12"}
    assert str(read(symptom(component=[component])).soreness.onset) == "12 Nov 2026"


def test_an_onset_in_the_future_is_discarded(read: Read) -> None:
    assert read(form({**YES, "onset": [{"valueDate": "2026-11-23"}]})).soreness.onset is None
    assert read(condition(SNOMED, "10601006", onsetDateTime="2026-12-01")).soreness.onset is None


def test_refs_name_every_report_newest_first(read: Read) -> None:
    chart = read(form(YES, authored=days_ago(5)), symptom(effectiveDateTime=days_ago(1)))
    assert chart.soreness.refs == ("Observation/symptom-10601006", "QuestionnaireResponse/form")
    assert str(chart.soreness.recorded) == "21 Nov 2026"


def test_the_items_code_is_known_under_any_base(read: Read) -> None:
    observation = symptom(code=concept(f"{BASE.replace('example', 'org')}/CodeSystem/items", "present"))
    assert read(observation).soreness.reported
