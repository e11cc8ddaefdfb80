from collections.abc import Callable
from typing import Any

import pytest

from cds_service.chart import Chart
from cds_service.reading import Pool
from tests.unit.reading.build import SNOMED, bundle, concept, condition, days_ago, patient, raw

Read = Callable[..., Chart]


def encounter(**more: Any) -> dict[str, Any]:
    reason = [concept(SNOMED, "10601006")]
    return {"resourceType": "Encounter", "id": "now", "status": "in-progress", "reasonCode": reason, **more}


def test_the_current_encounters_reason_counts(read: Read) -> None:
    assert read(encounter(), encounter="now").soreness.refs == ("Encounter/now",)
    assert read(encounter(), encounter="Encounter/now").soreness.reported


def test_another_encounters_reason_does_not(read: Read) -> None:
    assert not read(encounter(), encounter="other").soreness.reported
    assert not read(encounter()).soreness.reported
    assert not read(encounter(status="cancelled"), encounter="now").soreness.reported
    assert not read(encounter(period={"start": "2026-11-25"}), encounter="now").soreness.reported


def test_an_old_condition_counts_as_diagnosis_or_reason_of_the_current_encounter(read: Read) -> None:
    old = condition(SNOMED, "10601006", id="c", recordedDate=days_ago(200))
    made_here = {
        "category": [concept("x", "encounter-diagnosis")],
        "encounter": {"reference": "Encounter/now"},
    }
    visit = encounter(reasonCode=[])
    assert read({**old, **made_here}, visit, encounter="now").soreness.reported
    assert not read({**old, **made_here}, encounter(id="other"), encounter="now").soreness.reported
    reference = {"reference": "http://ehr.example/fhir/Condition/c"}
    assert read(old, {**visit, "reasonReference": [reference]}, encounter="now").soreness.reported
    assert read(old, {**visit, "diagnosis": [{"condition": reference}]}, encounter="now").soreness.reported
    assert not read(old, visit, encounter="now").soreness.reported


@pytest.mark.parametrize(
    ("members", "reported"),
    [
        ({"period": {"start": days_ago(0)}}, True),
        ({"period": {"start": days_ago(30)}}, True),
        ({"period": {"start": days_ago(31)}}, False),
        ({"period": {"start": days_ago(0)}, "status": "finished"}, False),
        ({}, False),
    ],
)
def test_in_a_whole_record_the_encounter_in_progress_is_the_current_one(
    chart_of: Callable[[Pool], Chart], members: dict[str, Any], *, reported: bool
) -> None:
    pool = Pool.from_bundle(raw(bundle(patient(), encounter(**members))))
    assert chart_of(pool).soreness.reported is reported
