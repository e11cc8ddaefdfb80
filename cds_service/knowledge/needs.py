"""What data a clause cannot do without, so that a chart without them is passed over quickly.

Data are named as in `cds_service.knowledge.data`; a chart lists what it has in the same words.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from cds_service.knowledge.clause_checks import used_clauses, used_points
from cds_service.knowledge.clauses import (
    AnswerClause,
    AvailableClause,
    Clause,
    DoseClause,
    InteractionClause,
    IntervalClause,
    LabClause,
    LatestClause,
    MeansClause,
    MedicationClause,
    PatientClause,
    ProblemClause,
    RiseClause,
    UnusableClause,
)
from cds_service.knowledge.data import needed
from cds_service.knowledge.rules import Sentences
from cds_service.knowledge.sentence import Demand, Sentence

Ingredients = Callable[[str], Iterable[str]]


def settle_needs(
    given: Mapping[str, Clause],
    sentences: Sentences,
    ingredients: Ingredients,
    inputs: Mapping[str, Iterable[str]],
) -> None:
    """Fill in `needs` of every sentence; `inputs` maps derived analytes to what they are made of."""
    finder = _Finder(given, sentences, ingredients, inputs)
    for sentence in sentences.values():
        sentence.needs = needed(finder.sentence(sentence))


class _Finder:
    def __init__(
        self,
        given: Mapping[str, Clause],
        sentences: Sentences,
        ingredients: Ingredients,
        inputs: Mapping[str, Iterable[str]],
    ) -> None:
        self.given = given
        self.sentences = sentences
        self.ingredients = ingredients
        self.inputs = inputs

    def sentence(self, sentence: Sentence) -> frozenset[str] | None:
        return self.demand(sentence.demand)

    def demand(self, demand: Demand | None) -> frozenset[str] | None:
        if demand is None:
            return None
        if demand.name:
            return self.clause(self.given[demand.name])
        parts = [self.demand(part) for part in demand.parts]
        if demand.every:  # any one of them will do; the one with the fewest data is the most telling
            return min((part for part in parts if part is not None), key=len, default=None)
        return _united(parts)

    def clause(self, clause: Clause) -> frozenset[str] | None:
        match clause:
            case InteractionClause() | DoseClause():
                return _united(self.clause(self.given[name]) for name in used_clauses(clause))
            case IntervalClause() | LatestClause():
                return self.points(clause)
            case MeansClause(means=text):
                return self.sentence(self.sentences[text])
        data = frozenset(self.data(clause))
        return data or None

    def data(self, clause: Clause) -> Iterator[str]:
        """The data of a clause that looks at the chart itself."""
        match clause:
            case MedicationClause(medication=word):
                yield from (f"drug:{name}" for name in self.ingredients(word))
            case AnswerClause(answer=item):
                yield f"answer:{item}"
            case LabClause(lab=lab) | RiseClause(rise=lab):
                yield from (f"lab:{name}" for name in self.inputs.get(lab, (lab,)))
            case UnusableClause(unusable=words) | AvailableClause(available=words):
                yield from (f"lab:{word}" for word in _listed(words))
            case ProblemClause(problem=words):
                yield from (f"problem:{word}" for word in _listed(words))
            case PatientClause(patient="pregnant"):
                yield "pregnant"

    def points(self, clause: Clause) -> frozenset[str] | None:
        """Both ends must be known; the one with data of its own decides."""
        clauses = [self.clause(self.given[name]) for name in used_clauses(clause)]
        onset = any(point == "soreness.onset" for point in used_points(clause))
        if not clauses:
            return frozenset({"onset"}) if onset else None
        return _united(clauses)


def _listed(words: str | list[str]) -> list[str]:
    return [words] if isinstance(words, str) else words


def _united(parts: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    """What several sentences need together; None as soon as one of them may be true without data."""
    united: frozenset[str] = frozenset()
    for part in parts:
        if part is None:
            return None
        united |= part
    return united
