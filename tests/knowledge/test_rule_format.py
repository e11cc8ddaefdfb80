"""docs/reference/rule-format.md lists every kind of clause with its words, and its examples load."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from cds_service.knowledge import load
from cds_service.knowledge.clauses import KINDS
from cds_service.knowledge.loading import load_rule
from cds_service.knowledge.rules import Cause, Sign
from cds_service.knowledge.yaml_source import read_yaml
from cds_service.vignettes.format import Case
from cds_service.vignettes.run import read_stories
from tests.knowledge.refusals import words

DOCUMENT = (Path(__file__).parents[2] / "docs/reference/rule-format.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^##)", DOCUMENT, re.MULTILINE | re.DOTALL))


def named(section: str, label: str) -> set[str]:
    """The words in backticks after a label, up to the next full stop."""
    found = re.search(rf"{label}: (.*?)[.(]", section.replace("\n", " "))
    assert found, label
    return set(re.findall(r"`(\w+)`", found[1]))


def test_every_kind_of_clause_has_its_section() -> None:
    assert set(SECTIONS) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_words_and_points_in_time_are_listed(kind: str) -> None:
    assert named(SECTIONS[kind], "Words") == KINDS[kind].FACTS
    assert named(SECTIONS[kind], "Points in time") == KINDS[kind].POINTS


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_example_is_of_its_kind(kind: str) -> None:
    example = re.search(r"`(\{.*?\})`", SECTIONS[kind])
    assert example
    clause = YAML(typ="safe", pure=True).load(example[1])
    assert next(iter(clause)) == kind


@pytest.mark.parametrize("part", [Cause, Sign, Case])
def test_every_word_of_a_file_is_explained(part: type) -> None:
    worked_out = {"sentences", "texts", "needs"}
    words = set(part.__struct_fields__) - worked_out
    assert {word for word in words if not re.search(rf"\b{word}\b", DOCUMENT)} == set()


def block(start: str) -> str:
    """The YAML block of the document that starts with these words."""
    blocks = re.findall(r"```yaml[^\n]*\n(.*?)```", DOCUMENT, re.DOTALL)
    return next(text for text in blocks if text.startswith(start))


def test_the_example_of_a_rule_loads(tmp_path: Path) -> None:
    file = tmp_path / "foot_position.yaml"
    file.write_text(block("id: foot_position"), encoding="utf-8")
    assert load_rule(read_yaml(file), Cause, words()).ways[0].cap is not None


def test_the_example_of_a_vignette_loads(tmp_path: Path) -> None:
    (tmp_path / "causes").mkdir()
    file = tmp_path / "causes" / "statin.vignettes.yaml"
    file.write_text(block("today: 2026-11-22"), encoding="utf-8")
    (story,) = read_stories(file, load())
    assert len(story.chart.exposures) == 3
    assert [result.shown for result in story.chart.results] == ["3.1 mmol/L", "<130 mmol/L", "9 ng/mL", "5"]
