from collections.abc import Callable

import msgspec
import pytest

from cds_service.chart import Chart
from cds_service.reading import Pool
from cds_service.reading.records import subject_of
from cds_service.reading.salvage import UnreadableError
from tests.unit.reading.build import POTASSIUM, bundle, lab, patient, pool_of, raw, symptom

ChartOf = Callable[[Pool], Chart]


@pytest.mark.parametrize(
    "subject",
    [
        "Patient/p1",
        "Patient/p1/_history/3",
        "https://ehr.example/fhir/Patient/p1",
        "p1",
        "urn:uuid:p1",
        "#p",
        "Patient?identifier=urn:mrn|7",
        None,
    ],
)
@pytest.mark.parametrize("patient_id", ["p1", "Patient/p1"])
def test_references_to_this_patient(chart_of: ChartOf, patient_id: str, subject: str | None) -> None:
    person = patient(identifier=[{"system": "urn:mrn", "value": "7"}])
    chart = chart_of(
        pool_of(patient_id, patient=person, labs={**POTASSIUM, "subject": {"reference": subject}})
    )
    assert len(chart.results) == 1
    assert chart.of_other_patients == 0


@pytest.mark.parametrize(
    "subject", ["Patient/p2", "p2", "Patient/P1", "Group/p1", "Patient?identifier=urn:mrn|8"]
)
def test_resources_of_others_are_dropped_and_counted(chart_of: ChartOf, subject: str) -> None:
    person = patient(identifier=[{"system": "urn:mrn", "value": "7"}])
    other = {**POTASSIUM, "subject": {"reference": subject}}
    chart = chart_of(pool_of(patient=person, labs=bundle(other, symptom())))
    assert chart.results == ()
    assert chart.of_other_patients == 1
    assert chart.soreness.reported


def test_another_patient_is_not_this_one(chart_of: ChartOf) -> None:
    chart = chart_of(pool_of(patient=patient(id="p2")))
    assert chart.age is None
    assert chart.of_other_patients == 1


def test_a_patient_without_id_is_the_patient_in_context(chart_of: ChartOf) -> None:
    assert chart_of(pool_of(patient=patient(id=None))).age == 56


def test_a_document_with_urns_only(chart_of: ChartOf) -> None:
    person, sodium = patient(id=None), lab("2951-2", 140, "mmol/L", id=None)
    document = {
        "resourceType": "Bundle",
        "entry": [
            {"fullUrl": "urn:uuid:a", "resource": person},
            {"fullUrl": "urn:uuid:b", "resource": {**sodium, "subject": {"reference": "urn:uuid:a"}}},
            {"fullUrl": "urn:uuid:c", "resource": {**sodium, "subject": {"reference": "urn:uuid:z"}}},
        ],
    }
    chart = chart_of(Pool.from_bundle(raw(document)))
    assert chart.patient_id == "urn:uuid:a"
    assert chart.age == 56
    assert [one.ref for one in chart.results] == ["urn:uuid:b"]
    assert chart.of_other_patients == 1


def test_the_patient_of_a_bundle_is_the_one_its_resources_are_about() -> None:
    relative = patient(id="mother")
    about = {**POTASSIUM, "subject": {"reference": "Patient/p1"}}
    assert Pool.from_bundle(raw(bundle(relative, patient(), about))).patient_id == "p1"
    assert Pool.from_bundle(raw(bundle(about))).patient_id == "p1"
    assert Pool.from_bundle(raw(patient())).patient_id == "p1"


@pytest.mark.parametrize(
    "value", [b"[]", b"", b"<Bundle/>", b"{}", b'{"resourceType": "Bundle", ', b"[" * 99999]
)
def test_what_is_no_bundle_is_refused(value: bytes) -> None:
    with pytest.raises(UnreadableError):
        Pool.from_bundle(value)


def test_resources_of_one_patient(chart_of: ChartOf) -> None:
    lines = [msgspec.json.encode(one) for one in (patient(), POTASSIUM)]
    assert len(chart_of(Pool.from_resources(lines, "p1")).results) == 1


@pytest.mark.parametrize(
    ("resource", "subject"),
    [
        (patient(), "Patient/p1"),
        (patient(id=None), ""),
        ({**POTASSIUM, "subject": {"reference": "http://h/Patient/9/_history/1"}}, "Patient/9"),
        ({"resourceType": "AllergyIntolerance", "patient": {"reference": "urn:uuid:q"}}, "urn:uuid:q"),
        (POTASSIUM, ""),
        ([], ""),
    ],
)
def test_subject_of_raw_json(resource: object, subject: str) -> None:
    assert subject_of(raw(resource)) == subject
