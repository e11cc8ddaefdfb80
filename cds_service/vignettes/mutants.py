"""Rules that are wrong in one place, to see whether some vignette notices."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from cds_service.knowledge import Knowledge
from cds_service.knowledge.amounts import parse_hours
from cds_service.knowledge.clauses import LabClause
from cds_service.knowledge.data import ANYTHING
from cds_service.knowledge.rules import Cause, Sentences, Sign
from cds_service.knowledge.thresholds import load_thresholds
from cds_service.knowledge.yaml_source import KnowledgeError, Source, read_yaml
from cds_service.vignettes.bench import Bench
from cds_service.vignettes.hints import hint
from cds_service.vignettes.masks import older_is_unseen
from cds_service.vignettes.numbers import Number, find_numbers, never_reached
from cds_service.vignettes.sentences import variants
from cds_service.yaml_text import Place

_SHARED = ("amounts", "default_limits", "tiers")
_VALUES = ("value", "lower", "upper")


class Mutant(msgspec.Struct, frozen=True, kw_only=True):
    """All knowledge with one place changed; `missing` says what vignette would notice."""

    kind: Literal["number", "sentence"]
    file: Path
    line: int
    change: str
    missing: str
    knowledge: Knowledge


def mutants(rule_id: str, bench: Bench) -> Iterator[Mutant]:
    """One rule with a number moved or a sentence changed."""
    source = bench.source(rule_id)
    yield from _moved(source, bench)
    yield from _reworded(source, bench)


def _moved(source: Source, bench: Bench) -> Iterator[Mutant]:
    rule: Cause | Sign = bench.rule(source)
    for number in find_numbers(source.data):
        for direction in (1, -1):
            if never_reached(source.data, number, direction):
                continue
            if direction > 0 and older_is_unseen(rule, number, bench.knowledge):
                continue
            try:
                changed = bench.rule(source.replaced(number.path, number.moved(direction)))
            except KnowledgeError:
                continue  # such as `-1 days`: it would be refused, so nobody needs to notice it
            yield _mutant(source, number, direction, bench.with_rule(changed))


def _reworded(source: Source, bench: Bench) -> Iterator[Mutant]:
    rule: Cause | Sign = bench.rule(source)
    for text, original in rule.sentences.items():
        for sentence in variants(original):
            sentences = Sentences({**rule.sentences, text: sentence})
            changed = msgspec.structs.replace(rule, sentences=sentences, needs=ANYTHING)
            yield Mutant(
                kind="sentence",
                file=source.file,
                line=_line_of(source, text),
                change=f"{text!r} -> {sentence.text!r}",
                missing="add a case in which the two differ",
                knowledge=bench.with_rule(changed),
            )


def shared_mutants(bench: Bench) -> Iterator[Mutant]:
    """Thresholds, default limits, tier cuts and ages of derived results, one step up and down."""
    source = read_yaml(bench.cards / "thresholds.yaml")
    for path, value in _shared_values(source):
        number = Number(path, value, 0, len(str(value).partition(" ")[0]))
        for direction in (1, -1):
            changed_file = source.replaced(path, number.moved(direction))
            moved = load_thresholds(changed_file, bench.knowledge.sources)
            changed = msgspec.structs.replace(bench.knowledge, thresholds=moved, amounts=moved.named())
            yield _mutant(source, number, direction, changed)
    yield from _derived_mutants(read_yaml(bench.cards / "derived.yaml"), bench.knowledge)


def _shared_values(source: Source) -> Iterator[tuple[Place, str | int | float]]:
    for table in _SHARED:
        for name, entry in source.data[table].items():
            if isinstance(entry, dict):
                yield from (((table, name, key), entry[key]) for key in _VALUES if key in entry)
            else:
                yield (table, name), entry


def _derived_mutants(source: Source, knowledge: Knowledge) -> Iterator[Mutant]:
    for number in find_numbers(source.data):
        name = str(source.data[int(number.path[0])]["name"])
        for direction in (1, -1) if _wanted_older(name, knowledge) else (-1,):
            age = str(number.moved(direction))
            entry = msgspec.structs.replace(knowledge.derived[name], newer_than=age)
            changed = msgspec.structs.replace(knowledge, derived={**knowledge.derived, name: entry})
            yield _mutant(source, number, direction, changed)


def _wanted_older(name: str, knowledge: Knowledge) -> bool:
    """Whether some rule would look at an older result than the derived one may be."""
    rules = [*knowledge.causes.values(), *knowledge.signs.values()]
    clauses = [clause for rule in rules for clause in rule.given.values()]
    limit = parse_hours(knowledge.derived[name].newer_than)
    return any(
        isinstance(clause, LabClause) and clause.lab == name and parse_hours(clause.newer_than) > limit
        for clause in clauses
    )


def _mutant(source: Source, number: Number, direction: int, knowledge: Knowledge) -> Mutant:
    return Mutant(
        kind="number",
        file=source.file,
        line=source.line(number.path),
        change=f"{number.kind}: {number.whole!r} -> {number.moved(direction)!r}",
        missing=hint(number, direction),
        knowledge=knowledge,
    )


def _line_of(source: Source, text: str) -> int:
    return next((source.line(path) for path, value in _texts(source.data, ()) if value == text), 1)


def _texts(data: object, path: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _texts(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _texts(value, (*path, index))
    elif isinstance(data, str):
        yield path, data
