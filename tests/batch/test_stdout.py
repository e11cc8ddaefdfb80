"""Standard output that takes no more, and input in which there is nothing, are said as what they are."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

FULL = Path("/dev/full")
COMMAND = (sys.executable, "-m", "cds_service")
COMMANDS = (
    ("--help",),
    ("--version",),
    ("review", "--help"),
    ("rules", "list", "--help"),
    ("rules", "list"),
    ("check", "{file}"),
    ("review", "{file}"),
    ("review", "{file}", "--format", "csv"),
)


@pytest.fixture
def patient(tmp_path: Path) -> Path:
    file = tmp_path / "patient.json"
    file.write_text('{"resourceType": "Patient", "id": "nobody"}')
    return file


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("words", COMMANDS)
def test_a_full_disk_behind_standard_output_is_named(words: tuple[str, ...], patient: Path) -> None:
    with FULL.open("wb") as full:
        ended = subprocess.run(
            [*COMMAND, *(word.format(file=patient) for word in words)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert ended.returncode == 4
    assert ended.stderr == "standard output cannot be written: No space left on device\n"


@pytest.mark.parametrize("words", [*COMMANDS, ("rules", "explain", "{file}")])
def test_a_reader_that_has_seen_enough_ends_a_command_silently(words: tuple[str, ...], patient: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, *(word.format(file=patient) for word in words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    said = process.stderr.read()
    process.stderr.close()
    assert process.wait() == 141
    assert said == ""


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b'{"resourceType": "Patient", "id": "\xe9"}', "not UTF-8"),
        (b'{"resourceType": ', "not valid JSON: Input data was truncated"),
        (b"", "empty; nothing to review"),
        ('{"resourceType": "Patient"}'.encode("utf-16"), "UTF-16 text; save it as UTF-8"),
    ],
)
def test_what_cannot_be_explained_is_said_as_a_review_says_it(
    tmp_path: Path, content: bytes, why: str
) -> None:
    file = tmp_path / "patient.json"
    file.write_bytes(content)
    ended = subprocess.run(
        [*COMMAND, "rules", "explain", str(file)], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (3, "")
    assert ended.stderr == f"{file}: {why}\n"


@pytest.mark.parametrize(
    "content",
    [
        '{"resourceType": "Bundle", "type": "collection"}',
        '{"resourceType": "Medication", "id": "m"}',
        '{"resourceType": "Practitioner", "id": "p"}',
        '{"version": 1}',
    ],
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_files_without_a_patient_are_no_pass(tmp_path: Path, content: str, form: str) -> None:
    (tmp_path / "some.json").write_text(content)
    ended = subprocess.run(
        [*COMMAND, "check", str(tmp_path), "--format", form], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 3
    assert ended.stderr.endswith("No patient, and no record of one, was found in what was given.\n")


def test_records_of_a_patient_in_another_file_are_something_to_check(tmp_path: Path) -> None:
    file = tmp_path / "some.json"
    file.write_text('{"resourceType": "Observation", "id": "o", "subject": {"reference": "Patient/p"}}')
    ended = subprocess.run(
        [*COMMAND, "check", "--no-validate", str(file)], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "patients: 0" in ended.stdout
    assert "resources read: Observation 1" in ended.stdout


def test_a_folder_without_files_is_no_pass(tmp_path: Path) -> None:
    ended = subprocess.run([*COMMAND, "check", str(tmp_path)], capture_output=True, text=True, check=False)
    assert ended.returncode == 3
    assert ended.stderr == "No file was found in what was given.\n"


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&- <&-"])
@pytest.mark.parametrize("words", COMMANDS)
def test_a_stream_closed_from_the_start_is_no_bug_and_no_file_of_ours(
    words: tuple[str, ...], closed: str, patient: Path
) -> None:
    command = shlex.join([*COMMAND, *(word.format(file=patient) for word in words)])
    ended = subprocess.run(
        ["/bin/sh", "-c", f"{command} {closed}"], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0
    if "2>&-" not in closed:
        assert "bug" not in ended.stderr
    assert bool(ended.stdout) == (closed == "2>&-")


def test_a_report_holds_only_itself_when_all_streams_are_closed(patient: Path) -> None:
    out = patient.with_name("out.csv")
    command = shlex.join([*COMMAND, "review", "--format", "csv", "-o", str(out), str(patient)])
    subprocess.run(["/bin/sh", "-c", f"{command} <&- >&- 2>&-"], check=True)
    assert out.read_text().startswith('"patient","service"')
    assert len(out.read_text().splitlines()) == 2
