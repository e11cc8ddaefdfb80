"""Clauses about the patient, the problems, the answers and other causes."""

import math
from functools import partial

from cds_service.chart import Answer, Chart, Problem
from cds_service.knowledge import Knowledge
from cds_service.knowledge.clauses import (
    AnswerClause,
    AnsweredClause,
    CauseClause,
    MeansClause,
    PatientClause,
    ProblemClause,
    SorenessClause,
)
from cds_service.knowledge.phrases import Phrases
from cds_service.reason.evaluate import CaseLike
from cds_service.reason.held import FALSE, TRUE, UNKNOWN, Held, unknown
from cds_service.reason.plan import Decider, makes
from cds_service.truth import Truth

_PROBLEMS = "conditions"
_BARE: dict[Truth, Held] = {True: TRUE, False: FALSE, None: UNKNOWN}


@makes(AnswerClause)
def make_answer(clause: AnswerClause, knowledge: Knowledge) -> Decider:
    item, wanted = clause.answer, None if clause.any_of is None else frozenset(clause.any_of)
    missing = unknown(item, ": not answered")
    otherwise: dict[Truth, Held] = {
        truth: Held(truth, because=(item, ": answered otherwise")) for truth in (False, None)
    }

    def decide(case: CaseLike) -> Held:
        answer = case.view.chart.answers.get(item)
        if answer is None:
            return missing
        if wanted is not None:
            truth: Truth = not wanted.isdisjoint(answer.codes)
        else:
            truth = _answered_so(clause, answer)
        if truth is not True:
            return otherwise[truth]
        given = answer.codes if wanted is None else answer.codes & wanted
        words = partial(_answer_words, answer, given, knowledge.phrases)
        return Held(True, (answer.ref,), {"when": answer.when}, words=words)

    return decide


def _answer_words(answer: Answer, given: frozenset[str], phrases: Phrases) -> dict[str, str]:
    shown = ", ".join(phrases.named(word) for word in sorted(code.replace("-", " ") for code in given))
    return {"shown": shown, "number": "" if answer.number is None else f"{answer.number:g}"}


def _answered_so(clause: AnswerClause, answer: Answer) -> Truth:
    """Whether a date, or a number, is what the clause asks for."""
    if clause.dated:
        return None if answer.when is None else True
    if answer.number is None:
        return None
    low = -math.inf if clause.at_least is None else clause.at_least
    high = math.inf if clause.at_most is None else clause.at_most
    return low <= answer.number <= high


@makes(AnsweredClause)
def make_answered(clause: AnsweredClause, knowledge: Knowledge) -> Decider:
    wanted = [clause.answered] if isinstance(clause.answered, str) else clause.answered

    def decide(case: CaseLike) -> Held:
        answers = case.view.chart.answers
        return TRUE if all(item in answers for item in wanted) else FALSE

    return decide


@makes(ProblemClause)
def make_problem(clause: ProblemClause, knowledge: Knowledge) -> Decider:
    wanted = frozenset([clause.problem] if isinstance(clause.problem, str) else clause.problem)
    phrases, undated = knowledge.phrases, unknown("problems not supplied or not dated")

    def decide(case: CaseLike) -> Held:
        view = case.view
        undecided = _PROBLEMS in view.chart.not_supplied
        for problem in view.chart.problems:
            if wanted.isdisjoint(problem.findings) or not (problem.active or clause.ever):
                continue
            recent = True if clause.within is None else view.recent(problem.recorded, clause.within)
            undecided |= recent is None
            if recent is True:
                points, words = {"recorded": problem.recorded}, partial(_problem_words, problem, phrases)
                return Held(True, (problem.ref,), points, words=words)
        return undated if undecided else FALSE

    return decide


def _problem_words(problem: Problem, phrases: Phrases) -> dict[str, str]:
    return {
        "name": phrases.named(problem.name),
        "recorded": phrases.dated(problem.recorded) if problem.recorded else phrases.date_unknown,
    }


@makes(PatientClause)
def make_patient(clause: PatientClause, knowledge: Knowledge) -> Decider:
    if clause.patient == "pregnant":
        return _pregnant
    known = partial(_known_of_patient, clause)
    return lambda case: _BARE[known(case.view.chart)]


def _pregnant(case: CaseLike) -> Held:
    chart = case.view.chart
    return Held(chart.pregnant, (chart.pregnancy_ref,) if chart.pregnancy_ref else ())


def _known_of_patient(clause: PatientClause, chart: Chart) -> Truth:
    match clause.patient:
        case "deceased":
            return chart.deceased
        case "age known":
            return chart.age is not None
        case "sex":
            return chart.sex == clause.is_ if chart.sex else None
    return _old_enough(clause, chart.age)


def _old_enough(clause: PatientClause, age: int | None) -> Truth:
    if age is None:
        return None
    if clause.more_than is not None:
        return age > int(clause.more_than.split()[0])
    return age >= int((clause.at_least or "0").split()[0])


@makes(SorenessClause)
def make_soreness(clause: SorenessClause, knowledge: Knowledge) -> Decider:
    if clause.soreness == "onset known":
        return lambda case: FALSE if case.view.chart.soreness.onset is None else TRUE
    return _reported


def _reported(case: CaseLike) -> Held:
    soreness = case.view.chart.soreness
    return Held(soreness.reported, soreness.refs)


@makes(CauseClause)
def make_cause(clause: CauseClause, knowledge: Knowledge) -> Decider:
    def decide(case: CaseLike) -> Held:
        tier = case.tiers.of(clause.cause)
        words = partial(_tier_words, tier)
        if tier == "unknown":
            return Held(None, because=(clause.cause, ": cannot be assessed"), words=words)
        return Held(tier in clause.tier, words=words)

    return decide


def _tier_words(tier: str) -> dict[str, str]:
    return {"tier": tier}


@makes(MeansClause)
def make_means(clause: MeansClause, knowledge: Knowledge) -> Decider:
    def decide(case: CaseLike) -> Held:
        truth = case.decide(clause.means)
        return Held(True, case.evidence(clause.means)) if truth is True else _BARE[truth]

    return decide
