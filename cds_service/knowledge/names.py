"""The names of ours that can reach a card: words that stand in a rule or a vocabulary, not in a text."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from cds_service.knowledge.clauses import AnswerClause, InteractionClause, MedicationClause
from cds_service.knowledge.rules import Given, Rule, Texts
from cds_service.knowledge.vocabulary import Vocabulary

if TYPE_CHECKING:
    from cds_service.knowledge import Knowledge

Named = Iterator[tuple[str, str]]
"""Words with the file they come from, below `cards/`."""


def names(knowledge: "Knowledge") -> Named:
    """Every name that can be printed, some of them several times."""
    ranking, labs = knowledge.ranking, knowledge.vocabulary.labs
    yield from (("gates.yaml", gate.otherwise) for gate in knowledge.gates.gates)
    yield "notice.yaml", knowledge.notice.unchecked.otherwise
    yield from (("ranking.yaml", span) for span in ranking.report.values())
    yield from (("thresholds.yaml", name) for name in knowledge.thresholds.amounts)
    yield from (("derived.yaml", entry.name) for entry in knowledge.derived.values())
    for analyte in labs.analytes.values():
        yield from (("vocabulary/labs.yaml", name) for name in (analyte.name, analyte.label))
        if analyte.sum:
            yield "vocabulary/labs.yaml", analyte.sum.label
    yield from (("vocabulary/labs.yaml", code.label) for code in labs.codes.values())
    findings = knowledge.vocabulary.findings
    labels = {coded.label for coded in findings.snomed.values()}
    yield from (("vocabulary/findings.tsv", label) for label in sorted(labels))
    yield from _printed(_worded(knowledge), knowledge.vocabulary)


def _worded(knowledge: "Knowledge") -> Iterator[tuple[Given, Texts]]:
    rules: list[Rule] = [*knowledge.causes.values(), *knowledge.signs.values()]
    yield from ((rule.given, rule.texts) for rule in rules)
    yield knowledge.ranking.given, knowledge.ranking.texts


def _printed(worded: Iterable[tuple[Given, Texts]], vocabulary: Vocabulary) -> Named:
    """The words that texts print of a clause: ingredients, and answers as their codes say them."""
    ingredients, answers = set[str](), set[str]()
    for given, texts in worded:
        for name, word in {use for text in texts.values() for use in text.uses}:
            clause = given.get(name)
            if isinstance(clause, MedicationClause) and word == "ingredient":
                ingredients |= vocabulary.drugs.members(clause.medication)
            elif isinstance(clause, InteractionClause):
                ingredients |= vocabulary.drugs.paired()
            elif isinstance(clause, AnswerClause) and word == "shown":
                codes = vocabulary.items.by_link_id[clause.answer].answers
                answers |= {code.replace("-", " ") for code in codes}
    yield from (("questionnaire", word) for word in sorted(answers))
    yield from (("vocabulary/drugs/classes.yaml", word) for word in sorted(ingredients))
