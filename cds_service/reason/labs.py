"""Clauses about results: the newest usable one, its own limits, and what is available."""

import math
from collections.abc import Callable, Iterator
from functools import partial

from cds_service.chart import Result
from cds_service.knowledge import Knowledge
from cds_service.knowledge.amounts import Amount, parse_age, parse_days
from cds_service.knowledge.clauses import AvailableClause, LabClause, RiseClause, UnusableClause
from cds_service.knowledge.phrases import Phrases
from cds_service.knowledge.thresholds import Thresholds
from cds_service.measure import Measure
from cds_service.reason.evaluate import CaseLike
from cds_service.reason.held import FALSE, Held, unknown
from cds_service.reason.plan import Decider, makes
from cds_service.reason.results import Derivation, Newest, limits_of
from cds_service.truth import Truth, conjunction, negation
from cds_service.when import days_between, within

_OWN = "normal in its own range"
_Demand = Callable[[Newest], Truth]
_Comparison = Callable[[Measure, float], Truth]


def evidence_of(result: Result) -> tuple[str, ...]:
    """The references a result rests on."""
    return result.refs if isinstance(result, Derivation) else (result.ref,)


@makes(LabClause)
def make_lab(clause: LabClause, knowledge: Knowledge) -> Decider:
    lab, demands = clause.lab, tuple(_demands(clause, knowledge))
    days, seconds = parse_age(clause.newer_than)
    missing = unknown("no usable ", lab, " result")
    side = "low" if clause.range == "low" or (clause.below or clause.at_most) is not None else "high"

    def decide(case: CaseLike) -> Held:
        newest = case.view.newest[lab]
        if newest is None:
            return missing
        if not newest.recent(days, seconds):
            return unknown(lab, " of ", newest.result.taken, ": older than ", clause.newer_than)
        truth = conjunction([demand(newest) for demand in demands])
        result = newest.result
        if truth is not True:
            return Held(truth, because=(result.shown,))
        words = partial(_words, result, knowledge, side)
        return Held(True, evidence_of(result), {"taken": result.taken}, words=words)

    return decide


def _demands(clause: LabClause, knowledge: Knowledge) -> Iterator[_Demand]:
    """What the clause asks of a result, one function each."""
    comparisons: list[tuple[str | float | None, _Comparison]] = [
        (clause.below, Measure.below),
        (clause.at_least, Measure.at_least),
        (clause.above, Measure.above),
        (clause.at_most, Measure.at_most),
    ]
    for amount, compare in comparisons:
        if amount is not None:
            yield _against(knowledge.amount(amount), compare, knowledge.thresholds)
    wanted, flag, fraction = clause.range, clause.flag, clause.fraction
    if wanted is not None:
        yield lambda newest: in_range(wanted, newest.result, newest.value, knowledge.thresholds)
    if flag is not None:
        yield lambda newest: flag in newest.result.flags
    if fraction is not None:
        yield lambda newest: fraction == newest.result.fraction


def _against(amount: Amount, compare: _Comparison, thresholds: Thresholds) -> _Demand:
    number = amount.number
    if not amount.limit:
        return lambda newest: compare(newest.value, number)

    def compare_with_limit(newest: Newest) -> Truth:
        lower, upper, _ = limits_of(newest.result, thresholds)
        limit = lower if amount.limit == "lower limit" else upper
        return None if limit is None else compare(newest.value, number * limit.number)

    return compare_with_limit


def in_range(wanted: str, result: Result, value: Measure, thresholds: Thresholds) -> Truth:
    """Whether a value is `normal`, `low` or `high` by its own range, or a default one."""
    if wanted == _OWN and result.low is None and result.high is None:
        return False
    lower, upper, _ = limits_of(result, thresholds)
    low = value.below(lower.number) if lower else False
    high = value.above(upper.number) if upper else False
    if lower is None and upper is None:
        return None
    if wanted == "low":
        return low if lower else None
    if wanted == "high":
        return high if upper else None
    return conjunction([negation(low), negation(high)])


def default_note(result: Result, side: str, knowledge: Knowledge) -> str:
    """Which default limit stood in for the laboratory's own, of those that matter to `side`.

    That is the lower one for `low`, the upper one for `high`, both for `normal`; "" when none did.
    """
    lower, upper, _ = limits_of(result, knowledge.thresholds)
    own_lower, own_upper = result.low is not None, result.high is not None
    used = [lower] if lower and not own_lower and side != "high" else []
    used += [upper] if upper and not own_upper and side != "low" else []
    phrases = knowledge.phrases
    return phrases.default_limit.format(limit=phrases.listed(list(map(str, used)))) if used else ""


def _words(result: Result, knowledge: Knowledge, side: str) -> dict[str, str]:
    phrases = knowledge.phrases
    _, upper, _ = limits_of(result, knowledge.thresholds)
    return {
        "name": phrases.named(result.label),
        "value": result.shown,
        "taken": phrases.dated(result.taken) if result.taken else phrases.date_unknown,
        "times": _times(result, upper, phrases.times),
        "limit": default_note(result, side, knowledge),
        "remark": phrases.remark.format(remark=phrases.told(result.remark)) if result.remark else "",
    }


def _times(result: Result, upper: Amount | None, phrase: str) -> str:
    if result.value is None or upper is None or not upper.number:
        return ""
    times = max(result.value.low, 0) / upper.number
    tenths = math.floor(round(times * 10, 6)) / 10  # never rounded up over a threshold
    shown = f"{tenths:.1f}".removesuffix(".0")
    return phrase.format(times=shown if result.value.exact else f"≥{shown}")


@makes(RiseClause)
def make_rise(clause: RiseClause, knowledge: Knowledge) -> Decider:
    by, days, phrases = knowledge.amount(clause.by).number, parse_days(clause.within), knowledge.phrases

    def decide(case: CaseLike) -> Held:
        view = case.view
        results = [result for result in view.usable(clause.rise) if result.value and result.value.exact]
        if not results or view.recent(results[0].taken, clause.newer_than) is not True:
            return unknown("no current ", clause.rise)
        newest = results[0]
        earlier = [result for result in results[1:] if _within(result, newest, days)]
        if not earlier:
            return unknown("no earlier ", clause.rise, " to compare with")
        base = min(earlier, key=_low)
        value, before = _low(newest), _low(base)
        risen = value >= round(before + by, 9) or value >= round(clause.or_times * before, 9)
        return Held(risen, (newest.ref, base.ref), words=partial(_rise_words, newest, base, phrases))

    return decide


def _rise_words(newest: Result, base: Result, phrases: Phrases) -> dict[str, str]:
    dates = [phrases.dated(taken) if (taken := result.taken) else "" for result in (newest, base)]
    return {
        "name": phrases.named(newest.label),
        "value": newest.shown,
        "taken": dates[0],
        "earlier": f"{base.shown} ({dates[1]})",
    }


def _low(result: Result) -> float:
    return result.value.low if result.value else 0.0


def _within(earlier: Result, newest: Result, days: int) -> bool:
    if earlier.taken is None or newest.taken is None:
        return False
    return within(days_between(earlier.taken, newest.taken), 0, days) is True


@makes(AvailableClause)
def make_available(clause: AvailableClause, knowledge: Knowledge) -> Decider:
    names = [clause.available] if isinstance(clause.available, str) else clause.available

    def decide(case: CaseLike) -> Held:
        view = case.view
        found = [
            next((r for r in view.usable(lab) if view.recent(r.taken, clause.newer_than) is True), None)
            for lab in names
        ]
        enough = any(found) if clause.any else all(found)
        return Held(enough, tuple([result.ref for result in found if result]))

    return decide


@makes(UnusableClause)
def make_unusable(clause: UnusableClause, knowledge: Knowledge) -> Decider:
    names = [clause.unusable] if isinstance(clause.unusable, str) else clause.unusable

    def decide(case: CaseLike) -> Held:
        for lab in names:
            for result in case.view.all_results(lab):
                if result.unusable:
                    words = partial(_unusable_words, result, knowledge.phrases)
                    return Held(True, (result.ref,), words=words)
        return FALSE

    return decide


def _unusable_words(result: Result, phrases: Phrases) -> dict[str, str]:
    return {
        "name": phrases.named(result.label),
        "value": result.shown,
        "why": phrases.told(result.unusable),
    }
