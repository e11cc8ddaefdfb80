"""Ages that can grow without changing what a rule finds, because something else is stricter."""

import itertools

from cds_service.knowledge import Knowledge
from cds_service.knowledge.amounts import parse_hours
from cds_service.knowledge.clause_checks import used_clauses
from cds_service.knowledge.clauses import LabClause
from cds_service.knowledge.rules import Cause, Sign
from cds_service.knowledge.sentence import Sentence
from cds_service.truth import Truth
from cds_service.vignettes.numbers import Number

_TRUTHS: tuple[Truth, ...] = (True, False, None)


def older_is_unseen(rule: Cause | Sign, number: Number, knowledge: Knowledge) -> bool:
    """Whether a longer `newer_than` of a result cannot matter.

    A derived result has an age limit of its own; and a clause that is only asked beside another one
    about the same result sees nothing older than that one does.
    """
    if number.kind != "newer_than" or number.path[0] != "given":
        return False
    name = str(number.path[1])
    clause = rule.given[name]
    if not isinstance(clause, LabClause):
        return False
    derived = knowledge.derived.get(clause.lab)
    if derived is not None and parse_hours(clause.newer_than) >= parse_hours(derived.newer_than):
        return True
    return _only_beside_stricter(rule, name, clause)


def _only_beside_stricter(rule: Cause | Sign, name: str, clause: LabClause) -> bool:
    if any(name in text.names for text in rule.texts.values()):
        return False
    if any(name in used_clauses(other) for other in rule.given.values()):
        return False
    stricter = {other for other in rule.given if other != name and _covers(rule, other, clause)}
    asked = [sentence for sentence in rule.sentences.values() if name in sentence.names]
    return all(_needs_one_of(sentence, stricter) for sentence in asked)


def _covers(rule: Cause | Sign, other: str, clause: LabClause) -> bool:
    """Whether another clause is not known as soon as the result is too old for `clause`."""
    found = rule.given[other]
    if not isinstance(found, LabClause) or found.lab != clause.lab:
        return False
    return parse_hours(found.newer_than) <= parse_hours(clause.newer_than)


def _needs_one_of(sentence: Sentence, names: set[str]) -> bool:
    """Whether the sentence is never true while all these names are not known."""
    free = [name for name in sentence.names if name not in names]
    unknown: dict[str, Truth] = dict.fromkeys(sentence.names)
    for truths in itertools.product(_TRUTHS, repeat=len(free)):
        if sentence.holds(unknown | dict(zip(free, truths, strict=True))):
            return False
    return True
