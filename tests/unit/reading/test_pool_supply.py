from collections.abc import Callable
from typing import Any

import pytest

from cds_service.chart import Chart
from cds_service.reading import Pool
from tests.unit.reading.build import POTASSIUM, bundle, form, lab, patient, pool_of, raw

ChartOf = Callable[[Pool], Chart]


def outcome(severity: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": severity, "code": "processing", **more}],
    }


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
        {"response": {"status": "404"}, "resource": None},
        {"resource": None, "response": {"status": 500}},
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
