"""What comes out: formats, files, and exit codes."""

import json
import os
import resource
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from cds_service import cli
from cds_service.batch import reviews
from cds_service.batch.output import replacing
from tests.batch.conftest import ON_STATIN, PATIENTS, TODAY, Run, as_bytes, bundle, resources, reviewed, write

DIED = PATIENTS["died"]
OTHER = PATIENTS["vitamin-d-of-nine"]
COMMAND = [sys.executable, "-m", "cds_service", "review"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    source = tmp_path / "in"
    source.mkdir()
    return write(source, a__json=ON_STATIN.bundle(TODAY), b__json=DIED.bundle(TODAY), c__json=b"{")


def test_the_table_has_a_line_a_card_and_a_reason_where_there_is_none(folder: Path, run: Run) -> None:
    lines = run("review", folder).stdout.splitlines()
    assert lines[0].split() == ["PATIENT", "CARD", "SUMMARY"]
    assert " ".join(lines[1].split()) == "died - G1: the patient is deceased"
    assert lines[2].split()[:4] == [ON_STATIN.id, "warning", "Leg", "soreness:"]
    assert len(lines) == 3


def test_no_card_from_incomplete_data_is_said_to_be_so(tmp_path: Path, run: Run) -> None:
    request = DIED.hook_request(TODAY)
    request["prefetch"] = {"patient": request["prefetch"]["patient"]}
    write(tmp_path, in__json=request)
    assert "G1: the patient is deceased (data are incomplete)" in run("review", tmp_path).stdout
    (row,) = json.loads(run("review", "--format", "json", tmp_path).stdout)["patients"]
    assert any("Not obtained: the medicines" in text for text in row["incomplete"])


def test_ndjson_has_a_line_a_patient_and_a_line_an_error(folder: Path, run: Run) -> None:
    died, on_statin, error = map(json.loads, run("review", "--format", "ndjson", folder).stdout.splitlines())
    assert (died["patient"], died["closed_by"]) == ("died", "G1: the patient is deceased")
    assert error["source"] == str(folder / "c.json")
    assert error["error"].startswith("not valid JSON")
    assert on_statin["sources"] == [str(folder / "a.json")]
    (card,) = on_statin["cards"]
    assert {"id", "indicator", "summary", "detail", "evidence", "fingerprint"} <= set(card)
    assert on_statin["ranking"][0]["cause"] == "statin"
    counted = on_statin["resources"]
    assert sum(counted["read"].values()) == len(resources(ON_STATIN))
    assert (counted["skipped"], counted["repeated"], counted["of_other_patients"]) == ({}, 0, 0)


def test_all_else_goes_to_stderr(folder: Path, run: Run) -> None:
    ended = run("review", "--format", "json", folder)
    json.loads(ended.stdout)
    assert "2 patients reviewed, 1 with cards (1 warning)." in ended.stderr
    assert "c.json: not valid JSON" in ended.stderr


@pytest.mark.parametrize(
    ("level", "code"), [("critical", cli.UNREADABLE), ("warning", cli.FINDINGS), ("info", cli.FINDINGS)]
)
def test_findings_at_or_above_a_level_end_with_1(level: str, code: int, folder: Path, run: Run) -> None:
    assert run("review", "--fail-on", level, folder).exit_code == code


def test_no_findings_and_nothing_unread_end_with_0(tmp_path: Path, run: Run) -> None:
    write(tmp_path, a__json=DIED.bundle(TODAY))
    assert run("review", "--fail-on", "info", tmp_path).exit_code == cli.DONE


def test_the_day_of_the_review_can_be_chosen(folder: Path, run: Run) -> None:
    later = TODAY + timedelta(days=200)
    assert (
        reviewed(run("review", "--format", "json", "--as-of", TODAY, folder))[ON_STATIN.id] == ON_STATIN.cards
    )
    assert reviewed(run("review", "--format", "json", "--as-of", later, folder))[ON_STATIN.id] == {}


def test_a_day_that_is_none_is_wrong_usage(folder: Path, run: Run) -> None:
    assert run("review", "--as-of", "yesterday", folder).exit_code == cli.USAGE


@pytest.mark.parametrize("form", ["table", "json", "ndjson"])
def test_a_file_gets_what_stdout_would_get(form: str, folder: Path, run: Run, tmp_path: Path) -> None:
    output = tmp_path / "out"
    day = ("--as-of", TODAY)
    said = run("review", "--format", form, *day, folder)
    ended = run("review", "--format", form, *day, folder, "-o", output)
    assert ended.stdout == ""
    assert output.read_text() == said.stdout
    assert ended.exit_code == said.exit_code
    assert {path.name for path in tmp_path.iterdir()} == {"in", "out"}


def test_a_file_that_exists_is_kept_unless_told_otherwise(folder: Path, run: Run, tmp_path: Path) -> None:
    output = tmp_path / "out"
    output.write_text("mine")
    assert run("review", folder, "-o", output).exit_code == cli.USAGE
    assert output.read_text() == "mine"
    assert run("review", folder, "-o", output, "--overwrite").exit_code == cli.UNREADABLE
    assert output.read_text().startswith("PATIENT")


def test_a_link_as_the_output_stays_and_a_pipe_is_refused(folder: Path, run: Run, tmp_path: Path) -> None:
    link, pipe = tmp_path / "link", tmp_path / "pipe"
    link.symlink_to(tmp_path / "target")
    os.mkfifo(pipe)
    assert run("review", folder, "-o", link).exit_code == cli.UNREADABLE
    assert link.is_symlink()
    assert link.read_text().startswith("PATIENT")
    refused = run("review", folder, "-o", pipe, "--overwrite")
    assert refused.exit_code == cli.USAGE
    assert "no regular file" in refused.stderr
    assert pipe.is_fifo()


def test_the_output_is_never_an_input_a_folder_or_in_no_folder(
    folder: Path, run: Run, tmp_path: Path
) -> None:
    before = (folder / "a.json").read_bytes()
    link = tmp_path / "link"
    link.symlink_to(folder / "a.json")
    for output in (
        folder / "a.json",
        folder / ".." / folder.name / "a.json",
        link,
        folder,
        folder / "none" / "out",
    ):
        ended = run("review", folder, "-o", output, "--overwrite")
        assert ended.exit_code == cli.USAGE
        assert "-o" in ended.stderr
    assert (folder / "a.json").read_bytes() == before


def test_a_failure_while_writing_leaves_the_old_file(tmp_path: Path) -> None:
    output = tmp_path / "out"
    output.write_text("old")

    def write_half() -> None:
        with replacing(output) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


@pytest.mark.parametrize("room", [10, 5_000, 60_000])
def test_a_disk_without_room_is_told_and_the_run_goes_on_when_there_is_some(
    room: int, folder: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out"

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    command = [*COMMAND, folder, "-o", output]
    ended = subprocess.run(command, check=False, capture_output=True, timeout=60, text=True, preexec_fn=limit)
    assert ended.returncode == cli.NO_ROOM
    assert f"-o {output} cannot be written: " in ended.stderr
    assert "make room" in ended.stderr
    assert not output.exists()
    ended = subprocess.run([*command, "--resume"], check=False, capture_output=True, timeout=60, text=True)
    assert ended.returncode == cli.UNREADABLE, ended.stderr
    assert output.read_text().startswith("PATIENT")
    assert {path.name for path in tmp_path.iterdir()} == {"in", "out"}


def test_an_interrupt_ends_with_130(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(reviews, "review", interrupt)
    assert run("review", folder).exit_code == 128 + signal.SIGINT


def test_debugging_shows_the_traceback_of_a_bug(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("x")

    monkeypatch.setattr(reviews, "review", fail)
    monkeypatch.setenv("LEG_CDS_DEBUG", "1")
    assert isinstance(run("review", folder).exception, ValueError)


def test_a_bug_on_one_patient_ends_with_70_and_the_others_are_reviewed(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, d__json=OTHER.bundle(TODAY))
    whole = reviews.review

    def fail_once(pool: object, *rest: object, **options: object) -> object:
        if getattr(pool, "patient_id", "") == OTHER.id:
            raise ValueError("patient data")
        return whole(pool, *rest, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(reviews, "review", fail_once)
    ended = run("review", "--format", "json", folder)
    assert reviewed(ended) == {ON_STATIN.id: ON_STATIN.cards, DIED.id: {}}
    assert ended.exit_code == cli.BUG
    assert (
        "d.json: a patient was not reviewed for a bug of ours: ValueError in test_output.py" in ended.stderr
    )
    assert "patient data" not in ended.stderr


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    many = [{**one, "id": f"p{number}"} for number in range(3000) for one in resources(DIED)[:1]]
    write(tmp_path, all__ndjson=b"\n".join(map(as_bytes, many)))
    with subprocess.Popen([*COMMAND, tmp_path], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
        assert process.wait(timeout=60) == 128 + signal.SIGPIPE
    assert said == b""


def test_the_command_as_a_process(folder: Path) -> None:
    environment = {**os.environ, "LANG": "C", "PYTHONUTF8": "0"}
    ended = subprocess.run([*COMMAND, folder], check=False, capture_output=True, timeout=60, env=environment)
    assert ended.returncode == cli.UNREADABLE
    assert b"Leg soreness" in ended.stdout
    assert b"Traceback" not in ended.stderr


def test_no_terminal_control_gets_into_the_table(tmp_path: Path, run: Run) -> None:
    patient = {"resourceType": "Patient", "id": "p\x1b[2J\n1", "deceasedBoolean": True}
    ended = run("review", write(tmp_path, in__json=bundle(patient)))
    assert "\x1b" not in ended.stdout
    assert len(ended.stdout.splitlines()) == 2
