"""Clauses about the patient, the problems, the answers and the order of events."""

import math

from cds_service.chart import Answer
from cds_service.knowledge.amounts import parse_days
from cds_service.knowledge.clauses import (
    AnswerClause,
    AnsweredClause,
    CauseClause,
    IntervalClause,
    LatestClause,
    MeansClause,
    PatientClause,
    ProblemClause,
    SorenessClause,
)
from cds_service.reason.evaluate import CaseLike, decides
from cds_service.reason.held import Held, held, unknown
from cds_service.truth import Truth
from cds_service.when import When, days_between, within

_FOREVER = 10**6
_PROBLEMS = "conditions"


@decides(AnswerClause)
def decide_answer(clause: AnswerClause, name: str, case: CaseLike) -> Held:
    answer = case.view.chart.answers.get(clause.answer)
    if answer is None:
        return unknown(f"{clause.answer}: not answered")
    given = answer.codes if clause.any_of is None else answer.codes.intersection(clause.any_of)
    truth = _answered_so(clause, answer, given)
    if truth is not True:
        return held(truth, why=f"{clause.answer}: answered otherwise")
    shown = ", ".join(sorted(code.replace("-", " ") for code in given))
    number = "" if answer.number is None else f"{answer.number:g}"
    return held(True, (answer.ref,), {"shown": shown, "number": number}, points={"when": answer.when})


def _answered_so(clause: AnswerClause, answer: Answer, given: frozenset[str]) -> Truth:
    if clause.any_of is not None:
        return bool(given)
    if clause.dated:
        return None if answer.when is None else True
    if answer.number is None:
        return None
    low = -math.inf if clause.at_least is None else clause.at_least
    high = math.inf if clause.at_most is None else clause.at_most
    return low <= answer.number <= high


@decides(AnsweredClause)
def decide_answered(clause: AnsweredClause, name: str, case: CaseLike) -> Held:
    wanted = [clause.answered] if isinstance(clause.answered, str) else clause.answered
    return held(all(item in case.view.chart.answers for item in wanted))


@decides(ProblemClause)
def decide_problem(clause: ProblemClause, name: str, case: CaseLike) -> Held:
    undecided = _PROBLEMS in case.view.chart.not_supplied
    for problem in case.view.problems(clause.problem):
        if not (problem.active or clause.ever):
            continue
        recent = True if clause.within is None else case.view.recent(problem.recorded, clause.within)
        undecided |= recent is None
        if recent is True:
            recorded = str(problem.recorded) if problem.recorded else case.view.knowledge.phrases.date_unknown
            words = {"name": problem.name, "recorded": recorded}
            return held(True, (problem.ref,), words, points={"recorded": problem.recorded})
    return unknown("problems not supplied or not dated") if undecided else held(False)


@decides(PatientClause)
def decide_patient(clause: PatientClause, name: str, case: CaseLike) -> Held:
    chart = case.view.chart
    if clause.patient == "pregnant":
        return held(chart.pregnant, (chart.pregnancy_ref,) if chart.pregnancy_ref else ())
    if clause.patient == "deceased":
        return held(chart.deceased)
    if clause.patient == "age known":
        return held(chart.age is not None)
    if clause.patient == "sex":
        return held(chart.sex == clause.is_ if chart.sex else None)
    return held(_old_enough(clause, chart.age))


def _old_enough(clause: PatientClause, age: int | None) -> Truth:
    if age is None:
        return None
    if clause.more_than is not None:
        return age > int(clause.more_than.split()[0])
    return age >= int((clause.at_least or "0").split()[0])


@decides(SorenessClause)
def decide_soreness(clause: SorenessClause, name: str, case: CaseLike) -> Held:
    soreness = case.view.chart.soreness
    if clause.soreness == "onset known":
        return held(soreness.onset is not None)
    return held(soreness.reported, soreness.refs)


@decides(CauseClause)
def decide_cause(clause: CauseClause, name: str, case: CaseLike) -> Held:
    tier = case.tiers.of(clause.cause)
    if tier == "unknown":
        return unknown(f"{clause.cause}: cannot be assessed", {"tier": tier})
    return held(tier in clause.tier, facts={"tier": tier})


@decides(IntervalClause)
def decide_interval(clause: IntervalClause, name: str, case: CaseLike) -> Held:
    start, end = case.moment(clause.from_), case.moment(clause.to)
    if start is None or end is None:
        missing = clause.from_ if start is None else clause.to
        return unknown(f"{missing} not known", {"days": ""})
    span = days_between(start, end)
    fewest, most = -_FOREVER, _FOREVER
    if clause.within is not None:
        fewest, most = 0, parse_days(clause.within)
    if clause.at_least is not None:
        fewest = parse_days(clause.at_least)
    if clause.more_than is not None:
        fewest = parse_days(clause.more_than) + 1
    truth = within(span, fewest, most)
    if truth is not True:
        return held(truth, facts={"days": ""}, why=f"{span[0]} to {span[1]} days")
    phrases = case.view.knowledge.phrases
    phrase = phrases.days if span[0] == span[1] else phrases.days_range
    evidence = dict.fromkeys((*_behind(clause.from_, case), *_behind(clause.to, case)))
    return held(True, tuple(evidence), {"days": phrase.format(low=span[0], high=span[1])})


def _behind(point: str, case: CaseLike) -> tuple[str, ...]:
    """The records a point in time comes from."""
    name, _, _ = point.partition(".")
    if name == "soreness":
        items = case.view.knowledge.vocabulary.items.rules
        onset = case.view.chart.answers.get(items.onset)
        return (onset.ref,) if onset else ()
    return () if name == "today" else case.held(name).evidence


@decides(LatestClause)
def decide_latest(clause: LatestClause, name: str, case: CaseLike) -> Held:
    limit = case.moment(clause.not_after)
    holds = any(case.held(point.partition(".")[0]).truth is True for point in clause.latest)
    points = clause.latest if holds else clause.otherwise
    candidates: list[When] = []
    for point in points:
        found = case.point(point)
        candidates += found if isinstance(found, tuple) else [found] if found else []
    fitting = [when for when in candidates if limit is None or when.first <= limit.last]
    if not fitting:
        return unknown("no dated start or change before the onset", {"date": ""})
    latest = max(fitting, key=lambda when: (when.last, when.first))
    evidence = dict.fromkeys(ref for point in points for ref in _behind(point, case))
    return held(True, tuple(evidence), {"date": str(latest)}, points={"date": latest})


@decides(MeansClause)
def decide_means(clause: MeansClause, name: str, case: CaseLike) -> Held:
    return held(case.decide(clause.means), case.evidence(clause.means))
