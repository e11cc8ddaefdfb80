"""Searches over resources: which fit, in which order."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.demo.searching import SearchError, search

NAMES = st.sampled_from(
    ["_id", "patient", "code", "status", "category", "intent", "date", "authored", "_sort"]
)
LOINC, SNOMED = "http://loinc.org", "http://snomed.info/sct"


def observation(number: int, code: str, when: str | None, **more: Any) -> dict[str, Any]:
    coding = {"coding": [{"system": SNOMED, "code": "x"}, {"system": LOINC, "code": code}]}
    dated = {"effectiveDateTime": when} if when else {}
    about = {"subject": {"reference": "http://ehr.example/fhir/Patient/p1"}}
    return {"resourceType": "Observation", "id": f"o{number}", "status": "final", "code": coding} | (
        about | dated | more
    )


RESOURCES = [
    observation(1, "2823-3", "2026-11-20T10:00:00Z"),
    observation(2, "2157-6", "2026-11"),
    observation(3, "2823-3", "2026-10-02", status="amended"),
    observation(4, "2823-3", None, category=[{"coding": [{"system": "c", "code": "laboratory"}]}]),
    observation(
        5, "2157-6", None, effectivePeriod={"start": "2026-09-01"}, subject={"reference": "Patient/p2"}
    ),
]


def found(*parameters: tuple[str, str]) -> list[str]:
    return [resource["id"] for resource in search(RESOURCES, parameters)]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("_id", "o2,o9", ["o2"]),
        ("patient", "p2", ["o5"]),
        ("patient", "Patient/p2", ["o5"]),
        ("subject", "p1", ["o1", "o2", "o3", "o4"]),
        ("code", f"{LOINC}|2157-6", ["o2", "o5"]),
        ("code", f"{SNOMED}|2157-6", []),
        ("code", f"{LOINC}|", ["o1", "o2", "o3", "o4", "o5"]),
        ("code", f"2157-6,{LOINC}|2823-3", ["o1", "o2", "o3", "o4", "o5"]),
        ("status", "amended", ["o3"]),
        ("category", "survey,laboratory", ["o4"]),
        ("date", "2026-11", ["o1", "o2"]),
        ("date", "2026-11-20", ["o1"]),
        ("date", "ge2026-11-21", ["o2"]),
        ("date", "gt2026-10-02", ["o1", "o2"]),
        ("date", "lt2026-10-02", ["o5"]),
        ("date", "le2026-10", ["o3", "o5"]),
    ],
)
def test_a_parameter_selects(name: str, value: str, expected: list[str]) -> None:
    assert found((name, value)) == expected


def test_all_parameters_must_fit() -> None:
    assert found(("code", "2823-3"), ("date", "ge2026-11-01")) == ["o1"]


def test_the_newest_comes_first_and_what_has_no_date_last() -> None:
    assert found(("_sort", "-date")) == ["o1", "o2", "o3", "o5", "o4"]
    assert found(("_sort", "date")) == ["o5", "o3", "o2", "o1", "o4"]


@given(st.lists(st.tuples(st.one_of(NAMES, st.text(max_size=12)), st.text(max_size=20)), max_size=3))
def test_any_search_finds_some_of_the_resources_or_is_refused(parameters: list[tuple[str, str]]) -> None:
    try:
        chosen = search(RESOURCES, parameters)
    except SearchError:
        return
    assert all(resource in RESOURCES for resource in chosen)
    assert len(chosen) <= len(RESOURCES)
