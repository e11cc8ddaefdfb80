"""Clauses about the order of events: the days between two points, and the latest of several."""

from functools import partial

from cds_service.knowledge import Knowledge
from cds_service.knowledge.amounts import parse_days
from cds_service.knowledge.clauses import IntervalClause, LatestClause
from cds_service.knowledge.phrases import Phrases
from cds_service.reason.evaluate import CaseLike, behind, pointed, pointed_once
from cds_service.reason.held import Held
from cds_service.reason.plan import Decider, makes
from cds_service.when import When, days_between, within

_FOREVER = 10**6


@makes(IntervalClause)
def make_interval(clause: IntervalClause, knowledge: Knowledge) -> Decider:
    fewest, most = _bounds(clause)
    start_of, end_of = pointed_once(clause.from_), pointed_once(clause.to)
    behind_start, behind_end = behind(clause.from_), behind(clause.to)
    no_start, no_end = _not_known(clause.from_), _not_known(clause.to)

    def decide(case: CaseLike) -> Held:
        start, end = start_of(case), end_of(case)
        if start is None or end is None:
            return no_start if start is None else no_end
        span = days_between(start, end)
        truth = within(span, fewest, most)
        if truth is not True:
            return Held(truth, because=(span[0], " to ", span[1], " days"), words=_no_days)
        evidence = dict.fromkeys((*behind_start(case), *behind_end(case)))
        return Held(True, tuple(evidence), words=partial(_days, span, knowledge.phrases))

    return decide


def _bounds(clause: IntervalClause) -> tuple[int, int]:
    """The fewest and the most days."""
    fewest, most = -_FOREVER, _FOREVER
    if clause.within is not None:
        fewest, most = 0, parse_days(clause.within)
    if clause.at_least is not None:
        fewest = parse_days(clause.at_least)
    if clause.more_than is not None:
        fewest = parse_days(clause.more_than) + 1
    return fewest, most


def _not_known(point: str) -> Held:
    return Held(None, because=(point, " not known"), words=_no_days)


def _days(span: tuple[int, int], phrases: Phrases) -> dict[str, str]:
    low, high = span
    phrase = phrases.days if low == high else phrases.days_range
    return {"days": phrase.format(low=low, high=high)}


def _no_days() -> dict[str, str]:
    return {"days": ""}


@makes(LatestClause)
def make_latest(clause: LatestClause, knowledge: Knowledge) -> Decider:
    limit_of = pointed_once(clause.not_after)
    holders = [point.partition(".")[0] for point in clause.latest]
    no_date = Held(None, because=("no dated start or change before the onset",), words=_no_date)

    def decide(case: CaseLike) -> Held:
        limit = limit_of(case)
        points = clause.latest if any(case.held(name).truth for name in holders) else clause.otherwise
        fitting = [when for when in _candidates(points, case) if limit is None or when.first <= limit.last]
        if not fitting:
            return no_date
        latest = max(fitting, key=lambda when: (when.last, when.first))
        evidence = dict.fromkeys(ref for point in points for ref in behind(point)(case))
        words = partial(_date_words, latest, knowledge.phrases)
        return Held(True, tuple(evidence), {"date": latest}, words=words)

    return decide


def _candidates(points: list[str], case: CaseLike) -> list[When]:
    candidates: list[When] = []
    for point in points:
        found = pointed(point)(case)
        candidates += found if isinstance(found, tuple) else [found] if found else []
    return candidates


def _no_date() -> dict[str, str]:
    return {"date": ""}


def _date_words(when: When, phrases: Phrases) -> dict[str, str]:
    return {"date": phrases.dated(when)}
