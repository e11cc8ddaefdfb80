"""Checks of one clause against the closed vocabulary, kind by kind."""

from collections.abc import Iterator, Mapping
from functools import singledispatch

from cds_service.knowledge.clauses import (
    AnswerClause,
    AnsweredClause,
    AvailableClause,
    CauseClause,
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
from cds_service.knowledge.sentence import Sentence, SentenceError
from cds_service.knowledge.words import UnclearError, Words, global_point
from cds_service.knowledge.yaml_source import near_miss

_SEVERAL = {"increases", "starts"}
Given = Mapping[str, Clause]


@singledispatch
def check(clause: Clause, words: Words) -> None:
    """Raise `UnclearError` when a word, unit or number of the clause is not one we know."""


@check.register
def _(clause: MedicationClause, words: Words) -> None:
    words.known("medicine or class", clause.medication, words.drugs)
    words.days(clause.within)
    if "ended" in clause.taking and clause.within is None:
        raise UnclearError("an ended exposure needs 'within', such as 'within: 56 days'")


@check.register
def _(clause: IntervalClause, words: Words) -> None:
    for text in (clause.within, clause.at_least, clause.more_than):
        words.days(text)


@check.register
def _(clause: AnswerClause, words: Words) -> None:
    words.known("questionnaire item", clause.answer, words.answers)
    codes = words.answers[clause.answer]
    if clause.any_of is not None:
        words.known(f"answer to {clause.answer}", clause.any_of, codes)
    elif codes:
        raise UnclearError(f"{clause.answer!r} is a choice: say any_of: [{', '.join(sorted(codes))}]")
    elif not (clause.dated or clause.at_least is not None or clause.at_most is not None):
        raise UnclearError("say at_least, at_most, or dated: true")


@check.register
def _(clause: LabClause, words: Words) -> None:
    words.known("analyte", clause.lab, words.units)
    for text in (clause.below, clause.at_least, clause.above, clause.at_most):
        words.amount(text, words.units[clause.lab])
    words.hours(clause.newer_than)
    if clause.flag is not None:
        words.known("flag", clause.flag, words.flags)
    if clause.fraction is not None:
        words.known("fraction", clause.fraction, words.fractions.get(clause.lab, frozenset()))


@check.register
def _(clause: RiseClause, words: Words) -> None:
    words.known("analyte", clause.rise, words.units)
    words.amount(clause.by, words.units[clause.rise])
    words.days(clause.within)
    words.days(clause.newer_than)


@check.register
def _(clause: AvailableClause, words: Words) -> None:
    words.known("analyte", clause.available, words.units)
    words.hours(clause.newer_than)


@check.register
def _(clause: UnusableClause, words: Words) -> None:
    words.known("analyte", clause.unusable, words.units)


@check.register
def _(clause: AnsweredClause, words: Words) -> None:
    words.known("questionnaire item", clause.answered, words.answers)


@check.register
def _(clause: ProblemClause, words: Words) -> None:
    words.known("finding", clause.problem, words.findings)
    words.days(clause.within)


@check.register
def _(clause: PatientClause, words: Words) -> None:
    words.years(clause.at_least)
    words.years(clause.more_than)
    bounded = clause.at_least is not None or clause.more_than is not None
    if bounded != (clause.patient == "age"):
        raise UnclearError("at_least or more_than belong to 'patient: age', which needs one of them")
    if (clause.is_ is not None) != (clause.patient == "sex"):
        raise UnclearError("'is' belongs to 'patient: sex', which needs it")


@check.register
def _(clause: CauseClause, words: Words) -> None:
    words.known("cause", clause.cause, words.causes)


def used_points(clause: Clause) -> Iterator[str]:
    """The points in time a clause measures from or to."""
    match clause:
        case IntervalClause():
            yield from (clause.from_, clause.to)
        case LatestClause():
            yield from (*clause.latest, *clause.otherwise, clause.not_after)
        case MedicationClause(before=str(point)):
            yield point


def used_clauses(clause: Clause) -> Iterator[str]:
    """The names of the clauses a clause builds on."""
    for point in used_points(clause):
        if not global_point(point):
            yield point.partition(".")[0]
    match clause:
        case InteractionClause():
            yield clause.of
        case DoseClause():
            yield clause.dose
        case MeansClause():
            yield from Sentence(clause.means).names


def check_links(name: str, given: Given) -> None:
    """Raise `UnclearError` when a clause builds on one that is not there or is of the wrong kind."""
    clause = given[name]
    try:
        for other in used_clauses(clause):
            if other == "soreness":
                raise UnclearError("the soreness has the points in time 'onset' and 'recorded'")
            if other not in given:
                raise UnclearError(f"{other!r} is not under 'given'{near_miss(other, given)}")
    except SentenceError as error:
        raise UnclearError(f"{name}: {error}") from error
    for point in used_points(clause):
        _check_point(point, given)
    _refuse_ring(name, (), given)
    if isinstance(clause, IntervalClause):
        _refuse_several(clause)
    if isinstance(clause, InteractionClause | DoseClause):
        target = clause.of if isinstance(clause, InteractionClause) else clause.dose
        if not isinstance(given[target], MedicationClause):
            raise UnclearError(f"{target!r} is not a medication clause")


def _refuse_several(clause: IntervalClause) -> None:
    for point in (clause.from_, clause.to):
        if point.partition(".")[2] in _SEVERAL:
            raise UnclearError(f"{point!r} can be several points in time; name it under 'latest'")


def _refuse_ring(name: str, path: tuple[str, ...], given: Given) -> None:
    if name in path:
        raise UnclearError(f"clauses build on each other in a ring ({' -> '.join((*path, name))})")
    for other in used_clauses(given[name]):
        if other in given:
            _refuse_ring(other, (*path, name), given)


def _check_point(point: str, given: Given) -> None:
    if global_point(point):
        return
    name, _, attribute = point.partition(".")
    known = given[name].POINTS
    if attribute not in known:
        raise UnclearError(f"{name!r} has no point in time {attribute!r}{near_miss(attribute, known)}")
