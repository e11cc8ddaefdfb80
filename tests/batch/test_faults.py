"""What cannot be read is named with its place and reason; everything else is reviewed."""

import os
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service import cli
from cds_service.batch.books import Books
from cds_service.batch.documents import read_values
from cds_service.batch.files import SourceFile
from cds_service.batch.parts import parts_of
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


def as_lines(values: list[object]) -> bytes:
    return b"\n".join(map(as_bytes, values))


GOOD = as_bytes(ON_STATIN.bundle(TODAY))
DEEP = b'{"resourceType":"Bundle","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
TWICE = b'{"resourceType":"Patient","id":"a","id":"b"}'

UNREADABLE = {
    "empty": (b"", "empty"),
    "blank": (b" \n ", "empty"),
    "null": (b"null", "neither a JSON object nor an array"),
    "a number": (b"42", "neither a JSON object nor an array"),
    "an array of a number": (b"[1]", "neither a JSON object nor an array"),
    "XML": (b'<?xml version="1.0"?><Patient/>', "not valid JSON"),
    "a PDF": (b"%PDF-1.7\n1 0 obj", "not valid JSON"),
    "cut short": (GOOD[:-50], "not valid JSON"),
    "UTF-16": (b"\xff\xfe" + GOOD.decode().encode("utf-16-le"), "UTF-16"),
    "not UTF-8": (GOOD.replace(b"Testpatient", b"Test\xffpatient"), "not UTF-8"),
    "an empty array": (b"[]", "an empty array"),
    "nested too deeply": (DEEP, "nested too deeply"),
    "NaN": (GOOD.replace(b'"resourceType":"Bundle"', b'"resourceType":"Bundle","x":NaN'), "not valid JSON"),
    "a member twice": (TWICE, "a member twice"),
    "a resource with a member twice": (
        b'{"resourceType":"Bundle","entry":[{"resource":' + TWICE + b"}]}",
        "twice",
    ),
    "a server's failure": (b'{"resourceType":"OperationOutcome"}', "answered with an OperationOutcome"),
}


@pytest.mark.parametrize(("content", "reason"), UNREADABLE.values(), ids=UNREADABLE)
def test_one_bad_file_among_good_ones(content: bytes, reason: str, tmp_path: Path, run: Run) -> None:
    write(tmp_path, bad__json=content, good__json=GOOD)
    ended = run("review", "--format", "json", tmp_path)
    assert reviewed(ended) == {ON_STATIN.id: ON_STATIN.cards}
    (error,) = errors(ended)
    assert reason in error
    assert f"bad.json: {error}" in ended.stderr
    assert ended.exit_code == cli.UNREADABLE


def test_a_huge_number_does_not_stop_anything(tmp_path: Path, run: Run) -> None:
    number = b'"resourceType":"Bundle","x":' + b"9" * 5000
    write(tmp_path, a__json=GOOD.replace(b'"resourceType":"Bundle"', number))
    assert reviewed(run("review", "--format", "json", tmp_path)) == {ON_STATIN.id: ON_STATIN.cards}


def test_a_broken_line_is_named_by_its_number(tmp_path: Path, run: Run) -> None:
    everything = [one for patient in PATIENTS.values() for one in resources(patient)]
    lines = [as_bytes(one) for one in everything]
    lines.insert(56, b'{"resourceType": "Observation",')
    write(tmp_path, all__ndjson=b"\n".join(lines))
    ended = run("review", "--format", "json", tmp_path)
    assert reviewed(ended) == {patient.id: patient.cards for patient in PATIENTS.values()}
    assert [fault["line"] for fault in msgspec.json.decode(ended.stdout)["errors"]] == [57]
    assert "all.ndjson line 57: not valid JSON" in ended.stderr


def test_a_resource_that_cannot_be_read_is_counted_in_its_patients_row(tmp_path: Path, run: Run) -> None:
    bad = {
        "resourceType": "Condition",
        "id": "c1",
        "subject": {"reference": f"Patient/{ON_STATIN.id}"},
        "code": 7,
    }
    write(tmp_path, in__json=bundle(*resources(ON_STATIN), bad))
    ended = run("review", "--format", "json", tmp_path)
    (row,) = msgspec.json.decode(ended.stdout)["patients"]
    assert row["skipped"] == [{"ref": "Condition/c1", "reason": "code cannot be read"}]
    assert row["resources"]["skipped"] == {"code cannot be read": 1}
    assert row["resources"]["repeated"] == 0
    assert ended.exit_code == cli.UNREADABLE
    assert "1 record not or not fully read: code cannot be read" in ended.stderr


@pytest.mark.parametrize("name", ["nowhere.json", "nowhere/at/all"])
def test_a_missing_path_is_wrong_usage_before_anything_is_read(name: str, tmp_path: Path, run: Run) -> None:
    write(tmp_path, good__json=GOOD)
    ended = run("review", tmp_path / "good.json", tmp_path / name, "-o", tmp_path / "out.txt")
    assert ended.exit_code == cli.USAGE
    assert f"{name} does not exist" in ended.stderr
    assert not (tmp_path / "out.txt").exists()


def test_a_file_named_must_hold_fhir_data(tmp_path: Path, run: Run) -> None:
    write(tmp_path, manifest__json={"transactionTime": "2026-01-01"})
    ended = run("review", tmp_path / "manifest.json")
    assert ended.exit_code == cli.UNREADABLE
    assert "neither FHIR data nor a CDS Hooks request" in ended.stderr


def test_nothing_at_all_is_no_success(tmp_path: Path, run: Run) -> None:
    ended = run("review", tmp_path)
    assert ended.exit_code == cli.UNREADABLE
    assert "no patient was found" in ended.stderr


def test_a_huge_file_is_refused_by_its_size(tmp_path: Path, run: Run) -> None:
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate((1 << 30) + 1)
    ended = run("review", tmp_path)
    assert "huge.json: larger than 1 GiB" in ended.stderr
    assert ended.exit_code == cli.UNREADABLE


def test_links_and_special_files_in_a_folder(tmp_path: Path, run: Run) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    outside.mkdir()
    folder.mkdir()
    write(outside, other__json=GOOD)
    write(folder, good__json=GOOD)
    (folder / "again.json").symlink_to(folder / "good.json")
    (folder / "away.json").symlink_to(outside / "other.json")
    (folder / "lost.json").symlink_to(outside / "nothing.json")
    (folder / "loop").symlink_to(folder)
    (folder / "ring.json").symlink_to(folder / "gnir.json")
    (folder / "gnir.json").symlink_to(folder / "ring.json")
    os.mkfifo(folder / "pipe.json")
    ended = run("review", "--format", "json", folder)
    assert reviewed(ended) == {ON_STATIN.id: ON_STATIN.cards}
    assert msgspec.json.decode(ended.stdout)["patients"][0]["resources"]["repeated"] == 0
    for words in (
        "away.json: a link that leads out of the folder",
        "lost.json: cannot be read",
        "loop: a link to a folder",
        "pipe.json: no regular file",
        "ring.json: cannot be read",
        "gnir.json: cannot be read",
        f"{folder}/good.json is {folder}/again.json; it was read once",
    ):
        assert words in ended.stderr


def test_forms_that_are_not_read_are_not_passed_over_in_a_folder(tmp_path: Path, run: Run) -> None:
    write(tmp_path, a__json=GOOD, b__ndjson__bz2=b"BZh9", c__xml=b"<Patient/>")
    ended = run("review", tmp_path)
    assert "b.ndjson.bz2: compressed with bzip2; unpack it first" in ended.stderr
    assert "c.xml: XML is not read" in ended.stderr
    assert ended.exit_code == cli.UNREADABLE


@pytest.mark.parametrize(
    "name", ["a\nb.json", "\x1b[31mred.json", "-o.json", "=1+1.json", "x" * 250 + ".json"]
)
def test_odd_file_names_are_shown_without_control_characters(name: str, tmp_path: Path, run: Run) -> None:
    (tmp_path / name).write_bytes(b"{")
    ended = run("review", "--format", "ndjson", tmp_path)
    assert "not valid JSON" in ended.stderr
    assert not set(ended.stdout + ended.stderr) & {"\x1b"}
    assert all(line.startswith((str(tmp_path), "0 patients", "As of")) for line in ended.stderr.splitlines())


def test_a_file_name_that_is_no_utf8(tmp_path: Path, run: Run) -> None:
    (tmp_path / os.fsdecode(b"\xff.json")).write_bytes(GOOD)
    ended = run("review", "--format", "json", tmp_path)
    assert reviewed(ended) == {ON_STATIN.id: ON_STATIN.cards}


def test_errors_hold_no_content(tmp_path: Path, run: Run) -> None:
    secret = {"resourceType": "Patient", "id": "p", "birthDate": {"secret": "Geheimrat"}, "name": "Geheimrat"}
    write(tmp_path, a__json=secret, b__json=b'{"name": "Geheimrat')
    for command in ("review", "check"):
        ended = run(command, tmp_path)
        assert "Geheimrat" not in ended.stdout + ended.stderr


ANYTHING = st.recursive(
    st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@given(st.binary() | st.text().map(str.encode) | ANYTHING.map(as_bytes) | st.lists(ANYTHING).map(as_lines))
def test_any_bytes_are_read_or_named(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "any.json"
    path.write_bytes(content)
    books = Books()
    (part,) = parts_of(SourceFile(str(path), "any.json", named=True), books)
    found = list(read_values(part, books))
    assert found or books.faults
