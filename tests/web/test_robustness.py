"""Whatever is sent: cards, or a 4xx with an OperationOutcome, and never a 5xx."""

import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scenarios import card_rules, expectations
from tests.scenarios.codes import Json
from tests.scenarios.in_process import (
    BUSY,
    CHOSEN,
    PATH,
    answer_to,
    assert_answered,
    client,
    few,
    many,
    places,
    put,
    request_of,
    resources,
    tiers,
)

leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(
        ["", "2026-02-30", "0000-00-00", "9999-12-31", "active", "Patient/x", "#", "urn:uuid:", "final"]
    ),
)
any_json = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@many
@given(st.data())
def test_any_json_in_any_place(data: st.DataObject) -> None:
    request = request_of(data.draw(st.sampled_from(CHOSEN)))
    path = data.draw(st.sampled_from(list(places(request))))
    changed = put(request, path, data.draw(any_json))
    assert_answered(client().post(PATH, json=changed))


@few
@given(any_json)
def test_any_json_as_the_body(body: Any) -> None:
    assert_answered(client().post(PATH, json=body))


@few
@given(st.binary(max_size=60))
def test_any_bytes_as_the_body(body: bytes) -> None:
    response = client().post(PATH, data=body, content_type="application/json")
    assert_answered(response)
    assert response.status_code == 400


@few
@given(st.data())
def test_one_unreadable_entry_never_hides_the_others(data: st.DataObject) -> None:
    request = request_of(data.draw(st.sampled_from(CHOSEN)))
    before = answer_to(request)
    kind = data.draw(
        st.sampled_from(["Observation", "Condition", "MedicationRequest", "Nonsense", "Patient"])
    )
    broken = {"resourceType": kind, "id": "broken", "status": data.draw(any_json), "code": 7, "subject": 7}
    key = data.draw(st.sampled_from(["labs", "conditions", "medicationRequests"]))
    place = data.draw(st.integers(0, len(request["prefetch"][key]["entry"])))
    request["prefetch"][key]["entry"].insert(place, {"resource": broken})
    after = answer_to(request)
    assert expectations.indicators(after) == expectations.indicators(before)
    assert tiers(after) == tiers(before)


@pytest.mark.parametrize("number", [1e308, -1, 0, 1e-300, "12", "x", 10**40, True, [4]])
def test_hostile_numbers(number: Any) -> None:
    request = request_of(BUSY)
    for resource in resources(request):
        if "valueQuantity" in resource:
            resource["valueQuantity"]["value"] = number
    assert_answered(client().post(PATH, json=request))


@pytest.mark.parametrize(
    "when",
    [
        "2026",
        "2026-10",
        "2026-02-30",
        "0000-01-01",
        "9999-12-31",
        "2026-10-01T23:59:60Z",
        "yesterday",
        "",
        20261001,
    ],
)
def test_hostile_dates(when: Any) -> None:
    request = request_of(BUSY)
    for resource in resources(request):
        for name in ("effectiveDateTime", "authoredOn", "authored", "recordedDate"):
            if name in resource:
                resource[name] = when
    assert_answered(client().post(PATH, json=request))


@pytest.mark.parametrize(
    "references",
    [
        {"medicationReference": {"reference": "MedicationRequest/loop"}},
        {"medicationReference": {"reference": "#" + "x" * 10_000}},
        {"basedOn": [{"reference": "MedicationRequest/loop"}], "priorPrescription": {"reference": "#loop"}},
    ],
)
def test_references_that_lead_nowhere(references: Json) -> None:
    request = request_of(BUSY)
    subject = {"reference": f"Patient/{request['context']['patientId']}"}
    order = {"resourceType": "MedicationRequest", "id": "loop", "status": "active", "intent": "order"}
    entry = {"resource": {**order, "subject": subject, **references}}
    request["prefetch"]["medicationRequests"]["entry"].append(entry)
    answer_to(request)


def test_fhir_server_may_be_named_and_instance_repeated() -> None:
    request = request_of(BUSY)
    first = answer_to(request)
    again = answer_to({**request, "fhirServer": "https://ehr.example/fhir", "extension": {"a": {"b": 1}}})
    assert again == first
    other = answer_to({**request, "hookInstance": str(uuid.uuid4())})
    assert card_rules.without_identity(other) == card_rules.without_identity(first)
