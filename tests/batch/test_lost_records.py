"""What is lost with a record, and after the end of a document, is said; nothing else is lost with it."""

from collections import Counter
from pathlib import Path

import msgspec
import pytest

from cds_service import cli
from tests.batch.conftest import (
    ON_STATIN,
    PATIENTS,
    TODAY,
    Run,
    as_bytes,
    bundle,
    errors,
    resources,
    reviewed,
    write,
)


@pytest.mark.parametrize("others", [[], ["vitamin-d-of-nine"]], ids=["one patient", "two patients"])
@pytest.mark.parametrize("lost", ["QuestionnaireResponse", "MedicationRequest"])
def test_a_record_with_a_member_twice_takes_nothing_else_with_it(
    lost: str, others: list[str], tmp_path: Path, run: Run
) -> None:
    everything = [one for name in (ON_STATIN.id, *others) for one in resources(PATIENTS[name])]
    (reference,) = (f"{lost}/{one['id']}" for one in resources(ON_STATIN) if one["resourceType"] == lost)
    found = f'"resourceType":"{lost}"'.encode()
    content = as_bytes(bundle(*everything)).replace(found, found + b',"language":"en","language":"de"', 1)
    write(tmp_path, in__json=content)
    ended = run("review", "--format", "json", tmp_path)
    row = next(row for row in msgspec.json.decode(ended.stdout)["patients"] if row["patient"] == ON_STATIN.id)
    read = Counter(one["resourceType"] for one in resources(ON_STATIN)) - Counter([lost])
    assert row["resources"]["read"] == read
    assert [one["ref"] for one in row["skipped"]] == [reference]
    shown = " ".join(card["detail"] for card in row["cards"])
    assert reference in shown or lost == "MedicationRequest"
    assert row["closed_by"] == ("" if lost == "MedicationRequest" else "G3: no leg soreness reported")
    assert reviewed(ended)[ON_STATIN.id], "a patient with an unread record has an empty answer"
    assert any(error.startswith(f"{reference}: ") and "twice" in error for error in errors(ended))
    assert ended.exit_code == cli.UNREADABLE
    assert f"{reference}: a JSON object has a member twice" in run("check", "--no-validate", tmp_path).output


@pytest.mark.parametrize("space", [b"", b"\n"], ids=["at once", "on the next line"])
def test_more_json_after_the_end_of_a_document_is_no_garbage_to_ignore(
    space: bytes, tmp_path: Path, run: Run
) -> None:
    pretty, other = (
        msgspec.json.format(as_bytes(PATIENTS[name].bundle(TODAY)), indent=1)
        for name in (ON_STATIN.id, "vitamin-d-of-nine")
    )
    write(tmp_path, in__json=pretty + space + other)
    ended = run("review", "--format", "json", tmp_path)
    assert reviewed(ended) == {ON_STATIN.id: ON_STATIN.cards}
    (error,) = errors(ended)
    assert "more follows the end of the JSON" in error
    assert ended.exit_code == cli.UNREADABLE


@pytest.mark.parametrize("patient", [None, bundle()], ids=["null", "an empty Bundle"])
def test_a_request_whose_patient_is_nobody_says_what_the_service_says(
    patient: object, tmp_path: Path, run: Run
) -> None:
    request = ON_STATIN.hook_request(TODAY)
    request["prefetch"]["patient"] = patient
    write(tmp_path, in__json=request)
    ended = run("review", "--format", "json", tmp_path)
    assert reviewed(ended) == {ON_STATIN.id: {"ls-notice": "info"}}
    assert not errors(ended)
    assert ended.exit_code == cli.DONE


def test_what_a_request_holds_of_no_type_of_fhir_is_named(tmp_path: Path, run: Run) -> None:
    request = ON_STATIN.hook_request(TODAY)
    request["prefetch"]["symptoms"] = {"resourceType": "MedicationOrder", "id": "m1"}
    write(tmp_path, in__json=request)
    ended = run("review", "--format", "json", tmp_path)
    assert reviewed(ended) == {ON_STATIN.id: ON_STATIN.cards}
    assert errors(ended) == ["1 MedicationOrder: no resource type of FHIR R4; not read"]
    assert ended.exit_code == cli.UNREADABLE
