"""Adding a language is adding one file, and a file that cannot be used is refused with its line."""

import shutil
from pathlib import Path

import pytest

from cds_service.knowledge import ENGLISH, KnowledgeError, load
from cds_service.knowledge.files import cards_dir
from cds_service.knowledge.language import languages
from tools.messages import faults

GREETING = """msgid ""
msgstr "Content-Type: text/plain; charset=utf-8"

#: cards/text/gaps.yaml
msgid "{name}: not supplied"
msgstr "{name}: non fourni"
"""


@pytest.fixture
def own_cards(tmp_path: Path) -> Path:
    return Path(shutil.copytree(cards_dir(), tmp_path / "cards"))


def write(cards: Path, text: str) -> Path:
    file = cards / "languages" / "fr.po"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_language_is_one_file(own_cards: Path) -> None:
    write(own_cards, GREETING)

    assert languages(own_cards) == [ENGLISH, "es", "fr"]
    knowledge = load(cards=own_cards, language="fr")
    assert knowledge.language == "fr"
    assert knowledge.gaps.not_supplied == "{name}: non fourni"
    assert knowledge.gaps.no_onset == load(cards=own_cards).gaps.no_onset  # English where it says nothing


def test_a_translation_marked_fuzzy_is_not_used(own_cards: Path) -> None:
    file = write(own_cards, GREETING.replace("#: cards", "#, fuzzy\n#: cards"))

    assert load(cards=own_cards, language="fr").gaps.not_supplied == "{name}: not supplied"
    assert any("fuzzy (cards/text/gaps.yaml)" in fault for fault in faults(file))


@pytest.mark.parametrize(
    ("wrong", "line", "words"),
    [
        (GREETING.replace("{name}: non", "{nom}: non"), 5, "{name} is missing; {nom} is not in the text"),
        (GREETING.replace("{name}: non", "non"), 5, "{name} is missing"),
        (GREETING.replace("fourni", "{{ fourni }}"), 5, "{{ fourni }} is not in the text"),
        (GREETING.replace('msgid "{', 'msgctxt "gap"\nmsgid "{'), 6, "contexts are not used"),
        (GREETING.replace('msgid "{', '"a"\nmsgid "{'), 5, "not a gettext catalogue"),
        (
            GREETING + '\nmsgid "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"\nmsgstr "janv févr"\n',
            8,
            "write the twelve months",
        ),
    ],
)
def test_a_catalogue_that_cannot_be_used_is_refused_with_its_line(
    own_cards: Path, wrong: str, line: int, words: str
) -> None:
    write(own_cards, wrong)

    with pytest.raises(KnowledgeError) as refused:
        load(cards=own_cards, language="fr")
    assert (refused.value.file.name, refused.value.line) == ("fr.po", line)
    assert words in str(refused.value)


def test_a_language_that_is_not_there_is_refused(own_cards: Path) -> None:
    with pytest.raises(KnowledgeError, match="no such language; known: en, es"):
        load(cards=own_cards, language="zz")
