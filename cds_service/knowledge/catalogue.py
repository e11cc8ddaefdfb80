"""The rest of `cards/`: thresholds, sources, derived results, gates, suggestions, the causes card."""

from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from cds_service.knowledge.amounts import AmountError, parse_days
from cds_service.knowledge.formulas import compute
from cds_service.knowledge.loading import read_given, read_parts
from cds_service.knowledge.rules import Given, Remark, Sentences, Texts
from cds_service.knowledge.thresholds import check_source
from cds_service.knowledge.typed_yaml import typed, typed_entries
from cds_service.knowledge.words import Words
from cds_service.knowledge.yaml_source import Source, read_yaml

T = TypeVar("T", bound=msgspec.Struct)


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base: unknown members are errors."""


class SourceEntry(_Strict, frozen=True):
    """One entry of sources.yaml."""

    what: str
    where: str
    url: str | None = None


class Derived(_Strict, frozen=True):
    """A result computed from others; `formula` is arithmetic over the names of `inputs`.

    `dated_by` is the input whose date it carries; without it the oldest input's.
    """

    name: str
    unit: str
    formula: str
    inputs: dict[str, str]
    newer_than: str
    because: str
    dated_by: str | None = None
    without: dict[str, str] = {}

    def compute(self, values: Mapping[str, float]) -> float:
        """The value for the inputs given.

        Raises `ZeroDivisionError` as arithmetic does.
        """
        return compute(self.formula, values)


class Ranking(_Strict, frozen=True):
    """ranking.yaml: the causes card."""

    id: str
    title: str
    version: str
    order: int
    summaries: dict[Literal["supported", "none", "no_data"], str]
    report: dict[str, str]
    sources_of_data: dict[str, str]
    none_found_needs: frozenset[str]
    benign: str
    released: date
    stale_after_days: int
    stale: str
    new_medicine_days: int
    also_consider: int
    dose_matters: str
    end_matters: dict[str, str]
    label: str
    limits: str
    because: list[str]
    remarks: list[Remark] = []
    given: Given = msgspec.field(default_factory=Given)
    sentences: Sentences = msgspec.field(default_factory=Sentences)
    texts: Texts = msgspec.field(default_factory=Texts)


class Unchecked(_Strict, frozen=True):
    """What is said where nothing was found to warn of; the lists are those of a `Gate`."""

    otherwise: str
    summary: str
    in_doubt: str
    doubtful_if_unread: frozenset[str]
    doubtful_if_incomplete: frozenset[str]


class Notice(_Strict, frozen=True):
    """notice.yaml: the card shown when unreadable records could have held the soreness, or a danger."""

    id: str
    version: str
    title: str
    summary: str
    unchecked: Unchecked


class OverrideReasons(_Strict, frozen=True):
    """override_reasons.yaml: code to display."""

    system: str
    reasons: dict[str, str]


class Action(_Strict, frozen=True):
    """One `create` action; `resource` is FHIR R4 with `{patient}` and `{base}` to be filled in."""

    description: str
    resource: dict[str, Any]
    template: str = ""  # the resource as JSON, written once when it is loaded


class Suggestion(_Strict, frozen=True):
    """One entry of suggestions.yaml."""

    id: str
    on: str
    label: str
    when: str
    actions: list[Action]
    recommended_if: str | None = None
    given: Given = msgspec.field(default_factory=Given)
    sentences: Sentences = msgspec.field(default_factory=Sentences)
    texts: Texts = msgspec.field(default_factory=Texts)


class Gate(_Strict, frozen=True):
    """A condition for any card at all.

    The two lists name resource types and prefetch keys: where one of them was not read, or only in
    part, the gate might have been open, and its silence is explained.
    """

    id: str
    open_if: str
    otherwise: str
    doubtful_if_unread: frozenset[str] = frozenset()
    doubtful_if_incomplete: frozenset[str] = frozenset()


class Gates(_Strict, frozen=True):
    """gates.yaml."""

    gates: list[Gate]
    without_ranking_if: str
    given: Given = msgspec.field(default_factory=Given)
    sentences: Sentences = msgspec.field(default_factory=Sentences)
    texts: Texts = msgspec.field(default_factory=Texts)


def load_sources(cards: Path) -> dict[str, SourceEntry]:
    """sources.yaml by key."""
    return typed_entries(read_yaml(cards / "sources.yaml"), SourceEntry)


def load_derived(cards: Path, sources: Collection[str]) -> dict[str, Derived]:
    """derived.yaml by name.

    Raises `KnowledgeError` for a formula that is not arithmetic over its inputs.
    """
    source = read_yaml(cards / "derived.yaml")
    found = {}
    for index, entry in enumerate(source.data):
        derived = typed(source, (index,), entry, Derived)
        check_source(source, (index, "because"), derived.because, sources)
        try:
            derived.compute(dict.fromkeys(derived.inputs, 1.0))
            parse_days(derived.newer_than)
        except (AmountError, ValueError, KeyError, SyntaxError) as error:
            raise source.error((index, "formula"), f"{derived.formula!r}: {error}") from error
        found[derived.name] = derived
    return found


def load_gates(cards: Path, words: Words) -> Gates:
    """gates.yaml, checked like a rule."""
    source = read_yaml(cards / "gates.yaml")
    return _checked(source, source.data, Gates, words)


def load_ranking(cards: Path, words: Words) -> Ranking:
    """ranking.yaml, its remarks checked like a rule's."""
    source = read_yaml(cards / "ranking.yaml")
    return _checked(source, source.data, Ranking, words)


def load_suggestions(cards: Path, words: Words) -> list[Suggestion]:
    """suggestions.yaml, each entry checked like a rule."""
    source = read_yaml(cards / "suggestions.yaml")
    return [
        _with_templates(_checked(source.part((index,)), entry, Suggestion, words))
        for index, entry in enumerate(source.data)
    ]


def _with_templates(suggestion: Suggestion) -> Suggestion:
    actions = [
        msgspec.structs.replace(action, template=msgspec.json.encode(action.resource).decode())
        for action in suggestion.actions
    ]
    return msgspec.structs.replace(suggestion, actions=actions)


def _checked(source: Source, data: Any, kind: type[T], words: Words) -> T:
    given = read_given(source, data, words)
    parts = read_parts(source, data, given, words)
    rest = typed(source, (), {key: value for key, value in data.items() if key != "given"}, kind)
    return msgspec.structs.replace(rest, given=given, sentences=parts.sentences, texts=parts.texts)
