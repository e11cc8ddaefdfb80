"""The rule book: every rule in words on one self-contained HTML page, for a clinician to review."""

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path

import msgspec
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from cds_service.knowledge import Knowledge
from cds_service.knowledge.catalogue import SourceEntry
from cds_service.knowledge.clauses import Clause
from cds_service.knowledge.drugs import Interaction
from cds_service.knowledge.rules import Cause, Sign
from cds_service.rulebook.clause_words import in_words
from cds_service.rulebook.connected import Gettext, untranslated
from cds_service.rulebook.on_file import rules_on_file
from cds_service.rulebook.source_attributes import MARKS
from cds_service.rulebook.spoken import spoken
from cds_service.vignettes import Outcome, run_vignettes


class RulePage(msgspec.Struct, frozen=True):
    """One rule of the book: `clauses` pairs each name with its words."""

    rule: Cause | Sign
    file: str
    clauses: list[tuple[str, str]]
    sources: list[SourceEntry]
    vignettes: list[Outcome]

    @property
    def is_cause(self) -> bool:
        """Whether it is a cause; a sign otherwise."""
        return isinstance(self.rule, Cause)


def write_page(knowledge: Knowledge, cards: Path) -> str:
    """The book as HTML, in English; it needs nothing else and loads nothing.

    Raises `KnowledgeError` when a rule or its vignettes are unclear.
    """
    return write_translated_page(knowledge, knowledge, cards, untranslated)


def write_translated_page(knowledge: Knowledge, told: Knowledge, cards: Path, gettext: Gettext) -> str:
    """The book in the language of `told`, the same knowledge; `gettext` gives the words around the rules.

    The vignettes are run on `knowledge` and stay as they are written: they expect English words.

    Raises `KnowledgeError` when a rule or its vignettes are unclear.
    """
    translated: dict[str, Cause | Sign] = {} if told is knowledge else {**told.causes, **told.signs}
    pages = [
        RulePage(
            translated.get(entry.rule.id, entry.rule),
            f"{entry.source.file.parent.name}/{entry.source.file.name}",
            _words(entry.rule.given, told, gettext),
            [knowledge.sources[key] for key in entry.rule.because],
            run_vignettes(knowledge, entry.rule.id, cards),
        )
        for entry in rules_on_file(knowledge, cards)
    ]
    return _render(told, pages, gettext)


def style_source() -> str:
    """The style of the page as a Content-Security-Policy names it."""
    digest = hashlib.sha256(_read("book.css").encode()).digest()
    return f"sha256-{b64encode(digest).decode()}"


def _words(given: Mapping[str, Clause], knowledge: Knowledge, gettext: Gettext) -> list[tuple[str, str]]:
    return [(name, in_words(clause, knowledge, gettext)) for name, clause in given.items()]


def _environment(pages: Sequence[RulePage], gettext: Gettext) -> Environment:
    said = {source: text.source for page in pages for source, text in page.rule.texts.items()}
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(gettext, None)  # type: ignore[attr-defined]

    def says(template: str) -> str:
        return spoken(said.get(template, template), gettext)

    environment.filters["says"] = says
    return environment


def _render(knowledge: Knowledge, pages: Sequence[RulePage], gettext: Gettext) -> str:
    return (
        _environment(pages, gettext)
        .from_string(_read("book.html"))
        .render(
            style=Markup(_read("book.css")),  # noqa: S704 - our own file; escaped quotes would break it
            style_hash=style_source(),
            knowledge=knowledge,
            pages=pages,
            marks=MARKS,
            interactions=list(_interactions(knowledge)),
            gates=_words(knowledge.gates.given, knowledge, gettext),
            suggestions=[
                (suggestion, _words(suggestion.given, knowledge, gettext))
                for suggestion in knowledge.suggestions
            ],
        )
    )


def _read(name: str) -> str:
    return (resources.files(__package__) / name).read_text(encoding="utf-8")


def _interactions(knowledge: Knowledge) -> Iterator[Interaction]:
    drugs = knowledge.vocabulary.drugs
    for ingredient in sorted(drugs.words()):
        yield from drugs.interactions(ingredient)
