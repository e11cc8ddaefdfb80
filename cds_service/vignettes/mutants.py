"""Rules that are wrong in one place, to see whether some vignette notices."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from cds_service.knowledge import Knowledge, rule_words
from cds_service.knowledge.amounts import parse_hours
from cds_service.knowledge.clauses import LabClause
from cds_service.knowledge.library import load_thresholds
from cds_service.knowledge.loading import load_rule
from cds_service.knowledge.rules import Cause, Sentences, Sign
from cds_service.knowledge.words import Words
from cds_service.knowledge.yaml_source import KnowledgeError, Source, YamlPath, read_yaml
from cds_service.vignettes.hints import hint
from cds_service.vignettes.numbers import Number, find_numbers, never_reached
from cds_service.vignettes.sentences import variants

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


class Bench:
    """What is needed to rebuild one rule at a time."""

    def __init__(self, knowledge: Knowledge, cards: Path) -> None:
        known = knowledge
        self.knowledge = knowledge
        self.cards = cards
        self.words: Words = rule_words(
            cards, known.vocabulary, known.thresholds, known.sources, known.derived
        )

    def mutants(self, rule_id: str) -> Iterator[Mutant]:
        """One rule with a number moved or a sentence changed."""
        if rule_id in self.knowledge.causes:
            yield from self._mutants(self.knowledge.causes[rule_id], "causes")
        else:
            yield from self._mutants(self.knowledge.signs[rule_id], "signs")

    def _mutants(self, rule: Cause | Sign, folder: str) -> Iterator[Mutant]:
        source = read_yaml(self.cards / folder / f"{rule.id}.yaml")
        yield from self._moved(source, rule)
        yield from self._reworded(source, rule)

    def _moved(self, source: Source, rule: Cause | Sign) -> Iterator[Mutant]:
        for number in find_numbers(source.data):
            for direction in (1, -1):
                if never_reached(source.data, number, direction):
                    continue
                if direction > 0 and self._outlived(source, number):
                    continue
                new = number.moved(direction)
                try:
                    changed = self._rebuilt(source.replaced(number.path, new), rule)
                except KnowledgeError:
                    continue  # such as `-1 days`: it would be refused, so nobody needs to notice it
                yield _mutant(source, number, direction, self._with(changed))

    def _reworded(self, source: Source, rule: Cause | Sign) -> Iterator[Mutant]:
        for text, original in rule.sentences.items():
            for sentence in variants(original):
                sentences = Sentences({**rule.sentences, text: sentence})
                changed = msgspec.structs.replace(rule, sentences=sentences, needs=None)
                yield Mutant(
                    kind="sentence",
                    file=source.file,
                    line=_line_of(source, text),
                    change=f"{text!r} -> {sentence.text!r}",
                    missing="add a case in which the two differ",
                    knowledge=self._with(changed),
                )

    def _outlived(self, source: Source, number: Number) -> bool:
        """Whether a derived result's own age limit keeps a rule from ever seeing an older one."""
        if number.kind != "newer_than":
            return False
        derived = self.knowledge.derived.get(source.data["given"][number.path[1]].get("lab", ""))
        return derived is not None and parse_hours(str(number.whole)) >= parse_hours(derived.newer_than)

    def _rebuilt(self, source: Source, rule: Cause | Sign) -> Cause | Sign:
        if isinstance(rule, Cause):
            return load_rule(source, Cause, self.words)
        return load_rule(source, Sign, self.words)

    def _with(self, rule: Cause | Sign) -> Knowledge:
        known = self.knowledge
        if isinstance(rule, Cause):
            return msgspec.structs.replace(known, causes={**known.causes, rule.id: rule})
        return msgspec.structs.replace(known, signs={**known.signs, rule.id: rule})

    def shared(self) -> Iterator[Mutant]:
        """Thresholds, default limits, tier cuts and ages of derived results, one step up and down."""
        source = read_yaml(self.cards / "thresholds.yaml")
        for path, value in _shared_values(source):
            number = Number(path, value, 0, len(str(value).partition(" ")[0]))
            for direction in (1, -1):
                changed_file = source.replaced(path, number.moved(direction))
                moved = load_thresholds(changed_file, self.knowledge.sources)
                changed = msgspec.structs.replace(self.knowledge, thresholds=moved, amounts=moved.named())
                yield _mutant(source, number, direction, changed)
        yield from self._derived()

    def _derived(self) -> Iterator[Mutant]:
        source = read_yaml(self.cards / "derived.yaml")
        for number in find_numbers(source.data):
            index = int(number.path[0])
            name = str(source.data[index]["name"])
            for direction in (1, -1) if self._wanted_older(name) else (-1,):
                age = str(number.moved(direction))
                entry = msgspec.structs.replace(self.knowledge.derived[name], newer_than=age)
                derived = {**self.knowledge.derived, name: entry}
                changed = msgspec.structs.replace(self.knowledge, derived=derived)
                yield _mutant(source, number, direction, changed)

    def _wanted_older(self, name: str) -> bool:
        """Whether some rule would look at an older result than the derived one may be."""
        rules = [*self.knowledge.causes.values(), *self.knowledge.signs.values()]
        clauses = [clause for rule in rules for clause in rule.given.values()]
        limit = parse_hours(self.knowledge.derived[name].newer_than)
        return any(
            isinstance(clause, LabClause) and clause.lab == name and parse_hours(clause.newer_than) > limit
            for clause in clauses
        )


def _shared_values(source: Source) -> Iterator[tuple[YamlPath, str | int | float]]:
    for table in _SHARED:
        for name, entry in source.data[table].items():
            if isinstance(entry, dict):
                yield from (((table, name, key), entry[key]) for key in _VALUES if key in entry)
            else:
                yield (table, name), entry


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


def _texts(data: object, path: YamlPath) -> Iterator[tuple[YamlPath, str]]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _texts(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _texts(value, (*path, index))
    elif isinstance(data, str):
        yield path, data
