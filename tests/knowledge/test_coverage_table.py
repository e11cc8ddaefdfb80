"""Every claim of the lay article has its rule, sign, question, text or advice, or stands on no card."""

import csv
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cds_service.knowledge.files import cards_dir
from cds_service.knowledge.yaml_source import read_yaml

ON_NO_CARD = "-"
SPOKEN = ("causes/*.yaml", "signs/*.yaml", "ranking.yaml", "suggestions.yaml", "notice.yaml", "text/*")
CLAIMS = 58
KINDS = {"gate", "rule", "sign", "text", "Q", "advice", "heading"}


class Element(NamedTuple):
    """One line of the table."""

    row: int
    kind: str
    claim: str
    file: str
    words: str


def table() -> list[Element]:
    file = Path(__file__).with_name("coverage.tsv")
    lines = (line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    _, *rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    return [Element(int(row), kind, claim, file, words) for row, kind, claim, file, words in rows]


TABLE = table()


@cache
def content(file: str) -> str:
    """The text of a file of `cards/` with single spaces."""
    return " ".join((cards_dir() / file).read_text(encoding="utf-8").split())


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)
    elif isinstance(value, str):
        yield value


@cache
def spoken() -> str:
    """Everything a card can say, in lower case; comments and vignettes are not on cards."""
    files = [file for pattern in SPOKEN for file in sorted(cards_dir().glob(pattern))]
    rules = [file for file in files if file.suffix == ".yaml" and not file.stem.endswith(".vignettes")]
    texts = [file.read_text(encoding="utf-8") for file in files if file.suffix == ".md"]
    return "\n".join([*texts, *(text for file in rules for text in strings(read_yaml(file).data))]).lower()


def test_every_claim_has_its_row() -> None:
    assert {element.row for element in TABLE} == set(range(1, CLAIMS + 1))
    assert {kind for element in TABLE for kind in element.kind.split(", ")} == KINDS


@pytest.mark.parametrize("element", TABLE, ids=lambda element: f"{element.row:02} {element.words[:40]}")
def test_the_claim_is_covered(element: Element) -> None:
    if element.file == ON_NO_CARD:
        assert element.words not in spoken()
    else:
        assert element.words in content(element.file)


@pytest.mark.parametrize("words", ["probability", "risk of", "diagnosis", "diagnosed"])
def test_words_that_stand_on_no_card(words: str) -> None:
    assert words not in spoken()


def test_what_is_spoken_is_found() -> None:
    assert "causes from the day before are often benign" in spoken()
    assert "keep the ankle neutral in bed" in spoken()
