"""The watch over the logs of the test run can fail, and fails only where a log tells of somebody."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.canaries import canaries
from tests.support.signing import good_token

ROOT = Path(__file__).resolve().parents[2]
HEAD = """
import logging, subprocess, sys
from pathlib import Path
import pytest
from cds_service.web.log import log_event

CHILD = "import sys; sys.stderr.write({text!r} + chr(10)); cds_service = 1"

"""
LEAKS = {
    "the log of the service": "log_event('hook', reason='Testpatient')",
    "a field that is left out in the end": "log_event('hook', count=1, status='HTEST-1')",
    "Python's logging": "logging.getLogger('a library').warning('GET /Patient/%s', 'heavy-legs')",
    "standard error": "print('zq7mark', file=sys.stderr)",
    "an inherited standard error": "subprocess.run([sys.executable, '-c', CHILD.format(text='zq7mark')])",
    "a log file": """
    with (tmp_path / 'log.txt').open('wb') as log:
        subprocess.Popen([sys.executable, '-c', CHILD.format(text='zq7mark')], stderr=log).wait()""",
    "a standard error that is read": """
    subprocess.run([sys.executable, '-c', CHILD.format(text='zq7mark')], capture_output=True)""",
    "a fixture's teardown": "request.addfinalizer(lambda: log_event('hook', reason='zq7'))",
}
CLEAN = "log_event('hook', instance='d1577c69-dfbe-44ad-ba6d-3e05e953b2ea', reason='normal')"
MARK = "@pytest.mark.plants_in_log('shows that it can')"


def run(folder: Path, *bodies: str, options: tuple[str, ...] = ()) -> "subprocess.CompletedProcess[str]":
    """A run of one test for each body; a body may begin with a marker."""
    source = HEAD
    for number, body in enumerate(bodies):
        marker, _, code = body.rpartition("\n@@\n")
        source += f"{marker}\ndef test_{number}(tmp_path, request):\n    {code.strip()}\n"
    (folder / "test_made_up.py").write_text(source)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.support.log_watch", "-rA", "--rootdir"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("PYTEST_ADDOPTS", None)
    return subprocess.run(
        [*command, str(folder), *options, str(folder / "test_made_up.py")],
        cwd=folder,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=100,
    )


@pytest.mark.plants_in_log("the runs it starts say what they found")
def test_every_way_a_log_can_tell_is_noticed_and_told_at_its_test(tmp_path: Path) -> None:
    done = run(tmp_path, CLEAN, *LEAKS.values())
    assert done.returncode == 1, done.stdout
    for number, name in enumerate(LEAKS, 1):
        assert f"ERROR test_made_up.py::test_{number}" in done.stdout, (name, done.stdout)
    assert "ERROR test_made_up.py::test_0" not in done.stdout
    assert f"{len(LEAKS) + 1} passed, {len(LEAKS)} errors" in done.stdout


@pytest.mark.plants_in_log("the runs it starts say what they found")
def test_workers_of_a_parallel_run_tell_too(tmp_path: Path) -> None:
    done = run(tmp_path, CLEAN, LEAKS["a log file"], CLEAN, options=("-p", "xdist", "-n", "2"))
    assert done.returncode == 1, done.stdout
    assert "ERROR test_made_up.py::test_1" in done.stdout


def test_a_reason_exempts_and_without_one_there_is_no_exemption(tmp_path: Path) -> None:
    leak = LEAKS["standard error"]
    done = run(tmp_path, CLEAN, f"{MARK}\n@@\n{leak}", f"@pytest.mark.plants_in_log\n@@\n{CLEAN}")
    assert "2 passed, 1 error" in done.stdout
    assert "plants_in_log needs a reason" in done.stdout


@pytest.mark.parametrize(
    "secret",
    [
        good_token(),
        good_token().split(".")[0],
        good_token().split(".")[1],
        "Authorization: Bearer abcdefgh12",
        "Basic d2FyZC1sZWFkOnNlY3JldA==",
        "name=Conrad",
        "/Patient/simvastatin-and-clarithromycin?x",
        json.dumps({"patient": "HTEST-1"}),
    ],
)
def test_what_is_looked_for(secret: str) -> None:
    assert canaries().search(secret)


@pytest.mark.parametrize(
    "innocent",
    [
        "Bearer",
        "a normal line",
        "WWW-Authenticate: Basic realm",
        "2026-11-23T01:00:00Z",
        "cauda-equina",
        "simon",
    ],
)
def test_what_is_not(innocent: str) -> None:
    assert not canaries().search(innocent)
