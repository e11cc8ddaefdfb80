import json

import pytest
from fhir.resources.R4B.bundle import Bundle

from bench.bodies import hook_request


@pytest.mark.parametrize("size", [10_000, 50_000])
def test_a_prefetch_has_the_wanted_size_and_is_valid_fhir(size: int) -> None:
    body = hook_request(size)
    prefetch = json.loads(body)["prefetch"]
    assert (
        size <= len(json.dumps(prefetch, separators=(",", ":"), ensure_ascii=False).encode()) < size + 2_000
    )
    bundles = [value for value in prefetch.values() if value and value["resourceType"] == "Bundle"]
    assert all(Bundle.model_validate(bundle).total == len(bundle["entry"]) for bundle in bundles)


def test_the_filler_belongs_to_the_patient_and_is_of_every_kind() -> None:
    request = json.loads(hook_request(50_000))
    filler = [
        entry["resource"]
        for value in request["prefetch"].values()
        for entry in value.get("entry", [])
        if entry["resource"]["id"].startswith("filler-")
    ]
    assert {resource["resourceType"] for resource in filler} == {
        "Observation",
        "Condition",
        "MedicationRequest",
    }
    patient = f"Patient/{request['context']['patientId']}"
    assert {resource["subject"]["reference"] for resource in filler} == {patient}
    assert len({resource["id"] for resource in filler}) == len(filler)
