"""The rule book: every rule in words on one self-contained HTML page, for a clinician to review."""

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path

import msgspec
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from cds_service.knowledge import Knowledge
from cds_service.knowledge.catalogue import SourceEntry
from cds_service.knowledge.drugs import Interaction
from cds_service.knowledge.rules import Cause, Sign
from cds_service.rulebook.clause_words import in_words
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
    """The book as HTML; it needs nothing else and loads nothing.

    Raises `KnowledgeError` when a rule or its vignettes are unclear.
    """
    pages = [
        RulePage(
            entry.rule,
            f"{entry.source.file.parent.name}/{entry.source.file.name}",
            [(name, in_words(clause, knowledge)) for name, clause in entry.rule.given.items()],
            [knowledge.sources[key] for key in entry.rule.because],
            run_vignettes(knowledge, entry.rule.id, cards),
        )
        for entry in rules_on_file(knowledge, cards)
    ]
    return _render(knowledge, pages)


def style_source() -> str:
    """The style of the page as a Content-Security-Policy names it."""
    digest = hashlib.sha256(_read("book.css").encode()).digest()
    return f"sha256-{b64encode(digest).decode()}"


def _render(knowledge: Knowledge, pages: Sequence[RulePage]) -> str:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["spoken"] = spoken
    return environment.from_string(_read("book.html")).render(
        style=Markup(_read("book.css")),  # noqa: S704 - our own file; escaped quotes would break it
        style_hash=style_source(),
        knowledge=knowledge,
        pages=pages,
        marks=MARKS,
        interactions=list(_interactions(knowledge)),
        gates=[(name, in_words(clause, knowledge)) for name, clause in knowledge.gates.given.items()],
        suggestions=[
            (suggestion, [(name, in_words(clause, knowledge)) for name, clause in suggestion.given.items()])
            for suggestion in knowledge.suggestions
        ],
    )


def _read(name: str) -> str:
    return (resources.files(__package__) / name).read_text(encoding="utf-8")


def _interactions(knowledge: Knowledge) -> Iterator[Interaction]:
    drugs = knowledge.vocabulary.drugs
    for ingredient in sorted(drugs.words()):
        yield from drugs.interactions(ingredient)
