"""Cards, form and pages in other languages: complete, checked when loaded, and with the same facts."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cds_service.fixtures import FixturePatient, patients
from cds_service.knowledge import Knowledge, load
from cds_service.knowledge.files import cards_dir
from cds_service.knowledge.language import catalogue_files, languages, read_catalogue
from cds_service.knowledge.placeholders import PLACEHOLDER
from cds_service.knowledge.translation import translate
from cds_service.picture import draw_timeline
from cds_service.reading import Pool
from cds_service.reason import ChartView
from cds_service.review import Review, review
from tools.messages import faults, messages

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
PACKAGE = Path(__file__).parents[2] / "cds_service"
WORD = re.compile(r"[A-Za-z]{2,}")
FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F) if chr(code).isalpha()}
KEPT = {"UTC", "CDS"}
"""Letters of pages that are the same in every language."""
FORBIDDEN = ("probabilidad", "riesgo de", "diagnóstic")


def other_letters(text: str, _file: str = "") -> str:
    """A language in which every letter is written otherwise, so that what was not translated shows."""
    rest = PLACEHOLDER.split(text)
    kept = [*PLACEHOLDER.findall(text), ""]
    return "".join(
        part.translate(FULL_WIDTH) + placeholder for part, placeholder in zip(rest, kept, strict=True)
    )


@pytest.fixture(scope="module")
def english() -> Knowledge:
    return load()


@pytest.fixture(scope="module")
def strange(english: Knowledge) -> Knowledge:
    return translate(english, other_letters, "qaa")


@pytest.fixture(scope="module")
def others() -> list[Knowledge]:
    return [load(language=tag) for tag in languages(cards_dir())[1:]]


@pytest.fixture(scope="module")
def spanish(others: list[Knowledge]) -> Knowledge:
    return next(knowledge for knowledge in others if knowledge.language == "es")


def seen(patient: FixturePatient, knowledge: Knowledge) -> Review:
    resources = patient.resources(NOW.date())
    raw = [msgspec.json.encode(resource) for resource in resources]
    return review(Pool.from_resources(raw, resources[0]["id"]), NOW, knowledge, instance="one")


def cards_of(found: Review) -> list[dict[str, Any]]:
    cards: list[dict[str, Any]] = msgspec.to_builtins(found.cards)
    return cards


def shown(card: dict[str, Any]) -> Iterator[str]:
    """What a clinician reads of a card, the sources it cites aside."""
    yield from (card["summary"], card["detail"], card["source"]["label"])
    yield from (reason["display"] for reason in card["overrideReasons"])
    for suggestion in card.get("suggestions", []):
        yield suggestion["label"]
        for action in suggestion["actions"]:
            yield action["description"]
            yield action["resource"].get("description", "")
            yield action["resource"]["code"]["text"]


def values(resource: Any) -> Iterator[str]:
    if isinstance(resource, dict):
        for value in resource.values():
            yield from values(value)
    elif isinstance(resource, list):
        for value in resource:
            yield from values(value)
    elif isinstance(resource, str):
        yield resource


def untranslated(text: str, patient: FixturePatient, knowledge: Knowledge) -> set[str]:
    """Words in plain letters that are neither of the record nor of a citation, a unit or a version."""
    for source in knowledge.sources.values():
        text = text.replace(source.what, "")
    told = " ".join(value for resource in patient.resources(NOW.date()) for value in values(resource))
    units = " ".join(analyte.unit for analyte in knowledge.vocabulary.labs.analytes.values())
    known = {*WORD.findall(f"{told} {units} {knowledge.version}"), "mg"}
    return set(WORD.findall(text)) - known


@pytest.mark.parametrize("file", catalogue_files(cards_dir()), ids=lambda file: file.stem)
def test_every_text_is_translated_and_filled_in_as_it_was(file: Path) -> None:
    assert list(faults(file)) == []


@pytest.mark.parametrize("patient", patients(), ids=lambda patient: patient.id)
def test_no_english_is_left_on_a_card_or_timeline(patient: FixturePatient, strange: Knowledge) -> None:
    found = seen(patient, strange)
    timeline = draw_timeline(ChartView(found.chart, strange), found.findings)
    facts = [text for fact in timeline.facts for text in (fact.what, fact.when, fact.more)]
    texts = [text for card in cards_of(found) for text in shown(card)]

    for text in (*texts, *facts, timeline.title, timeline.sentence, *timeline.columns, timeline.left_out):
        assert untranslated(text, patient, strange) <= {"count"}, text


@pytest.mark.parametrize("patient", patients(), ids=lambda patient: patient.id)
def test_a_card_says_the_same_in_every_language(
    patient: FixturePatient, english: Knowledge, others: list[Knowledge]
) -> None:
    base = cards_of(seen(patient, english))
    for knowledge in others:
        cards = cards_of(seen(patient, knowledge))

        for card, other in zip(base, cards, strict=True):
            assert other["uuid"] == card["uuid"]
            assert other["indicator"] == card["indicator"]
            ours, theirs = card["extension"], other["extension"]
            for name in ("fingerprint", "knowledge"):
                assert theirs[f"example.leg-soreness.{name}"] == ours[f"example.leg-soreness.{name}"]
            assert [one["code"] for one in other["overrideReasons"]] == [
                one["code"] for one in card["overrideReasons"]
            ]
            assert numbers(other["summary"]) == numbers(card["summary"])


def numbers(text: str) -> list[str]:
    """The numbers of a text in any order; a translation may say things in another order."""
    return sorted(re.findall(r"\d+(?:\.\d+)?", text))


@pytest.mark.parametrize("patient", patients(), ids=lambda patient: patient.id)
def test_summaries_fit_in_spanish(patient: FixturePatient, spanish: Knowledge) -> None:
    for card in cards_of(seen(patient, spanish)):
        assert len(card["summary"]) < 140
        assert not card["summary"].endswith("…")


def test_words_that_no_card_uses_are_not_used_in_spanish_either() -> None:
    say = read_catalogue(cards_dir(), "es").say
    for text in messages():
        assert not any(word in say(text).casefold() for word in FORBIDDEN), text


def test_what_was_not_supplied_is_called_so_in_spanish(spanish: Knowledge) -> None:
    found = review(Pool("1", None, spanish.services["leg-soreness"].prefetch), NOW, spanish)
    assert found.closed_by
    assert spanish.gaps.not_supplied.format(name="problemas") == "problemas: no suministrado"


@pytest.mark.parametrize(
    "template",
    [*sorted(PACKAGE.glob("**/templates/*.html")), PACKAGE / "rulebook/book.html"],
    ids=lambda file: file.name,
)
def test_pages_have_no_words_outside_the_catalogue(template: Path) -> None:
    text = re.sub(
        r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", template.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    text = re.sub(r"<code>.*?</code>|\s[a-z-]+=\"[^\"]*\"|<[^>]*>|&\w+;", "", text, flags=re.DOTALL)

    assert set(WORD.findall(text)) <= KEPT
