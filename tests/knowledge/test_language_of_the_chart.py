"""Dates, names and remarks of a chart, which are no texts of the cards, in the language of the cards."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cds_service.knowledge import Knowledge, load
from cds_service.knowledge.phrases import Phrases
from cds_service.knowledge.translation import translate
from cds_service.when import When
from tests.knowledge.test_languages import PACKAGE, WORD, other_letters

REMARKING = re.compile("why|note|problem|conflict|future")
ELSEWHERE = {
    "neither a FHIR Bundle nor a FHIR resource",  # the file is refused
    "no report",  # the gate says it in its own words
    "7 says7 that it is not taken",  # with a date and without: tried below
}


@pytest.fixture(scope="module")
def english() -> Knowledge:
    return load()


@pytest.fixture(scope="module")
def strange(english: Knowledge) -> Knowledge:
    return translate(english, other_letters, "qaa")


@pytest.fixture(scope="module")
def spanish() -> Knowledge:
    return load(language="es")


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
    for remark in remarks - ELSEWHERE:
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
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in parts)
        case ast.IfExp(body=body, orelse=orelse):
            yield from (*_texts(body), *_texts(orelse))
        case ast.BoolOp(values=several):
            yield from (text for one in several for text in _texts(one))
        case ast.Tuple(elts=[*_, last]):
            yield from _texts(last)
