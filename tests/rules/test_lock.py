"""`cards/lock.json` fits the rules, and refuses what would make a version ambiguous."""

import shutil
from pathlib import Path

import pytest

from cds_service.knowledge import Knowledge
from cds_service.knowledge.files import cards_dir
from cds_service.rulebook.lock import changed_without_version, not_locked, read_lock, write_lock
from cds_service.rulebook.on_file import RuleOnFile, rules_on_file


@pytest.fixture
def cards(tmp_path: Path) -> Path:
    """A copy of the rules; the rest of the knowledge comes from `knowledge`."""
    for folder in ("causes", "signs"):
        shutil.copytree(cards_dir() / folder, tmp_path / folder)
    return tmp_path


@pytest.fixture
def locked(knowledge: Knowledge, cards: Path) -> Path:
    write_lock(cards, rules_on_file(knowledge, cards))
    return cards


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def complaints(knowledge: Knowledge, cards: Path) -> list[str]:
    rules: list[RuleOnFile] = rules_on_file(knowledge, cards)
    return [*changed_without_version(rules, read_lock(cards)), *not_locked(rules, read_lock(cards))]


def test_the_lock_fits_the_rules(knowledge: Knowledge) -> None:
    assert complaints(knowledge, cards_dir()) == []


def test_a_fresh_lock_has_nothing_to_complain_about(knowledge: Knowledge, locked: Path) -> None:
    assert complaints(knowledge, locked) == []
    assert read_lock(locked)["statin"].version == knowledge.causes["statin"].version


def test_changed_content_needs_a_new_version(knowledge: Knowledge, locked: Path) -> None:
    edit(locked / "causes" / "doms.yaml", "add: 3", "add: 2")
    (complaint,) = complaints(knowledge, locked)
    assert complaint.startswith("doms.yaml:3: changed since version 1.0.0 was locked; raise the version")


def test_a_new_version_must_be_locked(knowledge: Knowledge, locked: Path) -> None:
    edit(locked / "causes" / "doms.yaml", "version: 1.0.0", "version: 1.1.0")
    (complaint,) = complaints(knowledge, locked)
    assert complaint == "lock.json: doms is now 1.1.0, not 1.0.0; run `leg-cds rules lock`"


def test_a_rule_that_is_not_locked_or_gone_is_named(knowledge: Knowledge, locked: Path) -> None:
    moved = locked / "causes" / "doms2.yaml"
    (locked / "causes" / "doms.yaml").rename(moved)
    edit(moved, "id: doms", "id: doms2")
    edit(locked / "causes" / "statin.yaml", "{cause: doms, ", "{cause: doms2, ")
    found = set(complaints(knowledge, locked))
    assert "lock.json: doms2 is not locked; run `leg-cds rules lock`" in found
    assert "lock.json: doms is locked, but there is no such rule; run `leg-cds rules lock`" in found


def test_without_a_lock_every_rule_is_missing(knowledge: Knowledge, cards: Path) -> None:
    (cards / "lock.json").unlink(missing_ok=True)
    assert len(complaints(knowledge, cards)) == len(rules_on_file(knowledge, cards))
