"""Who belongs to whom: patients joined over files, and never mixed."""

import copy
import re
from pathlib import Path

import msgspec
import pytest
from click.testing import Result
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.fixtures import bulk_export
from tests.batch.conftest import (
    ON_STATIN,
    PATIENTS,
    TODAY,
    Json,
    Run,
    as_bytes,
    bundle,
    errors,
    resources,
    reviewed,
    write,
)

OTHER = PATIENTS["vitamin-d-of-nine"]
BY_REFERENCE = PATIENTS["medicine-by-reference"]
EXPORT = bulk_export(PATIENTS.values(), TODAY)
LINES = [line for content in EXPORT.values() for line in content.splitlines()]
NAMING_A_PATIENT = [line for line in LINES if b'"resourceType":"Medication"' not in line]
EXPECTED = {patient.id: patient.cards for patient in PATIENTS.values()}


def renamed(patient_id: str, reference: str) -> list[Json]:
    """The statin patient with another id, each resource naming the patient by `reference`."""
    changed = copy.deepcopy(resources(ON_STATIN))
    for resource in changed:
        if resource["resourceType"] == "Patient":
            resource["id"] = patient_id
            resource["identifier"] = [{"system": "urn:example", "value": "42"}]
        elif "subject" in resource:
            resource["subject"] = {"reference": reference}
    return changed


def test_an_export_gives_the_same_cards_as_the_bundles_of_its_patients(tmp_path: Path, run: Run) -> None:
    for name, content in EXPORT.items():
        tmp_path.joinpath(name).write_bytes(content)
    assert reviewed(run("review", "--format", "json", tmp_path)) == EXPECTED


def test_all_patients_in_one_bundle_are_reviewed_apart(tmp_path: Path, run: Run) -> None:
    everything = [one for patient in PATIENTS.values() for one in resources(patient)]
    write(tmp_path, all__json=bundle(*everything))
    assert reviewed(run("review", "--format", "json", tmp_path)) == EXPECTED


def rows_without_files(ended: Result) -> list[Json]:
    rows = msgspec.json.decode(ended.stdout)["patients"]
    return [{**row, "sources": len(row["sources"])} for row in rows]


@given(lines=st.permutations(LINES), count=st.integers(1, 4))
@settings(max_examples=15, deadline=None)
def test_the_order_of_lines_and_files_changes_nothing(
    lines: list[bytes], count: int, tmp_path_factory: pytest.TempPathFactory, run: Run
) -> None:
    folder = tmp_path_factory.mktemp("shuffled")
    ordered, shuffled = folder / "a.ndjson", folder / "b.ndjson"
    ordered.write_bytes(b"\n".join(LINES))
    shuffled.write_bytes(b"\n".join(lines))
    expected = run("review", "--format", "json", ordered)
    assert rows_without_files(run("review", "--format", "json", shuffled)) == rows_without_files(expected)
    files = [folder / f"part-{number}.ndjson" for number in range(count)]
    for number, file in enumerate(files):
        file.write_bytes(b"\n".join(lines[number::count]))
    assert reviewed(run("review", "--format", "json", *files)) == reviewed(expected)


@given(lines=st.lists(st.sampled_from([*NAMING_A_PATIENT, b"{"]), max_size=60))
@settings(max_examples=40, deadline=None)
def test_every_resource_is_accounted_for(lines: list[bytes], run: Run) -> None:
    said = msgspec.json.decode(
        run("review", "--format", "json", "-", stdin=b"[]\n" + b"\n".join(lines)).stdout
    )
    used = [row["resources"] for row in said["patients"]]
    reviewed_count = sum(sum(one["read"].values()) + one["repeated"] for one in used)
    told = [re.match(r"(\d+) resources", fault["error"]) for fault in said["errors"]]
    assert reviewed_count + sum(int(match[1]) for match in told if match) == len(lines) - lines.count(b"{")
    broken = sum("not valid JSON" in fault["error"] for fault in said["errors"])
    assert broken == lines.count(b"{")


@pytest.mark.parametrize(
    "reference",
    [
        "Patient/p-1",
        "https://ehr.example/fhir/Patient/p-1",
        "https://ehr.example/fhir/Patient/p-1/_history/3",
        "urn:uuid:p-1",
        "p-1",
        "Patient?identifier=urn:example|42",
    ],
)
def test_the_patient_is_found_by_every_kind_of_reference(reference: str, tmp_path: Path, run: Run) -> None:
    first, *others = renamed("p-1", reference)
    write(
        tmp_path,
        patient__json=first,
        others__ndjson=b"\n".join(map(as_bytes, others)),
        b__json=OTHER.bundle(TODAY),
    )
    ended = run("review", "--format", "json", tmp_path)
    assert reviewed(ended) == {"p-1": ON_STATIN.cards, OTHER.id: OTHER.cards}


def test_a_patient_known_by_the_address_of_its_entry_only(tmp_path: Path, run: Run) -> None:
    name = "urn:uuid:9f4d0c6e-0000-4000-8000-000000000001"
    first, *others = renamed("", name)
    del first["id"]
    entries = [{"fullUrl": name, "resource": first}, *({"resource": one} for one in others)]
    both = [{"resource": one} for one in resources(OTHER)]
    for content in (entries, entries + both):
        write(tmp_path, in__json={"resourceType": "Bundle", "type": "transaction", "entry": content})
        assert reviewed(run("review", "--format", "json", tmp_path))[name] == ON_STATIN.cards


def test_the_same_patient_twice_is_reviewed_once_and_counted(tmp_path: Path, run: Run) -> None:
    write(tmp_path, a__json=ON_STATIN.bundle(TODAY), b__json=ON_STATIN.bundle(TODAY))
    ended = run("review", "--format", "json", tmp_path)
    (row,) = msgspec.json.decode(ended.stdout)["patients"]
    assert reviewed(ended) == {ON_STATIN.id: ON_STATIN.cards}
    assert row["resources"]["repeated"] == len(resources(ON_STATIN))
    assert [Path(source).name for source in row["sources"]] == ["a.json", "b.json"]


def test_two_people_with_one_id_are_kept_apart(tmp_path: Path, run: Run) -> None:
    other = copy.deepcopy(resources(OTHER))
    for resource in other:
        if resource["resourceType"] == "Patient":
            resource["id"] = ON_STATIN.id
            resource["birthDate"] = "1931-01-01"
        elif "subject" in resource:
            resource["subject"]["reference"] = f"Patient/{ON_STATIN.id}"
    stray = {"resourceType": "Condition", "subject": {"reference": f"Patient/{ON_STATIN.id}"}}
    write(tmp_path, a__json=ON_STATIN.bundle(TODAY), b__json=bundle(*other), c__json=stray)
    ended = run("review", "--format", "json", tmp_path)
    rows = msgspec.json.decode(ended.stdout)["patients"]
    found = [{card["id"]: card["indicator"] for card in row["cards"]} for row in rows]
    assert found == [ON_STATIN.cards, OTHER.cards]
    assert ended.exit_code == 3
    assert "two different patients are called so" in ended.stderr


def test_resources_of_somebody_not_given_are_said_and_not_reviewed(tmp_path: Path, run: Run) -> None:
    stray = {"resourceType": "Condition", "subject": {"reference": "Patient/somebody"}}
    write(tmp_path, a__json=ON_STATIN.bundle(TODAY), b__ndjson=as_bytes(stray))
    ended = run("review", "--format", "json", tmp_path)
    assert reviewed(ended) == {ON_STATIN.id: ON_STATIN.cards}
    assert errors(ended) == ["1 resources of Patient/somebody: this Patient was not given; give its file too"]
    assert ended.exit_code == 3


def test_the_identifier_in_a_conditional_reference_is_never_shown(tmp_path: Path, run: Run) -> None:
    stray = {"resourceType": "Condition", "subject": {"reference": "Patient?identifier=ssn|123-45-6789"}}
    ended = run("review", write(tmp_path, in__json=stray))
    assert "123-45" not in ended.output + ended.stderr
    assert ended.exit_code == 3


def nobodys() -> Json:
    form = next(one for one in resources(ON_STATIN) if one["resourceType"] == "QuestionnaireResponse")
    return {name: value for name, value in form.items() if name != "subject"}


def test_a_resource_without_a_patient_is_the_only_patients(tmp_path: Path, run: Run) -> None:
    kept = [one for one in resources(ON_STATIN) if one["resourceType"] != "QuestionnaireResponse"]
    write(tmp_path, a__json=bundle(*kept), b__json=nobodys())
    ended = run("review", "--format", "json", tmp_path)
    assert reviewed(ended) == {ON_STATIN.id: ON_STATIN.cards}


def test_a_resource_without_a_patient_is_nobodys_where_there_are_two(tmp_path: Path, run: Run) -> None:
    write(tmp_path, a__json=ON_STATIN.bundle(TODAY), b__json=OTHER.bundle(TODAY), c__json=nobodys())
    ended = run("review", "--format", "json", tmp_path)
    assert errors(ended) == ["1 resources name no patient; they were not used"]


def without_medication() -> tuple[list[Json], Json]:
    """A patient whose order refers to a Medication without repeating its name, and that Medication."""
    kept = copy.deepcopy([one for one in resources(BY_REFERENCE) if one["resourceType"] != "Medication"])
    for resource in kept:
        resource.get("medicationReference", {}).pop("display", None)
    return kept, next(one for one in resources(BY_REFERENCE) if one["resourceType"] == "Medication")


def tier_of_statin(ended: Result) -> str:
    rows = msgspec.json.decode(ended.stdout)["patients"]
    ranking = next(row["ranking"] for row in rows if row["patient"] == BY_REFERENCE.id)
    return next((one["tier"] for one in ranking if one["cause"] == "statin"), "none")


def test_a_medication_in_a_file_of_its_own_is_found(tmp_path: Path, run: Run) -> None:
    kept, medication = without_medication()
    lines = b"\n".join(map(as_bytes, [*kept, *resources(OTHER)]))
    write(tmp_path, all__ndjson=lines, Medication__ndjson=as_bytes(medication))
    ended = run("review", "--format", "json", tmp_path)
    assert tier_of_statin(ended) == BY_REFERENCE.tiers["statin"]
    row = next(
        row for row in msgspec.json.decode(ended.stdout)["patients"] if row["patient"] == BY_REFERENCE.id
    )
    assert (row["resources"]["read"]["Medication"], row["resources"]["repeated"]) == (1, 0)


def test_a_medication_known_by_the_address_of_its_entry_is_found(tmp_path: Path, run: Run) -> None:
    kept, medication = without_medication()
    del medication["id"]
    for resource in kept:
        if "medicationReference" in resource:
            resource["medicationReference"]["reference"] = "urn:uuid:9f4d0c6e-0000-4000-8000-000000000002"
    shared = bundle(medication, fullUrl="urn:uuid:9f4d0c6e-0000-4000-8000-000000000002")
    write(tmp_path, a__json=bundle(*kept), b__json=shared)
    assert tier_of_statin(run("review", "--format", "json", tmp_path)) == BY_REFERENCE.tiers["statin"]


def test_a_medication_in_the_bundle_of_somebody_else_is_not_taken(tmp_path: Path, run: Run) -> None:
    kept, medication = without_medication()
    write(tmp_path, a__json=bundle(*kept), b__json=bundle(*resources(OTHER), medication))
    assert tier_of_statin(run("review", "--format", "json", tmp_path)) in ("none", "unknown")


def test_a_medication_that_two_files_tell_differently_is_not_guessed(tmp_path: Path, run: Run) -> None:
    kept, medication = without_medication()
    another = {**medication, "code": {"text": "something else"}}
    write(tmp_path, a__json=bundle(*kept), b__json=bundle(medication), c__json=bundle(another))
    assert tier_of_statin(run("review", "--format", "json", tmp_path)) in ("none", "unknown")


def test_a_patient_counts_once_by_the_most_urgent_card(tmp_path: Path, run: Run) -> None:
    several = PATIENTS["cauda-equina"]
    assert set(several.cards.values()) == {"critical", "warning", "info"}
    write(tmp_path, a__json=several.bundle(TODAY))
    assert "1 patient reviewed, 1 with cards (1 critical)." in run("review", tmp_path).stderr
