from collections.abc import Callable
from typing import Any

import pytest

from cds_service.chart import Chart
from tests.unit.reading.build import LOINC, concept, days_ago, symptom

Read = Callable[..., Chart]
TOLD = "free-text complaint not interpreted: "


def complaint(**more: Any) -> dict[str, Any]:
    said = {"code": concept(LOINC, "10154-3"), "valueString": "sore legs", "valueCodeableConcept": None}
    return symptom(**{"id": "cc", **said, **more})


def test_a_complaint_in_words_is_told_and_opens_nothing(read: Read) -> None:
    chart = read(complaint())
    assert chart.incomplete == (TOLD + "Observation/cc",)
    assert not chart.soreness.reported


@pytest.mark.parametrize(
    "otherwise",
    [
        {"effectiveDateTime": days_ago(31)},
        {"effectiveDateTime": days_ago(-1)},
        {"status": "entered-in-error"},
        {"valueString": None},
        {"code": concept(LOINC, "10155-0")},
    ],
)
def test_old_wrong_and_empty_ones_are_not(read: Read, otherwise: dict[str, Any]) -> None:
    assert read(complaint(**otherwise)).incomplete == ()


def test_a_reason_in_words_of_the_current_encounter_is_told(read: Read) -> None:
    visit = {"resourceType": "Encounter", "id": "now", "status": "in-progress"}
    worded = {**visit, "reasonCode": [{"text": "legs ache"}]}
    assert read(worded, encounter="now").incomplete == (TOLD + "Encounter/now",)
    assert read(worded, encounter="other").incomplete == ()
    assert read({**visit, "reasonCode": [concept(LOINC, "1-8", text="x")]}, encounter="now").incomplete == ()
