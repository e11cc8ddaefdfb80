"""`leg-cds check-config`: the same verdict as `leg-cds serve`, without starting anything."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cds_service.cli import commands

ROOT = Path(__file__).parents[2]
ISSUER = "{name: a, iss: x, jku: 'https://a.example/k', services: [leg-sorenes]}"
WRONG = f"public_base_url: https://c.example\nissuers: [{ISSUER}]\n"


def check(*arguments: str) -> Result:
    return CliRunner().invoke(commands, ["check-config", *arguments])


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("LEG_CDS_"):
            monkeypatch.delenv(name)


def test_no_configuration_is_the_sandbox() -> None:
    done = check()
    assert done.exit_code == 0
    assert "profile: sandbox" in done.output
    assert "nobody is authenticated" in done.output


def test_the_documented_example_is_valid(tmp_path: Path) -> None:
    (tmp_path / "leg-cds.key").write_bytes(b"k" * 32)
    file = tmp_path / "leg-cds.yaml"
    file.write_text((ROOT / "docs/reference/leg-cds.example.yaml").read_text())
    done = check(str(file))
    assert done.exit_code == 0, done.output
    for words in ("production", "issuer main-hospital", "postgresql", "The configuration is valid."):
        assert words in done.output
    assert "passfile" not in done.output


def test_all_mistakes_are_told(tmp_path: Path) -> None:
    file = tmp_path / "leg-cds.yaml"
    file.write_text("profile: production\nserver: {port: x}\nunknown: 1\n")
    done = check(str(file))
    assert done.exit_code == 2
    for words in ("public_base_url", "issuers", "server.port", "unknown", "pseudonym_key_file", f"{file}:2:"):
        assert words in done.output


def test_a_service_that_does_not_exist_is_told(tmp_path: Path) -> None:
    file = tmp_path / "leg-cds.yaml"
    file.write_text(WRONG)
    done = check(str(file))
    assert done.exit_code == 2
    assert "issuers[0].services: there is no service 'leg-sorenes'; did you mean leg-soreness?" in done.output


@pytest.mark.parametrize(
    ("language", "right"), [("ess", "did you mean es?"), ("spanish", "known: en, es"), ("es-AR", None)]
)
def test_a_language_without_texts_is_told(tmp_path: Path, language: str, right: str | None) -> None:
    file = tmp_path / "leg-cds.yaml"
    file.write_text(WRONG.replace("services: [leg-sorenes]", f"language: {language}"))
    done = check(str(file))
    told = f"issuers[0].language: there are no texts in {language!r}; {right}"
    assert (done.exit_code, told in done.output) == ((0, False) if right is None else (2, True))


def test_an_extra_that_is_not_installed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cds_service.cli._configuration.find_spec", lambda _name: None)
    file = tmp_path / "leg-cds.yaml"
    file.write_text("features: {tracing: true}\ndatabase: {url: 'postgresql://a@b/c'}\n")
    done = check(str(file))
    assert done.exit_code == 2
    assert "leg-soreness-cds[otel]" in done.output
    assert "leg-soreness-cds[postgres]" in done.output


def test_serve_says_the_same(tmp_path: Path) -> None:
    file = tmp_path / "leg-cds.yaml"
    file.write_text(WRONG)
    command = [sys.executable, "-m", "cds_service", "serve", "--config", str(file)]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "there is no service 'leg-sorenes'" in done.stderr
    assert done.stdout == ""
