"""Medications that are referred to and were not supplied; and what a pool is told from outside."""

import json
from typing import Any

import pytest

from cds_service.reading import Pool
from cds_service.reading.referenced import MissingMedication, missing_medications

ORDER = {"resourceType": "MedicationRequest", "status": "active"}
CODED = {"medicationCodeableConcept": {"text": "aspirin"}}


def pool_of(*resources: dict[str, Any]) -> Pool:
    return Pool.from_resources([json.dumps(one).encode() for one in resources], "p")


def order(ident: str, **more: Any) -> dict[str, Any]:
    return {**ORDER, "id": ident, **more}


def by_reference(ident: str, reference: str, **more: Any) -> dict[str, Any]:
    return order(ident, medicationReference={"reference": reference, **more})


@pytest.mark.parametrize(
    ("resource", "missing"),
    [
        (order("1", **CODED), []),
        (order("1"), []),
        (order("1", medicationReference={"display": "aspirin"}), []),
        (by_reference("1", "#contained"), []),
        (by_reference("1", "Medication/m"), [MissingMedication("Medication/m", named=False)]),
        (by_reference("1", "Medication/m", display="a"), [MissingMedication("Medication/m", named=True)]),
        (
            order("1", medication={"reference": {"reference": "Medication/m"}}),
            [MissingMedication("Medication/m", named=False)],
        ),
    ],
)
def test_what_an_order_refers_to(resource: dict[str, Any], missing: list[MissingMedication]) -> None:
    assert missing_medications(pool_of(resource)) == missing


def test_each_is_missing_once_and_those_without_a_name_come_first() -> None:
    pool = pool_of(
        by_reference("1", "Medication/a", display="a"),
        by_reference("2", "Medication/b", display="b"),
        by_reference("3", "Medication/b"),
    )
    assert [one.reference for one in missing_medications(pool)] == ["Medication/b", "Medication/a"]
    pool.add("Medication", b'{"resourceType": "Medication", "id": "b"}')
    assert [one.reference for one in missing_medications(pool)] == ["Medication/a"]


def test_orders_of_others_are_not_looked_at_and_drafts_are() -> None:
    other = by_reference("1", "Medication/m") | {"subject": {"reference": "Patient/q"}}
    pool = pool_of(other)
    assert missing_medications(pool) == []
    pool.add_drafts(
        json.dumps(
            {"resourceType": "Bundle", "entry": [{"resource": by_reference("2", "Medication/d")}]}
        ).encode()
    )
    assert [one.reference for one in missing_medications(pool)] == ["Medication/d"]


def test_a_note_takes_the_place_of_the_page_that_is_missing() -> None:
    pool = Pool("p", declared=["labs"])
    pool.add("labs", b'{"resourceType": "Bundle", "link": [{"relation": "next", "url": "x"}]}')
    assert pool.incomplete == ("labs: more pages exist",)
    pool.note("labs", "more than 10 pages")
    assert pool.incomplete == ("labs: more than 10 pages",)
    assert not pool.next_pages


@pytest.mark.parametrize("name", ["MedicationRequest/7", "7", "urn:uuid:7"])
def test_a_selection_names_a_draft_by_reference_id_or_url(name: str) -> None:
    entries = [
        {"fullUrl": "urn:uuid:7", "resource": order("7", **CODED)},
        {"resource": order("8", **CODED)},
        {"resource": {**ORDER, **CODED}},
    ]
    pool = Pool("p")
    pool.add_drafts(json.dumps({"resourceType": "Bundle", "entry": entries}).encode(), [name, ""])
    assert pool.selected_drafts == {"MedicationRequest/7"}
