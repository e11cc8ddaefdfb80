from collections.abc import Callable
from typing import Any

import pytest

from cds_service.chart import Chart
from tests.unit.reading.build import SNOMED, concept, lab, patient

Read = Callable[..., Chart]
MEN = {"low": {"value": 50}, "high": {"value": 300}}
WOMEN = {"low": {"value": 30}, "high": {"value": 150}}
ALL = {"high": {"value": 200}}
MALE, FEMALE = ({"appliesTo": [concept(SNOMED, code)]} for code in ("248153007", "248152002"))
IN_WORDS = {"appliesTo": [{"text": "Adult male"}]}
PREGNANT = {"appliesTo": [concept(SNOMED, "248152002"), {"text": "pregnant"}]}


@pytest.mark.parametrize(
    ("sex", "ranges", "high"),
    [
        ("female", [MEN | MALE, WOMEN | FEMALE], 150),
        ("male", [WOMEN | FEMALE, MEN | MALE], 300),
        ("male", [WOMEN | FEMALE, MEN | IN_WORDS], 300),
        ("female", [ALL, WOMEN | FEMALE], 150),
        ("female", [MEN | MALE, ALL], 200),
        ("female", [MEN | MALE], None),
        ("female", [ALL | PREGNANT, WOMEN | FEMALE], 150),
        ("female", [ALL | PREGNANT], 200),
        ("female", [ALL | PREGNANT, ALL | {"appliesTo": [{"text": "children"}]}], None),
        ("unknown", [MEN | MALE, WOMEN | FEMALE], None),
        (None, [MEN | MALE, ALL], 200),
    ],
)
def test_the_range_that_applies_to_the_patient(
    read: Read, sex: str | None, ranges: list[dict[str, Any]], high: float | None
) -> None:
    chart = read(lab("2157-6", 1100, "U/L", referenceRange=ranges), person=patient(gender=sex))
    assert chart.results[0].high == high


def aged(low: float | None, high: float | None, unit: str = "a", **more: Any) -> dict[str, Any]:
    """The ages a range is made for."""
    ends = {"low": low, "high": high}
    quantities = {
        end: {"value": value, "code": unit, **more} for end, value in ends.items() if value is not None
    }
    return {"age": quantities}


@pytest.mark.parametrize(
    ("born", "ranges", "high"),
    [
        ("1970-01-01", [ALL | aged(0, 17)], None),
        ("1970-01-01", [MEN | aged(0, 17), ALL | aged(18, None)], 200),
        ("1970-01-01", [MEN | aged(0, 55), ALL | aged(56, 56)], 200),
        ("1970-01-01", [MEN | aged(57, None), ALL], 200),
        ("1970-01-01", [ALL, WOMEN | aged(18, 64)], 150),
        ("1970-01-01", [WOMEN | aged(None, 17)], None),
        ("1970-01-01", [WOMEN | aged(216, None, "mo")], 150),
        ("1970-01-01", [WOMEN | aged(0, 28, "d"), ALL], 200),
        ("1970-01-01", [WOMEN | aged(18, None, "Years")], 150),
        ("1970-01-01", [WOMEN | aged(18, None, "decades")], None),
        ("1970-01-01", [WOMEN | aged(18, None, comparator=">")], None),
        ("1970-01-01", [WOMEN | {"age": {}}], None),
        ("1970-01-01", [WOMEN | {"age": "adult"}, ALL], 200),
        ("1970-01-01", [WOMEN | FEMALE | aged(0, 17), ALL], 200),
        ("1970-01-01", [WOMEN | FEMALE | aged(18, None), ALL], 150),
        ("1970-01-01", [MEN | MALE | aged(18, None), ALL], 200),
        (None, [WOMEN | aged(18, None)], None),
        (None, [WOMEN | aged(18, None), ALL], 200),
    ],
)
def test_a_range_made_for_another_age_is_not_the_patients(
    read: Read, born: str | None, ranges: list[dict[str, Any]], high: float | None
) -> None:
    chart = read(lab("2157-6", 1100, "U/L", referenceRange=ranges), person=patient(birthDate=born))
    assert chart.results[0].high == high
