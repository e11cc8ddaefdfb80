"""`leg-cds check`: what is read, recognised and valid, counted over everything given."""

import json
from pathlib import Path
from typing import Any

import pytest

from cds_service import cli
from tests.batch.conftest import ON_STATIN, PATIENTS, TODAY, Json, Run, as_bytes, bundle, resources, write

SUBJECT = {"reference": "Patient/p"}
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
LOINC = "http://loinc.org"


def order(status: str = "active", **concept: Any) -> Json:
    return {
        "resourceType": "MedicationRequest",
        "id": f"order-{status}",
        "status": status,
        "intent": "order",
        "subject": SUBJECT,
        "medicationCodeableConcept": concept,
    }


def result(code: str, text: str) -> Json:
    return {
        "resourceType": "Observation",
        "status": "final",
        "subject": SUBJECT,
        "code": {"coding": [{"system": LOINC, "code": code}], "text": text},
        "valueQuantity": {"value": 4.1, "unit": "mmol/L"},
    }


def checked(run: Run, *arguments: object) -> Json:
    found: Json = json.loads(run("check", "--format", "json", *arguments).stdout)
    return found


def test_medicines_are_counted_by_class_whatever_their_status(tmp_path: Path, run: Run) -> None:
    simvastatin = {"coding": [{"system": RXNORM, "code": "36567"}]}
    write(
        tmp_path,
        in__json=bundle(
            order("active", **simvastatin),
            order("entered-in-error", **simvastatin),
            order("stopped", text="Furosemide 40 mg tablets"),
            order("unknown", text="nystatin suspension"),
            order("draft", coding=[{"system": "urn:local", "code": "X1"}]),
            order("completed", coding=[{"system": RXNORM, "code": "161"}]),
        ),
    )
    counted = checked(run, tmp_path)["medications"]
    assert counted["records"] == 6
    assert (counted["statin"], counted["diuretic"], counted["loop diuretic"]) == (2, 1, 1)
    assert (counted["by_code"], counted["by_name"]) == (2, 1)
    assert counted["others"] + counted["unrecognised"] == 3


def test_what_cannot_be_recognised_is_named_and_counted(tmp_path: Path, run: Run) -> None:
    unknown = order(coding=[{"system": "urn:local", "code": "X1", "display": "Local mixture 7"}])
    lab = result("99999-9", "Serum porcelain")
    write(tmp_path, in__json=bundle(unknown, unknown, lab, result("2823-3", "Potassium")))
    found = checked(run, tmp_path)
    assert found["unrecognised"]["medications"] == {"Local mixture 7": 2}
    assert found["unrecognised"]["measurements"] == {"Serum porcelain": 1}
    assert {name: count for name, count in found["results"].items() if count} == {"potassium": 1}


def test_a_medication_elsewhere_is_followed(tmp_path: Path, run: Run) -> None:
    write(tmp_path, in__json=bundle(*resources(PATIENTS["medicine-by-reference"])))
    assert checked(run, tmp_path)["medications"]["statin"] == 1


def test_resources_are_counted_as_read_not_used_or_skipped(tmp_path: Path, run: Run) -> None:
    broken = {**result("2823-3", "Potassium"), "status": {"no": "text"}}
    procedure = {"resourceType": "Procedure", "id": "x"}
    write(tmp_path, in__json=bundle({"resourceType": "Patient", "id": "p"}, broken, procedure))
    ended = run("check", "--format", "json", tmp_path)
    found = json.loads(ended.stdout)
    assert found["patients"] == 1
    assert found["resources"] == {
        "read": {"Patient": 1},
        "not_used": {"Procedure": 1},
        "skipped": {"status cannot be read": 1},
    }
    assert ended.exit_code == cli.UNREADABLE
    assert "status cannot be read" in ended.stderr


def test_everything_of_a_hook_request_is_counted(tmp_path: Path, run: Run) -> None:
    write(tmp_path, a__json=ON_STATIN.hook_request(TODAY), b__json=ON_STATIN.bundle(TODAY))
    found = checked(run, tmp_path)
    assert (found["patients"], found["hook_requests"]) == (1, 1)
    assert found["medications"]["statin"] == 2


@pytest.mark.parametrize("patient", PATIENTS.values(), ids=PATIENTS)
def test_our_own_patients_are_valid(patient: Any, tmp_path: Path, run: Run) -> None:
    write(tmp_path, in__json=patient.bundle(TODAY))
    found = checked(run, tmp_path)
    assert (found["invalid"], found["complaints"]) == (0, [])
    assert found["valid"] == len(resources(patient))


def test_what_is_invalid_is_told_by_path_and_never_by_value(tmp_path: Path, run: Run) -> None:
    patient = {
        "resourceType": "Patient",
        "id": "p",
        "birthDate": "Geheimrat",
        "geheim": 1,
        "active": "Geheimrat",
    }
    lines = [patient, {"resourceType": "Spaceship", "id": "s"}, {"resourceType": "Patient", "id": "fine"}]
    write(tmp_path, in__ndjson=b"\n".join(map(as_bytes, lines)))
    ended = run("check", "--format", "json", tmp_path)
    found = json.loads(ended.stdout)
    assert (found["invalid"], found["valid"]) == (2, 1)
    told = "\n".join(found["complaints"])
    for words in (
        "in.ndjson line 1: Patient/p: birthDate: ",
        "Patient/p: geheim: Extra inputs are not permitted",
        "in.ndjson line 2: Spaceship/s: no resource type of FHIR R4",
    ):
        assert words in told
    assert "Geheimrat" not in ended.stdout + ended.stderr


def test_validation_can_be_left_out(tmp_path: Path, run: Run) -> None:
    write(tmp_path, in__json={"resourceType": "Patient", "id": "p", "geheim": 1})
    found = checked(run, "--no-validate", tmp_path)
    assert "invalid" not in found
    assert found["complaints"] == []


def test_the_text_says_the_same_in_lines(tmp_path: Path, run: Run) -> None:
    write(tmp_path, in__json=ON_STATIN.bundle(TODAY), bad__json={"resourceType": "Patient", "geheim": 1})
    ended = run("check", tmp_path)
    lines = ended.stdout.splitlines()
    assert lines[0] == "patients: 2"
    assert any(line.startswith("medications: records 1") for line in lines)
    assert "invalid: 1" in lines
    assert any(line.endswith("Patient without id: geheim: Extra inputs are not permitted") for line in lines)
    assert ended.exit_code == cli.DONE


def test_long_lists_are_cut_in_the_text_only(tmp_path: Path, run: Run) -> None:
    many = [result(f"{number}", f"Measurement {number:02}") for number in range(25)]
    write(tmp_path, in__json=bundle(*many))
    line = next(one for one in run("check", tmp_path).stdout.splitlines() if "measurements" in one)
    assert line.endswith("Measurement 19 1, and 5 more")
    assert len(checked(run, tmp_path)["unrecognised"]["measurements"]) == 25


def test_a_missing_path_is_wrong_usage(tmp_path: Path, run: Run) -> None:
    assert run("check", tmp_path / "nowhere").exit_code == cli.USAGE
