"""Words that reach a card from elsewhere than its texts: names of ours, and remarks on a chart.

The chart holds them in English, whatever the language of the cards is.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from cds_service.knowledge.placeholders import PLACEHOLDER
from cds_service.knowledge.typed_yaml import typed
from cds_service.knowledge.yaml_source import read_yaml

_PARTS = ("; ", ": ")  # what joins two remarks, and a place to a remark

_DATE = re.compile(r"(\d+ )?[A-Z][a-z]{2} \d{4}")


class Glossary(msgspec.Struct, frozen=True):
    """English words and patterns of remarks to those of a language; what it does not know stays."""

    names: Mapping[str, str] = {}
    remarks: tuple[tuple[re.Pattern[str], str], ...] = ()

    def name(self, word: str) -> str:
        """A name of ours: an ingredient, an analyte, an answer, a span such as `30 days`."""
        return self.names.get(word, word)

    def remark(self, text: str) -> str:
        """What the reading of a chart remarked, or several such remarks in one text."""
        if not self.remarks or not text:
            return text
        for pattern, said in self.remarks:
            if found := pattern.fullmatch(text):
                return said.format(**{key: self._part(value) for key, value in found.groupdict().items()})
        for separator in _PARTS:
            head, found_one, tail = text.partition(separator)
            if found_one:
                return self.remark(head) + separator + self.remark(tail)
        return self.name(text)

    def _part(self, value: str) -> str:
        """A part of the record in a remark: a date, names of ours, members; mostly none of these."""
        if _DATE.fullmatch(value):
            return " ".join(map(self.name, value.split()))
        return ", ".join(" + ".join(map(self.name, one.split(" + "))) for one in value.split(", "))


def load_remarks(cards: Path) -> list[str]:
    """`text/remarks.yaml`. Raises `KnowledgeError` for anything but a list of texts."""
    source = read_yaml(cards / "text" / "remarks.yaml")
    return typed(source, (), source.data, list[str])


def patterns(remarks: Iterable[tuple[str, str]]) -> tuple[tuple[re.Pattern[str], str], ...]:
    """English remarks with their translations as patterns, those with most text of their own first."""
    ordered = sorted(remarks, key=lambda pair: -len(PLACEHOLDER.sub("", pair[0])))
    return tuple((re.compile("".join(_pattern(english)), re.DOTALL), said) for english, said in ordered)


def _pattern(english: str) -> Iterator[str]:
    position = 0
    for found in PLACEHOLDER.finditer(english):
        yield re.escape(english[position : found.start()])
        yield f"(?P<{found[0][1:-1]}>.+)"
        position = found.end()
    yield re.escape(english[position:])
