import shutil
from pathlib import Path

import msgspec
import pytest

from cds_service.knowledge.files import cards_dir
from cds_service.knowledge.items import Items, load_items
from cds_service.knowledge.yaml_source import KnowledgeError


@pytest.fixture(scope="module")
def items() -> Items:
    return load_items(cards_dir())


def codes_of(name: str) -> set[str]:
    file = cards_dir() / "questionnaire" / f"codesystem-{name}.json"
    return {concept["code"] for concept in msgspec.json.decode(file.read_bytes())["concept"]}


def test_the_items_are_those_of_the_code_system(items: Items) -> None:
    assert {*items.by_link_id, items.rules.panel} == codes_of("items")


def test_the_answers_are_those_of_the_code_system(items: Items) -> None:
    assert {answer for item in items.by_link_id.values() for answer in item.answers} == codes_of("answers")


def test_bounds_come_from_the_questionnaire(items: Items) -> None:
    severity = items.by_link_id["severity"]
    assert (severity.type, severity.lowest, severity.highest) == ("integer", 0, 10)


def test_only_answers_of_a_single_item_name_it(items: Items) -> None:
    assert items.by_answer["gardening"] == "activity.kind"
    assert not {"yes", "both", "none", "same"} & set(items.by_answer)


def test_the_canonical_is_the_last_segment(items: Items) -> None:
    assert items.canonical == "morning-leg-soreness"


def test_codes_of_other_systems_ask_our_items(items: Items) -> None:
    assert items.asked["http://loinc.org", "72514-3"] == "severity"
    assert items.asked["urn:oid:2.16.840.1.113883.6.1", "82810-3"] == "pregnant"


def test_meanings_do_not_overlap(items: Items) -> None:
    rules = items.rules
    for one, other in (
        (rules.affirmed, rules.denied),
        (rules.affirmed, rules.unknown),
        (rules.denied, rules.unknown),
    ):
        assert not one.codes & other.codes
        assert not one.words & other.words


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("reported: present", "reported: presnt", "items.yaml:3: .*did you mean 'present'"),
        ("72514-3: severity", "72514-3: severty", "items.yaml:.*did you mean 'severity'"),
        ("not_answered: [unsure]", "not_answerd: [unsure]", "items.yaml:.*did you mean 'not_answered'"),
        ("not_answered: [unsure]", "not_answered: unsure", "items.yaml:.*Expected `array`"),
    ],
)
def test_what_is_unclear_is_refused_by_file_and_line(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    for folder in ("vocabulary", "questionnaire"):
        shutil.copytree(cards_dir() / folder, tmp_path / folder)
    file = tmp_path / "vocabulary" / "items.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(KnowledgeError, match=message):
        load_items(tmp_path)
