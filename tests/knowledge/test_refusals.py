"""Unclear rule files are refused with file, line, and what would be right."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from cds_service.knowledge import KnowledgeError, load
from cds_service.knowledge.files import cards_dir
from tests.knowledge.refusals import CAUSE, SIGN, load_text, refusal

BROKEN: dict[str, list[dict[str, Any]]] = YAML(typ="safe", pure=True).load(
    Path(__file__).with_name("refusals.yaml")
)


def wrongs(kind: str) -> Any:
    """One parameter for each broken file, called by what is wrong."""
    return pytest.mark.parametrize("broken", [pytest.param(it, id=it["wrong"]) for it in BROKEN[kind]])


def assert_refused(folder: Path, whole: str, broken: dict[str, Any], name: str) -> None:
    assert broken["old"] in whole
    complaint = refusal(folder, whole.replace(broken["old"], broken["new"], 1))
    assert complaint.startswith(f"{name}:{broken['line']}: ")
    assert broken["cure"] in complaint


@wrongs("causes")
def test_unclear_cause(tmp_path: Path, broken: dict[str, Any]) -> None:
    assert_refused(tmp_path, CAUSE, broken, "example.yaml")


@wrongs("signs")
def test_unclear_sign(tmp_path: Path, broken: dict[str, Any]) -> None:
    assert_refused(tmp_path, SIGN, broken, "ls-example.yaml")


@pytest.mark.parametrize("text", [CAUSE, SIGN], ids=["cause", "sign"])
def test_the_same_file_unbroken_loads(tmp_path: Path, text: str) -> None:
    assert load_text(tmp_path, text).version == "1.0.0"


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        pytest.param("", "the file is empty", id="empty"),
        pytest.param("# nothing\n", "the file is empty", id="comment only"),
        pytest.param("- id: example\n", "a rule is a mapping", id="a list"),
        pytest.param("example\n", "a rule is a mapping", id="a word"),
    ],
)
def test_a_file_that_is_no_rule(tmp_path: Path, text: str, cure: str) -> None:
    complaint = refusal(tmp_path, text)
    assert complaint.startswith("example.yaml:1: ")
    assert cure in complaint


def changed_cards(folder: Path, file: str, old: str, new: str) -> Path:
    """A copy of `cards/` with one text of one file replaced; the rest are links."""
    shutil.copytree(cards_dir(), folder, copy_function=os.symlink)
    whole = (cards_dir() / file).read_text(encoding="utf-8")
    assert old in whole
    (folder / file).unlink()
    (folder / file).write_text(whole.replace(old, new, 1), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("file", "old", "new", "cure"),
    [
        pytest.param(
            "thresholds.yaml",
            "because: SP-K",
            "because: SPK",
            "did you mean 'SP-K'",
            id="source of a threshold",
        ),
        pytest.param(
            "thresholds.yaml", "3.5 mmol/L", "about 3.5", "neither a number", id="threshold in words"
        ),
        pytest.param(
            "derived.yaml", "because: ESPEN", "because: ESPN", "did you mean 'ESPEN'", id="source of a result"
        ),
        pytest.param(
            "derived.yaml",
            "urea_nitrogen / creatinine",
            "urea / creatinine",
            "'urea'",
            id="name in a formula",
        ),
        pytest.param(
            "derived.yaml",
            "urea_nitrogen / creatinine",
            "creatinine ** 2",
            "only numbers",
            id="power in a formula",
        ),
        pytest.param(
            "gates.yaml", "open_if: adult", "open_if: adlut", "did you mean 'adult'", id="name in a gate"
        ),
        pytest.param(
            "suggestions.yaml",
            "when: for_statin",
            "when: for_statins",
            "did you mean 'for_statin'",
            id="suggestion",
        ),
    ],
)
def test_unclear_knowledge(tmp_path: Path, file: str, old: str, new: str, cure: str) -> None:
    with pytest.raises(KnowledgeError) as refused:
        load(cards=changed_cards(tmp_path / "cards", file, old, new))
    assert refused.value.file.name == Path(file).name
    assert cure in str(refused.value)
    line = (tmp_path / "cards" / file).read_text(encoding="utf-8").splitlines()[refused.value.line - 1]
    assert new.split(maxsplit=1)[0].strip("{") in line or "formula" in line


def test_causes_that_ask_for_each_other_in_a_ring(tmp_path: Path) -> None:
    exercise, statin = '{answer: activity.exercise, any_of: ["yes"]}', "{cause: statin, tier: [strong]}"
    with pytest.raises(KnowledgeError) as refused:
        load(cards=changed_cards(tmp_path / "cards", "causes/doms.yaml", exercise, statin))
    assert "(doms -> statin -> doms)" in str(refused.value)
    assert "use the facts themselves" in str(refused.value)
    line = refused.value.file.read_text(encoding="utf-8").splitlines()[refused.value.line - 1]
    assert "{cause: doms" in line
