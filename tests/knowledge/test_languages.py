"""Cards, form and pages in other languages: complete, checked when loaded, and with the same facts."""

import ast
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cds_service.fixtures import FixturePatient, patients
from cds_service.knowledge import ENGLISH, Knowledge, KnowledgeError, load
from cds_service.knowledge.files import cards_dir
from cds_service.knowledge.language import catalogue_files, languages, read_catalogue
from cds_service.knowledge.phrases import Phrases
from cds_service.knowledge.placeholders import PLACEHOLDER
from cds_service.knowledge.translation import translate
from cds_service.picture import draw_timeline
from cds_service.reading import Pool
from cds_service.reason import ChartView
from cds_service.review import Review, review
from cds_service.when import When
from tools.messages import faults, messages

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
PACKAGE = Path(__file__).parents[2] / "cds_service"
WORD = re.compile(r"[A-Za-z]{2,}")
FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F) if chr(code).isalpha()}
KEPT = {"UTC", "CDS"}
"""Letters of pages that are the same in every language."""
FORBIDDEN = ("probabilidad", "riesgo de", "diagnóstic")
REMARKING = re.compile("why|note|problem|conflict|future")
NEVER_ON_A_CARD = {"neither a FHIR Bundle nor a FHIR resource", "no report"}


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
    ("written", "said"), [("2026-06-12", "12 jun 2026"), ("2026-08", "ago 2026"), ("2024", "2024")]
)
def test_dates_are_as_precise_as_in_english(written: str, said: str, spanish: Knowledge) -> None:
    assert spanish.phrases.dated(When.parse(written)) == said


def test_english_dates_are_those_of_the_chart(english: Knowledge) -> None:
    for written in ("2026-06-12", "2026-05", "2024", "2026-02", "2024-02-29"):
        assert english.phrases.dated(When.parse(written)) == str(When.parse(written))


@pytest.mark.parametrize(
    ("remark", "said"),
    [
        ("dated in the future", "con fecha futura"),
        ("no date; dated in the future", "sin fecha; con fecha futura"),
        ("Obs/1 says on 12 Jun 2026 that it is not taken", "según Obs/1 del 12 jun 2026, no lo toma"),
        ("unit 'mg; dl' not convertible", "la unidad 'mg; dl' no se puede convertir"),
        ("authored: an item of a list", "authored: un elemento de una lista"),
        ("words nobody wrote here", "words nobody wrote here"),
        (
            'coded as niacin but written "X"; the code was used',
            'codificado como niacina pero escrito "X"; se usó el código',
        ),
        ("", ""),
    ],
)
def test_remarks_of_the_reading_are_said_in_spanish(remark: str, said: str, spanish: Knowledge) -> None:
    assert spanish.phrases.told(remark) == said


def test_every_remark_the_reading_can_make_can_be_translated(strange: Knowledge) -> None:
    remarks = {
        remark for file in _readers() for remark in _remarks(ast.parse(file.read_text(encoding="utf-8")))
    }

    assert len(remarks) > 40
    for remark in remarks - NEVER_ON_A_CARD:
        assert not _left(remark, strange.phrases), remark


def _readers() -> list[Path]:
    return [*(PACKAGE / "reading").glob("*.py"), PACKAGE / "ehr" / "unavailable.py"]


def _left(remark: str, phrases: Phrases) -> set[str]:
    """The words of a remark that stay; values of the record are digits here, so that they have none."""
    return set(WORD.findall(phrases.told(remark))) - {
        "authoredOn",
        "recordedDate",
        "birthDate",
        "resourceType",
    }


def _remarks(tree: ast.Module) -> Iterator[str]:
    """The texts that go where remarks go: into certain arguments, members and tables."""
    for node in ast.walk(tree):
        match node:
            case ast.keyword(arg="note" | "unusable", value=value):
                yield from _texts(value)
            case ast.Call(func=ast.Name(id="Skipped" | "UnreadableError"), args=[*_, value]):
                yield from _texts(value)
            case ast.Call(func=ast.Attribute(attr="add", value=ast.Attribute(attr="remarks")), args=[value]):
                yield from _texts(value)
            case ast.Assign(targets=[ast.Attribute(attr="failed")], value=value):
                yield from _texts(value)
            case ast.FunctionDef(returns=ast.Name(id="str"), name=name) if REMARKING.search(name):
                returned = (one.value for one in ast.walk(node) if isinstance(one, ast.Return) and one.value)
                yield from (text for value in returned for text in _texts(value))
            case ast.Dict(values=table) if len(table) > 20:
                yield from (text for value in table for text in _texts(value))


def _texts(value: ast.expr) -> Iterator[str]:
    match value:
        case ast.Constant(value=str(text)) if " " in text:
            yield re.sub(r"\{[^}]*\}", "7", text)
        case ast.JoinedStr(values=parts):
            yield "".join(part.value if isinstance(part, ast.Constant) else "7" for part in parts)
        case ast.IfExp(body=body, orelse=orelse):
            yield from (*_texts(body), *_texts(orelse))
        case ast.BoolOp(values=several):
            yield from (text for one in several for text in _texts(one))
        case ast.Tuple(elts=[*_, last]):
            yield from _texts(last)


@pytest.mark.parametrize(
    "template", sorted((PACKAGE / "web/pages/templates").glob("*.html")), ids=lambda file: file.name
)
def test_pages_have_no_words_outside_the_catalogue(template: Path) -> None:
    text = re.sub(
        r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", template.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    text = re.sub(r"<code>.*?</code>|\s[a-z-]+=\"[^\"]*\"|<[^>]*>|&\w+;", "", text, flags=re.DOTALL)

    assert set(WORD.findall(text)) <= KEPT


# Adding a language is adding one file.

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
