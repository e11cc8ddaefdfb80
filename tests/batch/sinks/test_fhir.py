"""FHIR: every line is valid, and says what the row says."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from fhir.resources.R4B import get_fhir_model_class
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cds_service import fixtures
from cds_service.batch.books import Fault
from cds_service.batch.row import Row
from tests.batch.sinks.rows import TODAY, card, fixture_rows, row, written

Json = dict[str, Any]


def lines(content: bytes) -> list[Json]:
    return [msgspec.json.decode(line) for line in content.splitlines()]


def resources(bundle: Json, kind: str) -> list[Json]:
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Json]:
    found = lines(written(tmp_path_factory.mktemp("fhir"), "fhir", fixture_rows()))
    return {one.patient: bundle for one, bundle in zip(fixture_rows(), found, strict=True)}


def test_every_line_is_valid(bundles: dict[str, Json]) -> None:
    for bundle in bundles.values():
        assert get_fhir_model_class("Bundle").model_validate(bundle)


@pytest.mark.parametrize("one", fixture_rows(), ids=lambda one: one.patient)
def test_a_bundle_has_a_review_and_an_issue_a_card(one: Row, bundles: dict[str, Json]) -> None:
    bundle = bundles[one.patient]
    (guidance,) = resources(bundle, "GuidanceResponse")
    assert guidance["subject"] == {"reference": f"Patient/{one.patient}"}
    assert [note["text"] for note in guidance.get("note", [])] == ([one.closed_by] if one.closed_by else [])
    issues = resources(bundle, "DetectedIssue")
    severity = {"critical": "high", "warning": "moderate", "info": "low"}
    assert [(issue["code"]["coding"][0]["code"], issue["severity"], issue["detail"]) for issue in issues] == [
        (card.id, severity[card.indicator], card.summary) for card in one.cards
    ]
    assert {issue["patient"]["reference"] for issue in issues} <= {f"Patient/{one.patient}"}


def test_evidence_leads_to_records_of_the_patient(bundles: dict[str, Json]) -> None:
    known = {
        f"{resource['resourceType']}/{resource['id']}"
        for patient in fixtures.patients()
        for resource in patient.resources(TODAY)
    }
    found = {
        reference["reference"]
        for bundle in bundles.values()
        for issue in resources(bundle, "DetectedIssue")
        for evidence in issue.get("evidence", [])
        for reference in evidence["detail"]
    }
    assert len(found) > 20
    assert found <= known


def test_what_was_not_read_is_said(tmp_path: Path) -> None:
    unread = row(
        closed_by="G2: the age is not known",
        cards=[],
        skipped=[{"ref": "Observation/1", "reason": "no usable date"}],
        incomplete=["labs: more pages exist"],
    )
    (bundle,) = lines(written(tmp_path, "fhir", [unread]))
    (guidance,), (outcome,) = resources(bundle, "GuidanceResponse"), resources(bundle, "OperationOutcome")
    assert guidance["status"] == "data-required"
    assert [issue["diagnostics"] for issue in outcome["issue"]] == [
        "Observation/1: no usable date",
        "labs: more pages exist",
    ]
    names = {entry["fullUrl"]: entry["resource"]["resourceType"] for entry in bundle["entry"]}
    assert names[guidance["evaluationMessage"][0]["reference"]] == "OperationOutcome"


def test_faults_come_last(tmp_path: Path) -> None:
    faults = [Fault("b.json", 3, "not valid JSON"), Fault("a.json", 0, "empty")]
    *_, last = lines(written(tmp_path, "fhir", [row()], faults))
    assert last["resourceType"] == "OperationOutcome"
    assert [issue["diagnostics"] for issue in last["issue"]] == [
        "a.json: empty",
        "b.json line 3: not valid JSON",
    ]


def test_names_of_resources_are_their_own(tmp_path: Path) -> None:
    twice = [row(cards=[card(), card(id="ls-causes", fingerprint="f01")]), row("p2")]
    urls = [
        entry["fullUrl"] for bundle in lines(written(tmp_path, "fhir", twice)) for entry in bundle["entry"]
    ]
    assert len(set(urls)) == len(urls) == 5


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    patient=st.text(st.characters(exclude_categories=["Cs"]), max_size=70),
    ref=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=70),
)
def test_whatever_an_id_holds_the_line_is_valid(patient: str, ref: str, tmp_path: Path) -> None:
    rows = [row(patient, cards=[card(evidence=[ref])]), row(patient, closed_by=ref, cards=[])]
    found, closed = lines(written(tmp_path, "fhir", rows))
    for bundle in (found, closed):
        assert get_fhir_model_class("Bundle").model_validate(bundle)
    (guidance,) = resources(closed, "GuidanceResponse")
    assert [note["text"] for note in guidance["note"]] == [ref]
    assert guidance.get("subject") == resources(found, "GuidanceResponse")[0].get("subject")


def test_patients_without_cards_differ_in_what_names_them(tmp_path: Path) -> None:
    rows = [
        row(f"p{number}", closed_by=gate, cards=[]) for number, gate in enumerate(["G1: a", "G3: b", "G1: a"])
    ]
    bundles = lines(written(tmp_path, "fhir", rows))
    found = [resources(bundle, "GuidanceResponse")[0] for bundle in bundles]
    assert [one["subject"]["reference"] for one in found] == ["Patient/p0", "Patient/p1", "Patient/p2"]
    assert [one["note"][0]["text"] for one in found] == ["G1: a", "G3: b", "G1: a"]
    assert len({bundle["entry"][0]["fullUrl"] for bundle in bundles}) == 3
