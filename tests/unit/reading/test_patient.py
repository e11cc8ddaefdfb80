from collections.abc import Callable

import pytest

from cds_service.chart import Chart
from tests.unit.reading.build import ICD, LOINC, SNOMED, concept, condition, days_ago, form, patient

Read = Callable[..., Chart]


@pytest.mark.parametrize(
    ("born", "age"),
    [
        ("2008-11-22", 18),
        ("2008-11-23", 17),
        ("1926-01-01", 100),
        ("2026-11-22", 0),
        ("1980", None),  # 45 or 46
        ("1980-11", None),
        ("1980-05", 46),
        ("2027-01-01", None),
        ("2008-02-30", None),
        ("", None),
        (None, None),
    ],
)
def test_age_is_completed_years_where_every_possible_day_gives_the_same(
    read: Read, born: str | None, age: int | None
) -> None:
    assert read(person=patient(birthDate=born)).age == age


@pytest.mark.parametrize(
    ("members", "deceased"),
    [
        ({}, False),
        ({"deceasedBoolean": False}, False),
        ({"deceasedBoolean": True}, True),
        ({"deceasedDateTime": "2020"}, True),
        ({"deceasedDateTime": "some day"}, True),
    ],
)
def test_deceased(read: Read, members: dict[str, object], *, deceased: bool) -> None:
    assert read(person=patient(**members)).deceased is deceased


def test_a_patient_whose_death_cannot_be_read_is_skipped_rather_than_alive(read: Read) -> None:
    chart = read(person=patient(deceasedBoolean="perhaps"))
    assert chart.age is None
    assert [(one.ref, one.reason) for one in chart.skipped] == [
        ("Patient/p1", "deceasedBoolean cannot be read")
    ]


def test_an_inactive_patient_is_read(read: Read) -> None:
    assert read(person=patient(active=False)).sex == "female"


def pregnancy(code: str, days: float) -> dict[str, object]:
    return {
        "resourceType": "Observation",
        "id": f"pregnancy-{code}",
        "status": "final",
        "code": concept(LOINC, "82810-3"),
        "effectiveDateTime": days_ago(days),
        "valueCodeableConcept": concept(SNOMED, code),
    }


PREGNANT, NOT_PREGNANT = "77386006", "60001007"


def test_pregnant_by_status_observation(read: Read) -> None:
    chart = read(pregnancy(PREGNANT, 40))
    assert chart.pregnant
    assert chart.pregnancy_ref == "Observation/pregnancy-77386006"


def test_a_statement_older_than_a_pregnancy_does_not_count(read: Read) -> None:
    assert read(pregnancy(PREGNANT, 300)).pregnant
    assert not read(pregnancy(PREGNANT, 301)).pregnant


def test_the_newest_statement_wins(read: Read) -> None:
    assert not read(pregnancy(PREGNANT, 40), pregnancy(NOT_PREGNANT, 10)).pregnant
    assert read(pregnancy(PREGNANT, 10), pregnancy(NOT_PREGNANT, 40)).pregnant
    assert read(pregnancy(PREGNANT, 10), pregnancy(NOT_PREGNANT, 10)).pregnant
    assert not read(condition(SNOMED, PREGNANT), pregnancy(NOT_PREGNANT, 1)).pregnant
    assert read(form({"pregnant": "yes"}), pregnancy(NOT_PREGNANT, 5)).pregnant


@pytest.mark.parametrize("code", ["Z33.1", "Z331", "O09.90", "O9A.211", "O22.30"])
def test_pregnant_by_an_active_condition(read: Read, code: str) -> None:
    assert read(condition(ICD, code)).pregnant
    assert not read(condition(ICD, code, clinicalStatus=concept("x", "resolved"))).pregnant


def test_unsure_is_no_statement(read: Read) -> None:
    assert not read(form({"pregnant": "unsure"})).pregnant
    assert read(pregnancy(PREGNANT, 40), form({"pregnant": "unsure"})).pregnant
