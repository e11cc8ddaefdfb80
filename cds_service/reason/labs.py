"""Clauses about results: the newest usable one, its own limits, and what is available."""

from collections.abc import Callable

from cds_service.chart import Result
from cds_service.knowledge.amounts import Amount, parse_days
from cds_service.knowledge.clauses import (
    AvailableClause,
    LabClause,
    RiseClause,
    UnusableClause,
)
from cds_service.measure import Measure
from cds_service.reason.evaluate import CaseLike, decides
from cds_service.reason.held import Held, held, unknown
from cds_service.reason.view import ChartView, Derivation
from cds_service.truth import Truth, conjunction, negation
from cds_service.when import days_between, within

_OWN = "normal in its own range"


def evidence_of(result: Result) -> tuple[str, ...]:
    """The references a result rests on."""
    return result.refs if isinstance(result, Derivation) else (result.ref,)


@decides(LabClause)
def decide_lab(clause: LabClause, name: str, case: CaseLike) -> Held:
    results = case.view.usable(clause.lab)
    if not results:
        return unknown(f"no usable {clause.lab} result")
    result, value = results[0], results[0].value
    assert value is not None  # usable results have one
    if case.view.recent(result.taken, clause.newer_than) is not True:
        return unknown(f"{clause.lab} of {result.taken}: older than {clause.newer_than}")
    truth = conjunction(_demands(clause, result, value, case.view))
    if truth is not True:
        return held(truth, why=result.shown)
    words, points = _words(result, case.view), {"taken": result.taken}
    return held(truth, evidence_of(result), words, points=points)


def _demands(clause: LabClause, result: Result, value: Measure, view: ChartView) -> list[Truth]:
    amount = view.knowledge.amount
    demands: list[Truth] = []
    if clause.below is not None:
        demands.append(_against(value.below, amount(clause.below), result, view))
    if clause.at_least is not None:
        demands.append(_against(value.at_least, amount(clause.at_least), result, view))
    if clause.above is not None:
        demands.append(_against(value.above, amount(clause.above), result, view))
    if clause.at_most is not None:
        demands.append(_against(value.at_most, amount(clause.at_most), result, view))
    if clause.range is not None:
        demands.append(in_range(clause.range, result, value, view))
    if clause.flag is not None:
        demands.append(clause.flag in result.flags)
    if clause.fraction is not None:
        demands.append(clause.fraction == result.fraction)
    return demands


def _against(compare: Callable[[float], Truth], amount: Amount, result: Result, view: ChartView) -> Truth:
    if not amount.limit:
        return compare(amount.number)
    lower, upper, _ = view.limits(result)
    limit = lower if amount.limit == "lower limit" else upper
    return None if limit is None else compare(amount.number * limit.number)


def in_range(wanted: str, result: Result, value: Measure, view: ChartView) -> Truth:
    """Whether a value is `normal`, `low` or `high` by its own range, or a default one."""
    if wanted == _OWN and result.low is None and result.high is None:
        return False
    lower, upper, _ = view.limits(result)
    low = value.below(lower.number) if lower else False
    high = value.above(upper.number) if upper else False
    if lower is None and upper is None:
        return None
    if wanted == "low":
        return low if lower else None
    if wanted == "high":
        return high if upper else None
    return conjunction([negation(low), negation(high)])


def _words(result: Result, view: ChartView) -> dict[str, str]:
    phrases = view.knowledge.phrases
    lower, upper, default_used = view.limits(result)
    default = upper or lower
    return {
        "name": result.label,
        "value": result.shown,
        "taken": str(result.taken) if result.taken else phrases.date_unknown,
        "times": _times(result, upper, phrases.times),
        "limit": phrases.default_limit.format(limit=default) if default_used and default else "",
        "remark": phrases.remark.format(remark=result.remark) if result.remark else "",
    }


def _times(result: Result, upper: Amount | None, phrase: str) -> str:
    if result.value is None or upper is None or not upper.number:
        return ""
    value = result.value.low if result.value.exact else max(result.value.low, 0)
    return phrase.format(times=f"{value / upper.number:.1f}".removesuffix(".0"))


@decides(RiseClause)
def decide_rise(clause: RiseClause, name: str, case: CaseLike) -> Held:
    results = [result for result in case.view.usable(clause.rise) if result.value and result.value.exact]
    if not results or case.view.recent(results[0].taken, clause.newer_than) is not True:
        return unknown(f"no current {clause.rise}")
    newest = results[0]
    earlier = [result for result in results[1:] if _within(result, newest, parse_days(clause.within))]
    if not earlier:
        return unknown(f"no earlier {clause.rise} to compare with")
    base = min(earlier, key=_low)
    by = case.view.knowledge.amount(clause.by).number
    risen = _low(newest) >= round(_low(base) + by, 9) or _low(newest) >= round(
        clause.or_times * _low(base), 9
    )
    return held(
        risen,
        (newest.ref, base.ref),
        {
            "name": newest.label,
            "value": newest.shown,
            "taken": str(newest.taken),
            "earlier": f"{base.shown} ({base.taken})",
        },
    )


def _low(result: Result) -> float:
    return result.value.low if result.value else 0.0


def _within(earlier: Result, newest: Result, days: int) -> bool:
    if earlier.taken is None or newest.taken is None:
        return False
    return within(days_between(earlier.taken, newest.taken), 0, days) is True


@decides(AvailableClause)
def decide_available(clause: AvailableClause, name: str, case: CaseLike) -> Held:
    view = case.view
    names = [clause.available] if isinstance(clause.available, str) else clause.available
    found = [
        next((r for r in view.usable(lab) if view.recent(r.taken, clause.newer_than) is True), None)
        for lab in names
    ]
    enough = any(found) if clause.any else all(found)
    return held(enough, tuple(result.ref for result in found if result))


@decides(UnusableClause)
def decide_unusable(clause: UnusableClause, name: str, case: CaseLike) -> Held:
    names = [clause.unusable] if isinstance(clause.unusable, str) else clause.unusable
    for lab in names:
        for result in case.view.all_results(lab):
            if result.unusable:
                words = {"name": result.label, "value": result.shown, "why": result.unusable}
                return held(True, (result.ref,), words)
    return held(False)
