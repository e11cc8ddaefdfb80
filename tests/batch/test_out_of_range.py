"""Numbers that are none, and numbers no double holds, in files: a fault with its place; all others count."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from cds_service import cli
from tests.batch.conftest import ON_STATIN, TODAY, Run, as_bytes, bundle, resources, reviewed, write

NO_JSON = ("NaN", "Infinity", "-Infinity")
NO_DOUBLE = ("1e400", "9" * 5000)
DAY = datetime.now(UTC).date().isoformat()


def result(value: str) -> bytes:
    """A potassium of the patient on a statin."""
    code = {"coding": [{"system": "http://loinc.org", "code": "2823-3"}]}
    members = {
        "resourceType": "Observation",
        "id": "odd",
        "status": "final",
        "code": code,
        "subject": {"reference": f"Patient/{ON_STATIN.id}"},
        "effectiveDateTime": DAY,
        "valueQuantity": {"value": "@@", "unit": "mmol/L"},
    }
    return as_bytes(members).replace(b'"@@"', value.encode())


def good_lines() -> bytes:
    return b"".join(as_bytes(one) + b"\n" for one in resources(ON_STATIN))


@pytest.mark.parametrize("number", NO_JSON)
def test_a_line_that_is_no_json_is_a_fault_with_its_number(tmp_path: Path, run: Run, number: str) -> None:
    write(tmp_path, all__ndjson=good_lines() + result(number))
    ended = run("review", "--format", "json", tmp_path)
    assert ended.exit_code == cli.UNREADABLE
    (fault,) = msgspec.json.decode(ended.stdout)["errors"]
    assert fault["line"] == len(resources(ON_STATIN)) + 1
    assert "not valid JSON" in ended.stderr
    assert reviewed(ended) == {ON_STATIN.id: ON_STATIN.cards}


@pytest.mark.parametrize("number", NO_JSON)
def test_a_document_that_is_no_json_is_a_fault_and_the_others_count(
    tmp_path: Path, run: Run, number: str
) -> None:
    bad = as_bytes(bundle(*resources(ON_STATIN)))
    broken = bad.replace(b'"resourceType"', b'"x":' + number.encode() + b',"resourceType"', 1)
    write(tmp_path, bad__json=broken, good__json=as_bytes(ON_STATIN.bundle(TODAY)))
    ended = run("review", "--format", "json", tmp_path)
    assert ended.exit_code == cli.UNREADABLE
    assert "bad.json: not valid JSON" in ended.stderr
    assert reviewed(ended) == {ON_STATIN.id: ON_STATIN.cards}


@pytest.mark.parametrize("number", NO_DOUBLE, ids=lambda number: number[:6])
def test_a_number_no_double_holds_costs_its_record_alone(tmp_path: Path, run: Run, number: str) -> None:
    write(tmp_path, all__ndjson=good_lines() + result(number))
    ended = run("review", "--format", "json", tmp_path)
    assert ended.exit_code == cli.UNREADABLE
    (row,) = msgspec.json.decode(ended.stdout)["patients"]
    (skipped,) = row["skipped"]
    assert skipped == {"ref": "Observation/odd", "reason": "the JSON text cannot be read"}
    assert reviewed(ended) == {ON_STATIN.id: ON_STATIN.cards}
