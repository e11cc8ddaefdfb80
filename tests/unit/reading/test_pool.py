from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from cds_service.chart import Chart
from cds_service.reading import Pool
from cds_service.reading.records import subject_of
from cds_service.reading.salvage import UnreadableError
from tests.unit.reading.build import LOINC, NOW, bundle, concept, condition, form, lab, patient, raw, symptom

ChartOf = Callable[[Pool], Chart]
Read = Callable[..., Chart]
POTASSIUM = lab("2823-3", 3.1, "mmol/L")


def pool_of(patient_id: str = "p1", /, **values: Any) -> Pool:
    return Pool.from_prefetch({key: raw(value) for key, value in values.items()}, patient_id)


def outcome(severity: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": severity, "code": "processing", **more}],
    }


# what was supplied


def test_declared_keys_that_are_absent_are_not_supplied() -> None:
    pool = Pool.from_prefetch({"labs": raw(bundle())}, "p1", None, ["labs", "conditions"])
    assert pool.not_supplied == {"conditions"}
    assert pool.obtained("labs")
    assert not pool.obtained("conditions")


@pytest.mark.parametrize("value", [None, bundle(), {"resourceType": "Bundle"}, POTASSIUM, {"resource": None}])
def test_null_bundles_and_resources_are_obtained(value: object) -> None:
    assert pool_of(labs=value).obtained("labs")


@pytest.mark.parametrize(
    "value",
    [
        "text",
        3,
        True,
        [],
        [bundle()],
        {},
        {"response": {"status": "404"}},
        {"no": "resource"},
        outcome("error"),
        outcome("information"),
        {"resourceType": "Bundle", "entry": [{"resource": outcome("fatal")}]},
    ],
)
def test_anything_else_is_not_supplied(value: object) -> None:
    pool = pool_of(labs=value, conditions=None)
    assert pool.not_supplied == {"labs"}
    assert any(remark.startswith("labs: ") for remark in pool.incomplete)


def test_values_are_pooled_whatever_their_key(chart_of: ChartOf) -> None:
    chart = chart_of(pool_of(unheard=bundle(patient(), POTASSIUM), labs=form({"present": "yes"})))
    assert chart.age == 56
    assert len(chart.results) == 1
    assert chart.soreness.reported


@pytest.mark.parametrize(
    "value",
    [
        bundle(bundle(POTASSIUM)),
        {"response": {"status": "200"}, "resource": bundle(POTASSIUM)},
        bundle(POTASSIUM, type="history"),
        bundle(POTASSIUM, type=None),
        bundle(POTASSIUM, total=99, link="none"),
        {"resourceType": "Bundle", "entry": {"resource": POTASSIUM}},
        {"resourceType": "Bundle", "entry": [None, 4, {}, {"resource": None}, {"resource": POTASSIUM}]},
    ],
)
def test_shapes_of_a_value(chart_of: ChartOf, value: object) -> None:
    assert len(chart_of(pool_of(labs=value)).results) == 1


def test_entries_that_are_no_resource_are_named(chart_of: ChartOf) -> None:
    value = {
        "resourceType": "Bundle",
        "entry": [None, {}, {"resource": {"id": "x"}}, {"resource": POTASSIUM}],
    }
    chart = chart_of(pool_of(labs=value))
    assert [(one.ref, one.reason) for one in chart.skipped] == [
        ("labs entry 0", "no resource"),
        ("labs entry 0", "not a Bundle entry"),
        ("labs entry 1", "no resourceType"),
    ]


def test_warnings_inside_a_bundle_mean_no_data_and_errors_that_some_is_missing() -> None:
    assert pool_of(labs=bundle(outcome("warning"))).incomplete == ()
    pool = pool_of(labs=bundle(outcome("error"), POTASSIUM))
    assert pool.obtained("labs")
    assert pool.incomplete == ("labs: the server reported an error",)


@pytest.mark.parametrize(
    "issue", [{"code": "suppressed"}, {"details": {"text": "client is not authorized for this sub-resource"}}]
)
def test_what_the_client_may_not_see_is_incomplete(issue: dict[str, Any]) -> None:
    pool = pool_of(labs=bundle(outcome("warning", **issue)))
    assert pool.incomplete == ("labs: the server left out what this client may not see",)


def test_more_pages_are_said_until_the_last_is_added(chart_of: ChartOf) -> None:
    first = bundle(POTASSIUM, link=[{"relation": "next", "url": "http://ehr.example/next"}])
    pool = pool_of(labs=first)
    assert pool.next_pages == {"labs": "http://ehr.example/next"}
    assert chart_of(pool).incomplete == ("labs: more pages exist",)
    pool.add("labs", raw(bundle(lab("2951-2", 140, "mmol/L"))))
    assert chart_of(pool).incomplete == ()
    assert len(chart_of(pool).results) == 2


def test_a_key_filled_later_is_supplied() -> None:
    pool = Pool.from_prefetch({}, "p1", None, ["labs"])
    pool.add("labs", raw(bundle(POTASSIUM)))
    assert pool.not_supplied == frozenset()


# whose it is


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


# one version of each


def test_a_resource_in_two_keys_counts_once(chart_of: ChartOf) -> None:
    assert len(chart_of(pool_of(labs=bundle(POTASSIUM), vitals=bundle(POTASSIUM, POTASSIUM))).results) == 1


def test_the_newest_version_counts_in_any_order(chart_of: ChartOf) -> None:
    old = {**POTASSIUM, "meta": {"lastUpdated": "2026-11-20T10:00:00+02:00"}}
    new = {**lab("2823-3", 4.4, "mmol/L"), "meta": {"lastUpdated": "2026-11-20T09:00:00Z"}}
    for pair in ((old, new), (new, old)):
        (result,) = chart_of(pool_of(labs=bundle(*pair))).results
        assert result.shown == "4.4 mmol/L"


def test_an_error_found_later_removes_the_result(chart_of: ChartOf) -> None:
    wrong = {**POTASSIUM, "status": "entered-in-error", "meta": {"versionId": "2"}}
    right = {**POTASSIUM, "meta": {"versionId": "1"}}
    assert chart_of(pool_of(labs=bundle(wrong, right))).results == ()


def test_versions_without_a_date_are_ordered_by_content(chart_of: ChartOf) -> None:
    one, two = POTASSIUM, lab("2823-3", 4.4, "mmol/L")
    charts = [chart_of(pool_of(labs=bundle(*pair))) for pair in ((one, two), (two, one))]
    assert charts[0] == charts[1]
    assert len(charts[0].results) == 1


def test_resources_without_id_are_told_apart_by_content(chart_of: ChartOf) -> None:
    one, two = ({**POTASSIUM, "id": None, "effectiveDateTime": day} for day in ("2026-11-20", "2026-11-21"))
    refs = [one.ref for one in chart_of(pool_of(labs=bundle(one, two, one))).results]
    assert len(set(refs)) == 2
    assert all(ref.startswith("Observation without id ") for ref in refs)


# what cannot be read


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"status": 3}, "status cannot be read"),
        ({"code": "2823-3"}, "code cannot be read"),
        ({"subject": "Patient/p1"}, "subject cannot be read"),
        ({"valueQuantity": [3]}, "valueQuantity cannot be read"),
        ({"valueQuantity": {"value": True}}, "valueQuantity cannot be read"),
        ({"valueQuantity": {"value": 3, "comparator": {}}}, "valueQuantity cannot be read"),
    ],
)
def test_a_resource_is_skipped_where_its_meaning_would_change(
    read: Read, members: dict[str, Any], reason: str
) -> None:
    chart = read({**POTASSIUM, **members}, lab("2951-2", 140, "mmol/L"))
    assert [(one.ref, one.reason) for one in chart.skipped] == [("Observation/lab-2823-3", reason)]
    assert [one.analyte for one in chart.results] == ["sodium"]


@pytest.mark.parametrize(
    ("members", "left_out"),
    [
        ({"note": {"text": "one"}}, "note"),
        ({"note": [{"text": 3}]}, "text"),
        ({"referenceRange": [{"low": 3}]}, "low"),
        ({"effectiveDateTime": 20261120, "issued": "2026-11-20T08:00:00Z"}, "effectiveDateTime"),
        ({"meta": []}, "meta"),
        ({"component": [{"code": concept(LOINC, "2951-2"), "valueQuantity": 3}]}, "an item of a list"),
    ],
)
def test_other_members_are_left_out_and_said(read: Read, members: dict[str, Any], left_out: str) -> None:
    chart = read({**POTASSIUM, **members})
    assert [one.analyte for one in chart.results] == ["potassium"]
    assert chart.incomplete == (f"Observation/lab-2823-3: {left_out} could not be read",)


def test_a_bad_coding_does_not_hide_a_good_one(read: Read) -> None:
    codings = [{"system": LOINC, "code": 20007}, {"system": LOINC, "code": "2823-3", "display": {}}]
    assert len(read({**POTASSIUM, "code": {"coding": codings}}).results) == 1


def test_unknown_members_and_types_do_not_matter(read: Read) -> None:
    claim = {"resourceType": "Claim", "status": 3, "subject": []}
    odd = {"resourceType": "NoSuchType", "id": 3}
    chart = read({**POTASSIUM, "extra": {"deep": [1]}}, claim, odd)
    assert len(chart.results) == 1
    assert chart.skipped == ()


@pytest.mark.parametrize("shape", [concept("x", "critical"), [concept("x", "critical")]])
def test_one_object_in_place_of_a_list(read: Read, shape: object) -> None:
    chart = read({**POTASSIUM, "interpretation": shape}, condition("x", "y", category=shape, bodySite=shape))
    assert (len(chart.results), len(chart.problems), chart.incomplete) == (1, 1, ())


def test_text_that_is_no_json_leaves_the_other_keys(chart_of: ChartOf) -> None:
    broken = msgspec.Raw(
        b'{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","x":"\\ud800"}}]}'
    )
    deep = msgspec.Raw(b'{"resourceType":"Bundle","entry":' + b"[" * 5000 + b"]" * 5000 + b"}")
    pool = Pool.from_prefetch({"broken": broken, "deep": deep, "labs": raw(bundle(POTASSIUM))}, "p1")
    chart = chart_of(pool)
    assert len(chart.results) == 1
    assert chart.not_supplied == {"broken", "deep"}


# orders being written


def test_drafts_are_taken_from_today_and_others_drafts_are_not(chart_of: ChartOf) -> None:
    order = {
        "resourceType": "MedicationRequest",
        "id": "draft",
        "status": "draft",
        "intent": "order",
        "medicationCodeableConcept": {"text": "simvastatin 40 mg"},
        "subject": {"reference": "Patient/p1"},
    }
    pool = pool_of(patient=patient())
    pool.add_drafts(raw(bundle(order, {**order, "id": "other", "subject": {"reference": "Patient/p2"}})))
    (exposure,) = chart_of(pool).exposures
    assert exposure.refs == ("MedicationRequest/draft",)
    assert exposure.start is not None
    assert exposure.start.first == NOW.toordinal()
