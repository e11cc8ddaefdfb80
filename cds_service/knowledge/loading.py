"""One rule file, read and checked: sentences parsed, words known, nothing named that is not used."""

import re
from collections.abc import Iterator
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from cds_service.knowledge.clause_checks import check, check_links, used_clauses
from cds_service.knowledge.clauses import KINDS, Clause, MeansClause, MedicationClause
from cds_service.knowledge.needs import settle_needs
from cds_service.knowledge.rules import Cause, Given, Rule, Sentences, Sign, Texts
from cds_service.knowledge.sentence import Sentence, SentenceError
from cds_service.knowledge.templates import GLOBALS, TemplateSyntaxError, Text
from cds_service.knowledge.typed_yaml import typed
from cds_service.knowledge.words import UnclearError, Words
from cds_service.knowledge.yaml_source import Source, near_miss
from cds_service.yaml_text import Place

_VERSION = re.compile(r"\d+\.\d+\.\d+")
_SENTENCE_KEYS = frozenset(
    {"when", "considered_if", "unless", "open_if", "recommended_if", "without_ranking_if"}
)
_TEXT_KEYS = frozenset({"say", "summary", "in_summary", "name", "short"})
_FILLED_IN = {"sentences", "texts", "needs"}
_EVERY_CLAUSE_HAS = frozenset({"truth"})
R = TypeVar("R", Cause, Sign)


def load_rule(source: Source, kind: type[R], words: Words) -> R:
    """The cause or sign of one file.

    Raises `KnowledgeError` naming the line and what would be right.
    """
    data = source.data
    if not isinstance(data, dict):
        raise source.error((), "a rule is a mapping that starts with 'id:'")
    for key in _FILLED_IN & data.keys():
        raise source.error((key,), f"unknown word {key!r}: it is worked out from the rest")
    given = read_given(source, data, words)
    rule = typed(source, (), _with_alternatives(data), kind)
    _check_header(source, rule, words)
    _check_names(source, rule, words)
    _check_each(source, rule, given)
    parts = read_parts(source, data, given, words)
    _check_all_used(source, given, parts.used | _named(rule))
    needs = reduce(or_, (parts.sentences[text].needs for text in _deciding(rule)), 0)
    return msgspec.structs.replace(
        rule, given=given, sentences=parts.sentences, texts=parts.texts, needs=needs
    )


def _deciding(rule: Cause | Sign) -> Iterator[str]:
    """The sentences that decide whether a rule has anything to say."""
    if isinstance(rule, Sign):
        yield from (firing.when for firing in rule.fires)
        return
    yield from (way.considered_if for way in rule.ways)
    remarks = [*rule.notes, *([rule.unknown] if rule.unknown else [])]
    yield from (remark.when for remark in remarks if remark.when)


def _with_alternatives(data: dict[str, Any]) -> dict[str, Any]:
    """The rule without its clauses, every entry of `points` as a list of alternatives."""
    rest = {key: value for key, value in data.items() if key != "given"}
    ways = rest.get("ways")
    if isinstance(ways, list):
        rest["ways"] = [_way_with_alternatives(way) for way in ways]
    return rest


def _way_with_alternatives(way: Any) -> Any:
    if not isinstance(way, dict) or not isinstance(way.get("points"), list):
        return way
    entries = way["points"]
    return way | {
        "points": [
            entry if isinstance(entry, dict) and "first_of" in entry else {"first_of": [entry]}
            for entry in entries
        ]
    }


def read_given(source: Source, data: dict[str, Any], words: Words) -> Given:
    """The clauses under `given`, each of a known kind with known words.

    Raises `KnowledgeError` for the first one that is unclear.
    """
    raw = data.get("given")
    if not isinstance(raw, dict):
        raise source.error(("given",) if raw else (), "'given' must name the clauses, one a line")
    given = Given({name: _read_clause(source, name, value) for name, value in raw.items()})
    for name, clause in given.items():
        try:
            check(clause, words)
            check_links(name, given)
        except UnclearError as error:
            raise source.error(("given", name), f"{name}: {error}") from error
    return given


def _read_clause(source: Source, name: str, value: Any) -> Clause:
    path: Place = ("given", name)
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name in {"and", "or", "not", "unless", "of", *GLOBALS}:
        raise source.error(path, f"{name!r} cannot name a clause: use a lower-case word of its own")
    if not isinstance(value, dict):
        raise source.error(path, f"{name}: a clause is a mapping such as {{lab: potassium, ...}}")
    kinds = [KINDS[key] for key in value if key in KINDS]
    if not kinds:
        first = next(iter(value), "")
        raise source.error(path, f"{name}: unknown kind of clause {first!r}{near_miss(first, KINDS)}")
    return typed(source, path, value, kinds[0])


class Parts:
    """The sentences and texts found in a rule file, and the clause names they use."""

    def __init__(self) -> None:
        self.sentences = Sentences()
        self.texts = Texts()
        self.used: set[str] = set()


def read_parts(source: Source, data: Any, given: Given, words: Words) -> Parts:
    """Parse every sentence and template of a rule.

    Raises `KnowledgeError` for a name that is not under `given`, or a word its clause does not have.
    """
    parts = Parts()
    for path, key, value in _leaves(data, ()):
        if key in _SENTENCE_KEYS:
            parts.sentences[value] = _read_sentence(source, path, value, given)
            parts.used.update(parts.sentences[value].names)
        elif key in _TEXT_KEYS:
            parts.texts[value] = _read_text(source, path, value, given)
            parts.used.update(parts.texts[value].names)
    for name, clause in given.items():
        parts.used.update(used_clauses(clause))
        if isinstance(clause, MeansClause):
            parts.sentences[clause.means] = _read_sentence(source, ("given", name), clause.means, given)
    settle_needs(given, parts.sentences, words.ingredients, words.inputs)
    return parts


def _leaves(value: Any, path: Place) -> Iterator[tuple[Place, str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if path or key != "given":
                yield from _leaves(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leaves(inner, (*path, index))
    elif isinstance(value, str) and path:
        yield path, str(path[-1]), value


def _read_sentence(source: Source, path: Place, text: str, given: dict[str, Clause]) -> Sentence:
    try:
        sentence = Sentence(text)
    except SentenceError as error:
        raise source.error(path, f"{text!r}: {error}") from error
    for name in sentence.names:
        if name not in given:
            raise source.error(path, f"{name!r} is not under 'given'{near_miss(name, given)}")
    return sentence


def _read_text(source: Source, path: Place, text: str, given: dict[str, Clause]) -> Text:
    try:
        template = Text(text)
    except TemplateSyntaxError as error:
        raise source.error(path, f"not a template: {error.message}") from error
    for name in template.names - GLOBALS.keys():
        if name not in given:
            raise source.error(path, f"{name!r} is not under 'given'{near_miss(name, given)}")
    for name, attribute in template.uses:
        known = GLOBALS[name] if name in GLOBALS else given[name].FACTS | _EVERY_CLAUSE_HAS
        if attribute not in known:
            raise source.error(path, f"{name!r} has no word {attribute!r}{near_miss(attribute, known)}")
    return template


def _check_header(source: Source, rule: Rule, words: Words) -> None:
    stem = Path(source.file).stem
    if rule.id != stem:
        raise source.error(("id",), f"id {rule.id!r} differs from the file's name {stem!r}")
    if not _VERSION.fullmatch(rule.version):
        raise source.error(("version",), f"version {rule.version!r} is not of the form 1.0.0")
    for name in ("because", "limits"):
        if not getattr(rule, name):
            raise source.error((name,), f"{name!r} must not be empty")
    for index, key in enumerate(rule.because):
        if key not in words.sources:
            raise source.error(
                ("because", index), f"{key!r} is not a key of sources.yaml{near_miss(key, words.sources)}"
            )


def _named(rule: Cause | Sign) -> set[str]:
    return {name for _, name in _tried_each(rule)}


def _tried_each(rule: Cause | Sign) -> Iterator[tuple[Place, str]]:
    """The clauses a rule is tried with exposure by exposure, and where they are named."""
    if isinstance(rule, Sign):
        if rule.each:
            yield ("each",), rule.each
        return
    for index, way in enumerate(rule.ways):
        if way.each:
            yield ("ways", index, "each"), way.each


def _check_each(source: Source, rule: Cause | Sign, given: Given) -> None:
    for path, name in _tried_each(rule):
        if name not in given:
            raise source.error(path, f"{name!r} is not under 'given'{near_miss(name, given)}")
        if not isinstance(given[name], MedicationClause):
            raise source.error(path, f"{name!r} is not a medication clause; 'each' goes through exposures")


def _check_names(source: Source, rule: Cause | Sign, words: Words) -> None:
    """The other cards a sign names."""
    if isinstance(rule, Cause):
        return
    named: list[tuple[Place, str]] = [(("replaces", at), name) for at, name in enumerate(rule.replaces)]
    if rule.absorbed_by is not None:
        named.append((("absorbed_by",), rule.absorbed_by))
    for path, name in named:
        if name not in words.signs:
            raise source.error(path, f"there is no sign {name!r}{near_miss(name, words.signs)}")


def _check_all_used(source: Source, given: dict[str, Clause], used: set[str]) -> None:
    for name in given:
        if name not in used:
            raise source.error(("given", name), f"clause {name!r} is never used; use it or remove it")
