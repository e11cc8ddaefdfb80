"""The synthetic patients: valid FHIR R4, marked as synthetic, the same person in every form."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest
from fhir.resources.R4B import get_fhir_model_class
from hypothesis import given
from hypothesis import strategies as st

from cds_service.fixtures import FixturePatient, bulk_export, patients
from tests.scenarios.codes import Json
from tests.scenarios.to_fhir import KEYS, hook_request, scenarios

PATIENTS = patients()
TODAY = date(2026, 11, 22)
each_patient = pytest.mark.parametrize("patient", PATIENTS, ids=lambda patient: patient.id)


def _in_bundle(bundle: Json) -> list[Json]:
    return [entry["resource"] for entry in bundle["entry"]]


@each_patient
def test_every_resource_is_valid_r4(patient: FixturePatient) -> None:
    for resource in patient.resources(TODAY):
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    get_fhir_model_class("Bundle").model_validate(patient.bundle(TODAY))


@each_patient
def test_every_resource_says_that_it_is_synthetic(patient: FixturePatient) -> None:
    for resource in patient.resources(TODAY):
        assert [tag["code"] for tag in resource["meta"]["tag"]] == ["HTEST"]
    assert patient.resources(TODAY)[0]["name"][0]["family"] == "Testpatient"


@each_patient
def test_request_and_bundle_hold_the_same_resources(patient: FixturePatient) -> None:
    prefetch = patient.hook_request(TODAY)["prefetch"]
    assert sorted(prefetch) == sorted(KEYS)
    sent = [prefetch["patient"], prefetch["encounter"]]
    for key in KEYS[2:]:
        sent.extend(_in_bundle(prefetch[key]))
    assert sorted(it["id"] for it in sent) == sorted(it["id"] for it in _in_bundle(patient.bundle(TODAY)))


@pytest.mark.parametrize("name", ["scenarios.json", "more.json"])
def test_the_scenarios_are_valid_r4_too(name: str) -> None:
    for scenario in scenarios(name):
        request = hook_request(scenario, datetime(2026, 11, 22, 12, tzinfo=UTC))
        for value in filter(None, request["prefetch"].values()):
            get_fhir_model_class(value["resourceType"]).model_validate(value)


def test_ids_are_unique_and_stories_are_one_line() -> None:
    assert len({patient.id for patient in PATIENTS}) == len(PATIENTS) >= 24
    ids = [resource["id"] for patient in PATIENTS for resource in patient.resources(TODAY)]
    assert len(set(ids)) == len(ids)
    assert all(patient.story and "\n" not in patient.story for patient in PATIENTS)


@given(st.dates(min_value=date(2024, 1, 1), max_value=date(2040, 12, 31)))
def test_the_story_moves_with_the_day(today: date) -> None:
    for patient in PATIENTS:
        request = patient.hook_request(today)
        assert "@" not in json.dumps(request)
        birth = date.fromisoformat(request["prefetch"]["patient"]["birthDate"])
        assert (birth.month, birth.day) in {(today.month, today.day), (2, 28)}
        assert request["prefetch"]["encounter"]["period"]["start"] == today.isoformat()


def test_the_same_call_gives_the_same_request() -> None:
    first, second = PATIENTS[0], PATIENTS[1]
    assert first.hook_request(TODAY) == first.hook_request(TODAY)
    instances = [
        first.hook_request(TODAY)["hookInstance"],
        second.hook_request(TODAY)["hookInstance"],
        first.hook_request(TODAY, "encounter-start")["hookInstance"],
        first.hook_request(date(2026, 11, 23))["hookInstance"],
    ]
    assert len(set(instances)) == 4
    assert first.hook_request(TODAY, instance="abc")["hookInstance"] == "abc"


def test_bulk_export_holds_every_resource_once_a_line() -> None:
    files = bulk_export(PATIENTS, TODAY)
    lines = {name: content.decode().splitlines() for name, content in files.items()}
    assert len(lines["Patient.ndjson"]) == len(PATIENTS)
    told = [resource for patient in PATIENTS for resource in patient.resources(TODAY)]
    assert sum(map(len, lines.values())) == len(told)
    for name, found in lines.items():
        assert {json.loads(line)["resourceType"] for line in found} == {name.removesuffix(".ndjson")}


def _folder(tmp_path: Path, story: str) -> Path:
    (tmp_path / "patients").mkdir()
    (tmp_path / "patients" / "one.yaml").write_text(story)
    layout = "systems: {}\ntag: {code: HTEST}\nvisit: {resourceType: Encounter}\nprefetch: {}\n"
    (tmp_path / "layout.yaml").write_text(layout)
    return tmp_path


def test_an_unknown_word_is_refused(tmp_path: Path) -> None:
    story = 'id: one\nstory: s\ncards: {}\nresources: [{resourceType: Patient, birthDate: "@yesterday"}]\n'
    (patient,) = patients(_folder(tmp_path, story))
    with pytest.raises(ValueError, match=r"one: '@yesterday'"):
        patient.resources(TODAY)


def test_a_misspelt_member_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(msgspec.ValidationError, match=r"one\.yaml.*topp"):
        patients(_folder(tmp_path, "id: one\nstory: s\ncards: {}\nresources: []\ntopp: statin\n"))
