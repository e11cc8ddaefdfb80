"""Other versions of FHIR, and every type of Bundle: read where it is defined what they mean, else named."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from cds_service import cli
from tests.batch.conftest import (
    ON_STATIN,
    Json,
    Run,
    as_bytes,
    bundle,
    errors,
    resources,
    reviewed,
    write,
)

ALL = resources(ON_STATIN)
DSTU2 = {
    "resourceType": "MedicationOrder",
    "id": "order",
    "patient": {"reference": f"Patient/{ON_STATIN.id}"},
    "medicationCodeableConcept": {"text": "simvastatin 20 mg"},
}
R5 = {"resourceType": "InventoryItem", "id": "item"}


@pytest.mark.parametrize(
    "kind",
    ["batch", "batch-response", "collection", "document", "history", "message", "searchset", "transaction",
     "transaction-response"],
)  # fmt: skip
def test_every_type_of_bundle_is_read(kind: str, tmp_path: Path, run: Run) -> None:
    """Entries with requests and responses, as transactions and their answers have them."""
    entries = [
        {"request": {"method": "POST", "url": "x"}, "response": {"status": "201"}, "resource": one}
        for one in ALL
    ]
    write(tmp_path, in__json={"resourceType": "Bundle", "type": kind, "entry": entries})
    ended = run("review", "--format", "json", tmp_path)
    assert reviewed(ended) == {ON_STATIN.id: ON_STATIN.cards}
    assert ended.exit_code == cli.DONE, ended.stderr


def test_an_answer_without_resources_is_counted(tmp_path: Path, run: Run) -> None:
    answer = {
        "resourceType": "Bundle",
        "type": "batch-response",
        "entry": [{"response": {"status": "201", "location": "Patient/1"}}],
    }
    write(tmp_path, in__json=bundle(*ALL), answer__json=answer)
    ended = run("review", "--format", "json", tmp_path)
    assert reviewed(ended) == {ON_STATIN.id: ON_STATIN.cards}
    assert errors(ended) == ["entry 0: no resource"]


def as_stu3(resource: Json) -> Json:
    """The resource with what STU3 wrote otherwise."""
    if resource["resourceType"] == "MedicationRequest":
        dosage = [
            {**one, "doseQuantity": one["doseAndRate"][0]["doseQuantity"]}
            for one in resource["dosageInstruction"]
        ]
        for one in dosage:
            del one["doseAndRate"]
        return {**resource, "context": {"reference": "Encounter/x"}, "dosageInstruction": dosage}
    return resource


def as_r5(resource: Json) -> Json:
    """The resource with what R5 writes otherwise."""
    if resource["resourceType"] == "MedicationRequest":
        concept = resource["medicationCodeableConcept"]
        rest = {name: value for name, value in resource.items() if name != "medicationCodeableConcept"}
        return {**rest, "medication": {"concept": concept}}
    return resource


@pytest.mark.parametrize("change", [as_stu3, as_r5])
def test_what_another_version_writes_otherwise_is_understood(
    change: Callable[[Json], Json], tmp_path: Path, run: Run
) -> None:
    write(tmp_path, in__json=bundle(*map(change, ALL)))
    ended = run("review", "--format", "json", tmp_path)
    assert reviewed(ended) == {ON_STATIN.id: ON_STATIN.cards}
    assert ended.exit_code == cli.DONE, ended.stderr


@pytest.mark.parametrize("resource", [DSTU2, R5])
@pytest.mark.parametrize("form", ["json", "ndjson", "table"])
def test_a_type_that_r4_does_not_have_is_named(resource: Json, form: str, tmp_path: Path, run: Run) -> None:
    write(tmp_path, in__json=bundle(*ALL, resource), lines__ndjson=as_bytes(resource))
    ended = run("review", "--format", form, tmp_path)
    assert ended.exit_code == cli.UNREADABLE
    assert f"2 {resource['resourceType']}: no resource type of FHIR R4; not read" in ended.stderr
    if form != "table":
        assert resource["resourceType"] in ended.stdout


def test_a_type_that_no_rule_reads_is_counted(tmp_path: Path, run: Run) -> None:
    procedure = {"resourceType": "Procedure", "subject": {"reference": f"Patient/{ON_STATIN.id}"}}
    write(tmp_path, in__json=bundle(*ALL, procedure, bundle(procedure)))
    ended = run("review", "--format", "json", tmp_path)
    assert ended.exit_code == cli.DONE, ended.stderr
    assert msgspec.json.decode(ended.stdout)["not_used"] == {"Procedure": 2}
