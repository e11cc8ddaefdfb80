"""`leg-cds rules`, from outside."""

import json
import os
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cds_service import fixtures
from cds_service.cli import FINDINGS, RULES_INVALID, UNREADABLE, USAGE, commands
from cds_service.knowledge import rule_files
from cds_service.knowledge.files import cards_dir

RULES = [file.stem for folder in ("causes", "signs") for file in rule_files(cards_dir() / folder)]


def rules(*words: str, given: str | None = None) -> Result:
    return CliRunner().invoke(commands, ["rules", *words], input=given, catch_exceptions=False)


@pytest.fixture
def own_cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of `cards/` that the command works on."""
    cards = tmp_path / "cards"
    shutil.copytree(cards_dir(), cards, copy_function=os.symlink)
    for module in ("knowledge", "knowledge.files", "vignettes.run", "vignettes.survey"):
        monkeypatch.setattr(f"cds_service.{module}.cards_dir", lambda: cards)
    return cards


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.unlink()
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture
def request_file(tmp_path: Path) -> Path:
    patient = next(it for it in fixtures.patients() if it.id == "statin-three-weeks-old")
    file = tmp_path / "request.json"
    file.write_text(json.dumps(patient.hook_request(datetime.now(UTC).date())), encoding="utf-8")
    return file


def test_list_shows_every_rule() -> None:
    found = rules("list")
    assert found.exit_code == 0
    assert {line.split()[0] for line in found.output.splitlines()[1:]} == set(RULES)


def test_a_clean_rule_passes() -> None:
    found = rules("test", "sleep_surface")
    assert found.exit_code == 0
    assert " ".join(found.output.split()) == "sleep_surface 3 cases 2 of 2 changes noticed ok"


def test_a_failing_case_is_a_finding(own_cards: Path) -> None:
    change(own_cards / "causes" / "sleep_surface.yaml", "add: 1", "add: 2")
    found = rules("test", "sleep_surface")
    assert found.exit_code == FINDINGS
    assert "fails: expected points 1, found 2" in found.output


def test_a_draft_can_be_tried(own_cards: Path) -> None:
    change(own_cards / "causes" / "sleep_surface.yaml", "status: active", "status: draft")
    assert rules("test", "sleep_surface").exit_code == 0


def test_a_misspelt_rule_is_wrong_usage() -> None:
    found = rules("test", "statn")
    assert found.exit_code == USAGE
    assert "did you mean 'statin'" in found.output


@pytest.mark.parametrize("command", ["list", "test", "lock", "book"])
def test_an_invalid_rule_ends_every_command(own_cards: Path, command: str) -> None:
    change(own_cards / "causes" / "doms.yaml", "considered_if: exercise", "considered_if: exercize")
    found = rules(command)
    assert found.exit_code == RULES_INVALID
    assert "doms.yaml:" in found.output
    assert "did you mean 'exercise'" in found.output


def test_an_invalid_vignette_is_named(own_cards: Path) -> None:
    change(own_cards / "causes" / "sleep_surface.vignettes.yaml", "sleep.mattress", "sleep.matress")
    found = rules("test", "sleep_surface")
    assert found.exit_code == RULES_INVALID
    assert "sleep_surface.vignettes.yaml:" in found.output


def test_lock_is_written_and_then_guards_the_versions(own_cards: Path) -> None:
    (own_cards / "lock.json").unlink(missing_ok=True)
    assert rules("lock", "--check").exit_code == FINDINGS
    assert rules("lock").exit_code == 0
    assert rules("lock", "--check").exit_code == 0
    change(own_cards / "causes" / "sleep_surface.yaml", "title: Sleep surface", "title: Mattress")
    for words in (["lock", "--check"], ["lock"]):
        found = rules(*words)
        assert found.exit_code == FINDINGS
        assert "sleep_surface.yaml:3: changed since version" in found.output
    change(own_cards / "causes" / "sleep_surface.yaml", "version: 1.0.0", "version: 1.0.1")
    assert rules("lock").exit_code == 0
    assert rules("lock", "--check").exit_code == 0


def test_explain_shows_clauses_points_and_cards(request_file: Path) -> None:
    found = rules("explain", str(request_file), "--rule", "statin", "--rule", "ls-dvt")
    assert found.exit_code == 0
    lines = found.output.splitlines()
    assert any(line.startswith("statin 1.0.3, ") and line.endswith("strong, 7 points") for line in lines)
    assert any("true       on_statin" in line and "MedicationRequest/" in line for line in lines)
    assert any("not known  ck_4x" in line and "no usable creatine kinase result" in line for line in lines)
    assert any("false      before" in line for line in lines)
    assert any(line.strip().startswith("+3  soreness began 20 days") for line in lines)
    assert any("ls-causes  Leg soreness: best supported by chart: statin" in line for line in lines)
    assert not any(line.startswith("doms") for line in lines)


def test_explain_reads_a_bundle_from_standard_input() -> None:
    patient = next(it for it in fixtures.patients() if it.id == "seventeen")
    found = rules("explain", "-", given=json.dumps(patient.bundle(date(2026, 11, 22))))
    assert found.exit_code == 0
    assert "closed: the patient is under 18" in found.output
    assert all(rule in found.output for rule in RULES)


def test_explain_refuses_what_it_cannot_read(tmp_path: Path) -> None:
    file = tmp_path / "request.json"
    file.write_text("[1", encoding="utf-8")
    found = rules("explain", str(file))
    assert found.exit_code == UNREADABLE
    assert "not valid JSON: Input data was truncated" in found.output
    assert rules("explain", str(tmp_path / "missing.json")).exit_code == USAGE


def test_the_book_is_printed_or_written(tmp_path: Path) -> None:
    file = tmp_path / "book.html"
    assert rules("book", "-o", str(file)).exit_code == 0
    assert rules("book").output.strip() == file.read_text(encoding="utf-8").strip()
