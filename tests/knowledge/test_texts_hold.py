"""No text prints a word of a clause that may be unknown where the text is shown: a card cannot fail on it."""

import itertools
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from cds_service.knowledge import Knowledge, load
from cds_service.knowledge.clause_checks import used_clauses
from cds_service.knowledge.clauses import (
    Clause,
    DoseClause,
    InteractionClause,
    IntervalClause,
    LabClause,
    LatestClause,
    MeansClause,
    MedicationClause,
    PatientClause,
)
from cds_service.knowledge.rules import Cause, Rule, Sign
from cds_service.knowledge.templates import GLOBALS
from cds_service.truth import Truth

KNOWLEDGE: Knowledge = load()
RULES: list[Cause | Sign] = [*KNOWLEDGE.causes.values(), *KNOWLEDGE.signs.values()]
ALWAYS_THERE = (PatientClause, IntervalClause, LatestClause)  # these have their words whatever their truth


def shown_texts(rule: Cause | Sign) -> Iterator[tuple[list[str], str]]:
    """Every text of a rule with the sentences that hold where it is shown."""
    yield from (([remark.when] if remark.when else [], remark.say) for remark in rule.notes)
    if isinstance(rule, Sign):
        yield from (([item.when], text) for item in rule.items for text in (item.name, item.say))
        yield from (([firing.when], firing.summary) for firing in rule.fires)
        return
    yield from (([remark.when] if remark.when else [], remark.say) for remark in rule.advice)
    yield from (([way.considered_if], rule.in_summary) for way in rule.ways)
    for way in rule.ways:
        for point in (point for entry in way.points for point in entry.first_of):
            texts = [point.say, point.short] if point.short else [point.say]
            yield from (([way.considered_if, point.when], text) for text in texts)


def leaves(names: set[str], rule: Rule) -> set[str]:
    """Names without those that stand for a sentence, which are spelled out."""
    found: set[str] = set()
    for name in names:
        clause = rule.given[name]
        if isinstance(clause, MeansClause):
            found |= leaves(set(rule.sentences[clause.means].names), rule)
        else:
            found.add(name)
    return found


def facts(clause: Clause, truth: Truth) -> dict[str, Any]:
    """The least a clause of this truth has to print."""
    known = truth is True or isinstance(clause, ALWAYS_THERE)
    return dict.fromkeys(clause.FACTS, "x") | {"truth": truth} if known else {"truth": truth}


class Situation(dict[str, Truth]):
    """One combination of truths of a rule's clauses."""

    def __init__(self, rule: Rule, truths: dict[str, Truth]) -> None:
        super().__init__(truths)
        self.rule = rule

    def __missing__(self, name: str) -> Truth:
        clause = self.rule.given[name]
        assert isinstance(clause, MeansClause)
        return self.rule.sentences[clause.means].decide(self)

    def words(self, names: frozenset[str]) -> dict[str, Any]:
        local = {name: facts(self.rule.given[name], self[name]) for name in names - GLOBALS.keys()}
        soreness = dict.fromkeys(GLOBALS["soreness"], "x")
        return {"soreness": soreness, "items": ["x"], "short": "x", "score": 1, "possible": 2} | local


def rests_on(name: str, rule: Rule) -> set[str]:
    """The clauses without which a clause cannot be true."""
    clause = rule.given[name]
    if isinstance(clause, LabClause):
        return {other for other in rule.given if is_milder(rule.given[other], clause)}
    if not isinstance(clause, IntervalClause | InteractionClause | DoseClause):
        return set()
    return {other for other in used_clauses(clause) if isinstance(rule.given[other], MedicationClause)}


def is_milder(other: Clause, clause: LabClause) -> bool:
    """Whether a result below the one bound is below the other as well."""
    if not isinstance(other, LabClause) or clause.below is None or other.below is None:
        return False
    if other != msgspec.structs.replace(clause, below=other.below):
        return False
    return KNOWLEDGE.amount(other.below).number >= KNOWLEDGE.amount(clause.below).number


def situations(rule: Rule, names: set[str]) -> Iterator[Situation]:
    """Every combination of truths that can be."""
    asked = sorted(leaves(names, rule))
    basis = {name: rests_on(name, rule) for name in asked}
    for truths in itertools.product((True, False, None), repeat=len(asked)):
        known = dict(zip(asked, truths, strict=True))
        if all(known.get(other, True) for name in asked if known[name] is True for other in basis[name]):
            yield Situation(rule, known)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_text_can_be_printed_wherever_it_is_shown(rule: Cause | Sign) -> None:
    for conditions, source in shown_texts(rule):
        text = rule.texts[source]
        used = text.names - GLOBALS.keys()
        if not used:
            continue
        asked = {name for when in conditions for name in rule.sentences[when].names}
        for situation in situations(rule, asked | used):
            if all(rule.sentences[when].holds(situation) for when in conditions):
                text.plain(situation.words(text.names))
