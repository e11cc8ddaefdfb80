"""Worker processes that are ended from outside: their task is tried once more, then lost; the run goes on."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from cds_service import cli
from cds_service.batch import run as running
from cds_service.batch.tasks import Result, ReviewTask, SurveyTask, Task, Worker
from cds_service.fixtures import FixturePatient
from tests.batch.conftest import ON_STATIN, PATIENTS, TODAY, Run, as_bytes, errors, reviewed

Kills = Callable[[Task], bool]
FILLER = b" " * (2 << 20)  # so that every file is a unit of its own


@pytest.fixture
def export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file a patient, and a run that gives even little work to several processes."""
    monkeypatch.setattr(running, "_SMALL", 0)
    for patient in PATIENTS.values():
        tmp_path.joinpath(f"{patient.id}.json").write_bytes(FILLER + as_bytes(patient.bundle(TODAY)))
    return tmp_path


@pytest.fixture
def killing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Kills], None]:
    """Workers that are ended while they are at certain tasks, as by a system that is out of memory."""

    def begin(kills: Kills) -> None:
        do = Worker.do

        def do_or_die(worker: Worker, task: Task) -> Result:
            if kills(task):
                os.kill(os.getpid(), signal.SIGKILL)
            return do(worker, task)

        monkeypatch.setattr(Worker, "do", do_or_die)

    return begin


def of(patient: FixturePatient) -> Kills:
    """Tasks that look at the file of a patient."""
    return lambda task: (
        isinstance(task, SurveyTask) and any(file.name == f"{patient.id}.json" for file in task.unit.files)
    )


def once(kills: Kills, mark: Path) -> Kills:
    """The first of the tasks; the processes tell each other by a file."""

    def kill(task: Task) -> bool:
        if not kills(task) or mark.exists():
            return False
        mark.touch()
        return True

    return kill


ALL = {patient.id: patient.cards for patient in PATIENTS.values()}


def test_a_process_killed_once_costs_nothing(
    export: Path, killing: Callable[[Kills], None], tmp_path_factory: pytest.TempPathFactory, run: Run
) -> None:
    mark = tmp_path_factory.mktemp("mark") / "killed"
    killing(once(of(ON_STATIN), mark))
    ended = run("review", "--format", "json", "--jobs", "2", export)
    assert mark.exists()
    assert reviewed(ended) == ALL
    assert ended.exit_code == cli.DONE, ended.stderr


def test_what_kills_a_process_twice_is_given_up_and_the_others_are_reviewed(
    export: Path, killing: Callable[[Kills], None], run: Run
) -> None:
    killing(of(ON_STATIN))
    ended = run("review", "--format", "json", "--jobs", "2", export)
    assert reviewed(ended) == {name: cards for name, cards in ALL.items() if name != ON_STATIN.id}
    (error,) = errors(ended)
    assert "was not looked at: the process at work on it was ended from outside, twice" in error
    assert f"{ON_STATIN.id}.json: {error}" in ended.stderr
    assert ended.exit_code == cli.UNREADABLE


def test_patients_whose_review_kills_a_process_are_counted(
    export: Path, killing: Callable[[Kills], None], run: Run
) -> None:
    killing(lambda task: isinstance(task, ReviewTask))
    ended = run("review", "--format", "json", "--jobs", "2", export)
    assert not any(cards for cards in reviewed(ended).values())
    sore = len(ALL) - len(reviewed(ended))
    assert sore >= sum(bool(cards) for cards in ALL.values())
    assert any(error.startswith(f"{sore} patients were not reviewed: ") for error in errors(ended))
    assert ended.exit_code == cli.UNREADABLE


def test_every_process_is_gone_after_the_run(
    export: Path, killing: Callable[[Kills], None], run: Run
) -> None:
    killing(of(ON_STATIN))
    before = children()
    run("review", "--jobs", "3", export)
    assert children() == before


def children() -> set[int]:
    """The processes that this one began and that are still there."""
    found = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return {int(number) for path in found for number in path.read_text().split()}


def test_the_report_is_the_same_however_many_there_are(export: Path, run: Run) -> None:
    arguments = ("review", "--format", "json", "--as-of", TODAY.isoformat(), export, "--jobs")
    assert run(*arguments, 1).stdout == run(*arguments, 3).stdout
