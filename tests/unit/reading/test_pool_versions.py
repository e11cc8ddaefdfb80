from collections.abc import Callable

from cds_service.chart import Chart
from cds_service.reading import Pool
from tests.unit.reading.build import NOW, POTASSIUM, bundle, lab, patient, pool_of, raw

ChartOf = Callable[[Pool], Chart]


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
