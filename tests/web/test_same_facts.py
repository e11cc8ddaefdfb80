"""The same facts give the same cards, however they are packed and whatever lies beside them."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scenarios import expectations
from tests.scenarios.codes import Json
from tests.scenarios.in_process import BUSY, CHOSEN, answer_to, few, request_of, resources, unrelated


def _with_bundles(request: Json, bundles: dict[str, list[Json]]) -> Json:
    prefetch = {
        key: {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": it} for it in resources]}
        for key, resources in bundles.items()
    }
    kept = {key: request["prefetch"][key] for key in ("patient", "encounter")}
    return {**request, "prefetch": {**kept, **prefetch}}


@few
@given(st.data())
def test_splitting_and_reordering_changes_nothing(data: st.DataObject) -> None:
    request = request_of(data.draw(st.sampled_from(CHOSEN)))
    keys = [key for key in request["prefetch"] if key not in {"patient", "encounter"}]
    bundles: dict[str, list[Json]] = {key: [] for key in keys}
    for resource in data.draw(st.permutations(resources(request))):
        key = data.draw(st.sampled_from([*keys, "anotherKey", "x"]))
        bundles.setdefault(key, []).append(resource)
    assert answer_to(_with_bundles(request, bundles)) == answer_to(request)


@few
@given(st.data())
def test_unrelated_resources_change_nothing(data: st.DataObject) -> None:
    request = request_of(data.draw(st.sampled_from(CHOSEN)))
    before = answer_to(request)
    for number in range(data.draw(st.integers(1, 5))):
        other = copy.deepcopy(data.draw(st.sampled_from(unrelated(request["context"]["patientId"]))))
        other["id"] = f"other-{number}"
        key = data.draw(st.sampled_from(["labs", "conditions", "symptoms", "vitals", "extra"]))
        bundle = request["prefetch"].setdefault(
            key, {"resourceType": "Bundle", "type": "searchset", "entry": []}
        )
        place = data.draw(st.integers(0, len(bundle["entry"])))
        bundle["entry"].insert(place, {"resource": other})
    assert answer_to(request) == before


@pytest.mark.parametrize(
    "other", ["Patient/someone-else", "https://elsewhere.example/fhir/Patient/someone-else"]
)
def test_resources_of_another_patient_are_not_used(other: str) -> None:
    request = request_of(BUSY)
    for resource in resources(request):
        if resource["resourceType"] == "MedicationRequest":
            resource["subject"] = {"reference": other}
    answer = answer_to(request)
    tiers = {it["cause"]: it["tier"] for it in expectations.ranking(answer)}
    assert tiers.get("statin", "none") == "none"
    assert "another patient" in expectations.text_of(answer).lower()


def test_two_thousand_irrelevant_entries_lose_nothing() -> None:
    request = request_of(BUSY)
    before = answer_to(request)
    weight = unrelated(request["context"]["patientId"])[1]
    filler = [{"resource": {**weight, "id": f"w{number}"}} for number in range(2000)]
    request["prefetch"]["labs"]["entry"][:0] = filler
    assert answer_to(request) == before
