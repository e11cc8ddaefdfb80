"""The command line as a whole: help, unknown commands, and what ends with which code."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from cds_service import cli


def test_help_names_every_command_and_exit_code() -> None:
    shown = CliRunner().invoke(cli.commands, ["--help"]).output
    for word in ("serve", "demo", "health", "Exit codes", "70"):
        assert word in shown


def test_an_unknown_command_is_wrong_usage() -> None:
    ended = CliRunner().invoke(cli.commands, ["serv"])
    assert ended.exit_code == cli.USAGE
    assert "Did you mean 'serve'?" in ended.stderr


def test_invalid_rules_end_with_4_and_their_line(tmp_path: Path) -> None:
    overlay = tmp_path / "codes.yaml"
    overlay.write_text("misspelt: 1\n", encoding="utf-8")
    command = [sys.executable, "-m", "cds_service", "serve", "--port", "0"]
    environment = os.environ | {"LEG_CDS_OVERLAYS": str(overlay)}
    ended = subprocess.run(command, check=False, timeout=20, capture_output=True, text=True, env=environment)
    assert ended.returncode == cli.RULES_INVALID
    assert "codes.yaml:1" in ended.stderr


def test_a_bug_ends_with_70_and_tells_the_place_but_not_the_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**_: object) -> None:
        raise KeyError("patient data")

    monkeypatch.setattr(cli, "commands", fail)
    monkeypatch.delenv("LEG_CDS_DEBUG", raising=False)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    told = capsys.readouterr().err
    assert ended.value.code == cli.BUG
    assert "KeyError in test_cli.py line" in told
    assert "patient data" not in told


def test_debugging_shows_the_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr(cli, "commands", fail)
    monkeypatch.setenv("LEG_CDS_DEBUG", "1")
    with pytest.raises(KeyError):
        cli.main()
