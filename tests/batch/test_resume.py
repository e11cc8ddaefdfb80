"""A run that was stopped, killed or ran out of room goes on, and its report is the same to the byte."""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from functools import partial, reduce
from pathlib import Path

import pytest

from cds_service import cli
from cds_service.fixtures import bulk_export
from tests.batch.conftest import ON_STATIN, PATIENTS, TODAY, Run, write

COMMAND = [sys.executable, "-m", "cds_service", "review", "--as-of", TODAY.isoformat(), "--format", "ndjson"]
KILLS = 20
UNREAD = 300_000  # lines of a file
IDS = [patient.encode() for patient in PATIENTS]
BOUND = 60  # seconds a process may take


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every synthetic patient many times over, as lines and as Bundles, so that a run takes a while.

    What nobody reads makes it large enough for several processes.
    """
    folder = tmp_path_factory.mktemp("export")
    exported = bulk_export(PATIENTS.values(), TODAY)
    for name, content in exported.items():
        folder.joinpath(name).write_bytes(b"".join(map(partial(numbered, content), range(12))))
    for number in range(3):
        folder.joinpath(f"Claim.{number}.ndjson").write_bytes(b'{"resourceType":"Claim"}\n' * UNREAD)
    for patient in PATIENTS.values():
        write(folder, **{f"{patient.id}__json": patient.bundle(TODAY)})
    write(folder, broken__json=b"{")
    return folder


def numbered(content: bytes, number: int) -> bytes:
    return reduce(lambda text, name: text.replace(name, name + b"-%d" % number), IDS, content)


def start(export: Path, output: Path, *options: str) -> subprocess.Popen[bytes]:
    command = [*COMMAND, str(export), "-o", str(output), *options]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def finish(export: Path, output: Path, *options: str) -> tuple[int, str]:
    with start(export, output, *options) as process:
        _, said = process.communicate(timeout=BOUND)
        return process.returncode, said.decode()


@pytest.fixture(scope="module")
def expected(export: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    output = tmp_path_factory.mktemp("whole") / "out.ndjson"
    code, said = finish(export, output)
    assert code == cli.UNREADABLE, said
    assert {path.name for path in output.parent.iterdir()} == {"out.ndjson"}
    return output.read_bytes()


def test_killed_at_any_moment_it_goes_on_to_the_same_report(
    export: Path, expected: bytes, tmp_path: Path
) -> None:
    """At other moments each time; the seed is printed, and LEG_CDS_SEED repeats it."""
    seed = os.environ.get("LEG_CDS_SEED") or str(time.time_ns())
    print(f"LEG_CDS_SEED={seed}")  # noqa: T201 - pytest shows it when the test fails
    chance = random.Random(seed)  # noqa: S311 - no secret
    began = time.monotonic()
    finish(export, tmp_path / "timed")
    lasts = time.monotonic() - began
    output = tmp_path / "out"
    kills = 0
    while kills < KILLS:
        with start(export, output, "--resume") as process:
            try:
                process.wait(timeout=chance.uniform(0, lasts))
            except subprocess.TimeoutExpired:
                process.kill()
                kills += 1
            else:  # it came to its end, and the next one begins anew
                assert output.read_bytes() == expected
                output.unlink()
    code, said = finish(export, output, "--resume")
    assert code == cli.UNREADABLE, said
    assert output.read_bytes() == expected
    assert {path.name for path in tmp_path.iterdir()} == {"timed", "out"}
    wait_for(lambda: not at_work_on(output))


def at_work_on(output: Path) -> list[str]:
    """The processes that were begun for an output; those of a process that was killed end by themselves."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has ended
            if os.fsencode(output) in path.read_bytes().split(b"\0"):
                found.append(path.parent.name)
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_told_to_stop_it_keeps_what_it_did(
    number: signal.Signals, export: Path, expected: bytes, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    with start(export, output, "--jobs", "1") as process:
        wait_for(lambda: has_begun(output))
        process.send_signal(number)
        _, said = process.communicate(timeout=BOUND)
    assert process.returncode == 128 + number
    assert "with --resume goes on" in said.decode()
    assert not output.exists()
    finish(export, output, "--resume")
    assert output.read_bytes() == expected


def database(output: Path) -> Path:
    return output.with_name(f".{output.name}.leg-cds") / "work.sqlite"


def has_begun(output: Path) -> bool:
    """Whether a run has made up its mind what it is about."""
    if not database(output).exists():
        return False
    with closing(sqlite3.connect(f"file:{database(output)}?mode=ro", uri=True)) as opened:
        try:
            return opened.execute("SELECT 1 FROM run").fetchone() is not None
        except sqlite3.OperationalError:  # not yet
            return False


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + BOUND
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.001)


def stopped(export: Path, output: Path, *options: str) -> None:
    with start(export, output, *options) as process:
        wait_for(lambda: has_begun(output))
        process.kill()


def test_two_runs_for_one_output_do_not_meet(export: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    with start(export, output) as process:
        wait_for(lambda: has_begun(output))
        os.kill(process.pid, signal.SIGSTOP)
        code, said = finish(export, output)
        os.kill(process.pid, signal.SIGCONT)
        process.communicate(timeout=BOUND)
    assert code == cli.USAGE
    assert f"locked by pid {process.pid}" in said
    assert process.returncode == cli.UNREADABLE


def test_a_run_begins_anew_unless_told_to_go_on(export: Path, expected: bytes, tmp_path: Path) -> None:
    output = tmp_path / "out"
    stopped(export, output)
    finish(export, output)
    assert output.read_bytes() == expected


def test_an_input_that_changed_is_not_blended(export: Path, tmp_path: Path) -> None:
    folder, output = tmp_path / "in", tmp_path / "out"
    shutil.copytree(export, folder)
    stopped(folder, output)
    write(folder, more__json=ON_STATIN.bundle(TODAY))
    code, said = finish(folder, output, "--resume")
    assert code == cli.USAGE
    assert "input changed since the run began" in said
    assert not output.exists()
    assert finish(folder, output)[0] == cli.UNREADABLE


def test_another_day_is_another_run(export: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    stopped(export, output)
    code, said = finish(export, output, "--resume", "--as-of", "2020-01-01")
    assert code == cli.USAGE
    assert "--as-of changed" in said


@pytest.mark.parametrize("change", ["UPDATE run SET value = '0.0.9'", "DELETE FROM run"])
def test_another_version_of_the_program_is_another_run(export: Path, tmp_path: Path, change: str) -> None:
    output = tmp_path / "out"
    stopped(export, output)
    with closing(sqlite3.connect(database(output))) as space, space:
        assert space.execute(f"{change} WHERE name = 'leg-cds'").rowcount == 1
    code, said = finish(export, output, "--resume")
    assert code == cli.USAGE
    assert "leg-cds changed since the run began" in said


def test_only_a_file_and_an_input_that_stays_can_be_gone_on_with(tmp_path: Path, run: Run) -> None:
    write(tmp_path, a__json=ON_STATIN.bundle(TODAY))
    assert run("review", "--resume", tmp_path).exit_code == cli.USAGE
    assert run("review", "--resume", "-o", tmp_path / "out", "-").exit_code == cli.USAGE


def test_a_finished_report_is_not_replaced_by_going_on(tmp_path: Path, run: Run) -> None:
    write(tmp_path, a__json=ON_STATIN.bundle(TODAY))
    output = tmp_path / "out"
    output.write_text("mine")
    assert run("review", "--resume", "-o", output, tmp_path / "a.json").exit_code == cli.USAGE
    assert output.read_text() == "mine"


def test_a_run_that_goes_on_keeps_its_moment(export: Path, tmp_path: Path) -> None:
    """The moment of a run is the one it began with, whatever the clock says by then."""
    output = tmp_path / "out"
    command = [
        sys.executable,
        "-m",
        "cds_service",
        "review",
        "--format",
        "json",
        str(export),
        "-o",
        str(output),
    ]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        wait_for(lambda: has_begun(output))
        process.kill()
    killed = datetime.now(UTC)
    subprocess.run([*command, "--resume"], check=False, stderr=subprocess.DEVNULL, timeout=BOUND)
    assert datetime.fromisoformat(json.loads(output.read_bytes())["as_of"]) < killed
