"""`leg-cds demo`: the synthetic patients opened over HTTP, and the exit code that tells if all is well."""

import os
import re
import signal
import socket
import subprocess
import sys

import pytest
from click.testing import CliRunner, Result

from cds_service import fixtures
from cds_service.cli import commands

DEMO = [sys.executable, "-m", "cds_service", "demo"]
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("LEG_CDS_")}
SECONDS = 60


def one_patient() -> list[fixtures.FixturePatient]:
    return [patient for patient in fixtures.patients() if patient.id == "statin-three-weeks-old"]


def run_demo(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Result:
    opened = one_patient()
    monkeypatch.setattr(fixtures, "patients", lambda: opened)
    return CliRunner().invoke(commands, ["demo"], env=environment)


def test_every_patient_is_shown_with_the_expected_cards() -> None:
    ended = subprocess.run(
        DEMO, check=False, timeout=SECONDS, capture_output=True, text=True, env=ENVIRONMENT
    )
    assert ended.returncode == 0, ended.stderr
    for patient in fixtures.patients():
        assert f" {patient.id} " in ended.stdout
        assert set(patient.story.split()) <= set(ended.stdout.split())
    for indicator in ("critical", "warning", "info"):
        assert f" {indicator}  Leg s" in ended.stdout or f" {indicator}  Sudden cold" in ended.stdout
    assert "no card" in ended.stdout
    assert "\x1b" not in ended.stdout


def test_another_answer_than_expected_ends_with_1_and_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    (patient,) = opened = one_patient()
    patient.cards = {"ls-dvt": "critical"}
    monkeypatch.setattr(fixtures, "patients", lambda: opened)
    ended = CliRunner().invoke(commands, ["demo"])
    assert ended.exit_code == 1
    assert (
        "statin-three-weeks-old: expected {'ls-dvt': 'critical'}, got {'ls-causes': 'warning'}"
        in ended.stderr
    )


def test_a_service_that_does_not_start_is_told_with_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = run_demo(monkeypatch, LEG_CDS_THREADS="none")
    assert ended.exit_code == 1
    assert "LEG_CDS_THREADS" in ended.stderr


def test_a_terminal_gets_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = run_demo(monkeypatch, FORCE_COLOR="1", COLUMNS="160", TERM="xterm")
    assert ended.exit_code == 0, ended.stderr
    for words in ("Patient", "Story", "Cards", "\x1b[33mwarning"):
        assert words in ended.stdout


def test_a_terminal_without_colour_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = run_demo(monkeypatch, FORCE_COLOR="1", NO_COLOR="1", COLUMNS="160", TERM="xterm")
    assert "warning" in ended.stdout
    assert "\x1b[33m" not in ended.stdout


def test_keep_serves_until_interrupted_and_then_ends_the_service() -> None:
    with subprocess.Popen([*DEMO, "--keep"], stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
        assert process.stdout
        serving = next(
            found for line in process.stdout if (found := re.search(r"Serving at http://(.*):(\d+)/", line))
        )
        address = (serving[1], int(serving[2]))
        socket.create_connection(address, SECONDS).close()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, SECONDS)
