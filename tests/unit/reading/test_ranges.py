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
