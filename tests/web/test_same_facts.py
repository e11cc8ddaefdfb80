"""The same facts give the same cards, however they are packed and whatever lies beside them."""

import copy
import json
import re
from collections.abc import Iterator
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scenarios import expectations
from tests.scenarios.codes import CODES, Json, coding
from tests.scenarios.in_process import (
    BUSY,
    CHOSEN,
    answer_to,
    few,
    request_of,
    resources,
    tiers,
    unrelated,
)
from tests.scenarios.to_fhir import scenarios


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
    assert ("statin", "none", 0) in tiers(answer)
    assert "another patient" in expectations.text_of(answer).lower()


def test_two_thousand_irrelevant_entries_lose_nothing() -> None:
    request = request_of(BUSY)
    before = answer_to(request)
    weight = unrelated(request["context"]["patientId"])[1]
    filler = [{"resource": {**weight, "id": f"w{number}"}} for number in range(2000)]
    request["prefetch"]["labs"]["entry"][:0] = filler
    assert answer_to(request) == before


ASKED = [
    it
    for it in scenarios("scenarios.json")
    if (it["input"]["symptom"] or {}).get("source") == "QuestionnaireResponse"
]


@pytest.mark.parametrize("scenario", ASKED, ids=lambda scenario: scenario["id"])
def test_answering_no_is_the_same_as_leaving_out(scenario: Json) -> None:
    request = request_of(scenario)
    filled = copy.deepcopy(request)
    for response in _of_kind(filled, "QuestionnaireResponse"):
        given_already = {link for link, _ in _answered(response["item"])}
        response["item"] += [item for item in _declined() if item["linkId"] not in given_already]
    assert _same(answer_to(filled)) == _same(answer_to(request))


@pytest.mark.parametrize("scenario", ASKED, ids=lambda scenario: scenario["id"])
def test_a_flat_questionnaire_response_is_the_same(scenario: Json) -> None:
    request = request_of(scenario)
    flat = copy.deepcopy(request)
    for response in _of_kind(flat, "QuestionnaireResponse"):
        response["item"] = [item for _, item in _answered(response["item"])]
    assert answer_to(flat) == answer_to(request)


@pytest.mark.parametrize("scenario", CHOSEN, ids=lambda scenario: scenario["id"])
def test_a_medicine_behind_a_reference_is_the_same(scenario: Json) -> None:
    request = request_of(scenario)
    referring = copy.deepcopy(request)
    for order in _of_kind(referring, "MedicationRequest"):
        medication = {"resourceType": "Medication", "id": "m", "code": order.pop("medicationCodeableConcept")}
        order.update(contained=[medication], medicationReference={"reference": "#m"})
    assert _same(answer_to(referring)) == _same(answer_to(request))


@pytest.mark.parametrize("offset", ["+00:00", "+14:00", "-11:30"])
@pytest.mark.parametrize("scenario", CHOSEN, ids=lambda scenario: scenario["id"])
def test_the_same_instant_in_another_zone_is_the_same(scenario: Json, offset: str) -> None:
    request = request_of(scenario)
    zone = datetime.fromisoformat(f"2026-01-01T00:00:00{offset}").tzinfo

    def elsewhere(match: re.Match[str]) -> str:
        return datetime.fromisoformat(match[0]).astimezone(zone).isoformat()

    moved = json.loads(re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", elsewhere, json.dumps(request)))
    assert answer_to(moved) == answer_to(request)


@pytest.mark.parametrize("scenario", CHOSEN, ids=lambda scenario: scenario["id"])
def test_sent_twice_counts_once(scenario: Json) -> None:
    request = request_of(scenario)
    twice = copy.deepcopy(request)
    twice["prefetch"]["everything"] = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": it} for it in copy.deepcopy(resources(request))],
    }
    assert answer_to(twice) == answer_to(request)


@pytest.mark.parametrize("scenario", CHOSEN, ids=lambda scenario: scenario["id"])
def test_members_nobody_knows_are_the_same_as_none(scenario: Json) -> None:
    request = request_of(scenario)
    newer = copy.deepcopy(request)
    for resource in [*resources(newer), newer["prefetch"]["patient"]]:
        resource["_status"] = {"extension": [{"url": "https://example.org/x", "valueString": "y"}]}
        resource["fieldOfANewerRelease"] = {"a": [1, None, {"b": True}]}
        resource["extension"] = [
            {"url": "https://example.org/z", "valueReference": {"reference": "Patient/other"}}
        ]
    assert answer_to(newer) == answer_to(request)


def _same(answer: Json) -> tuple[dict[str, str], list[tuple[str, str, object]]]:
    """What must not differ: the cards with their indicators, and the ranking."""
    return expectations.indicators(answer), tiers(answer)


def _of_kind(request: Json, kind: str) -> list[Json]:
    return [resource for resource in resources(request) if resource["resourceType"] == kind]


def _answered(items: list[Json]) -> Iterator[tuple[str, Json]]:
    """linkId and item of every item with an answer, groups opened."""
    for item in items:
        if "answer" in item:
            yield item["linkId"], item
        yield from _answered(item.get("item", []))


def _declined() -> list[Json]:
    """Every yes/no item answered no, and every choice with a none answered none."""
    none = ["warn.swelling", "warn.redness", "warn.warmth", "girdle", "activity.kind"]
    codes = {**dict.fromkeys(CODES["yes_no"].values(), "no"), **dict.fromkeys(none, "none")}
    return [
        {"linkId": link, "answer": [{"valueCoding": coding("answers", it)}]} for link, it in codes.items()
    ]
