"""The lanes of a timeline: results of an analyte among their limits."""

import math
from collections.abc import Iterator

from cds_service.chart import Result
from cds_service.knowledge.amounts import Amount
from cds_service.knowledge.phrases import Phrases
from cds_service.knowledge.pictures import TimelineWords
from cds_service.picture.timeline import Dot, Lane, Line, moment
from cds_service.reason import ChartView
from cds_service.wording import clean

_DOTS = 12  # the newest; more would run into each other


def draw_lanes(view: ChartView, evidence: frozenset[str], earliest: int) -> Iterator[Lane]:
    """A lane for every reported analyte, and for every other that is evidence."""
    reported = view.knowledge.ranking.report
    others = dict.fromkeys(
        result.analyte for result in view.chart.results if result.ref in evidence and not result.unusable
    )
    for analyte in [*reported, *(name for name in others if name not in reported)]:
        results = [result for result in view.usable(analyte) if _drawable(result, earliest)][:_DOTS]
        if results:
            yield _lane(results, view)


def _drawable(result: Result, earliest: int) -> bool:
    return result.taken is not None and result.taken.last >= earliest and result.value is not None


def _lane(results: list[Result], view: ChartView) -> Lane:
    lines = sorted(_lines(results[0], view), key=lambda line: line.value)
    words, phrases = view.knowledge.pictures.words, view.knowledge.phrases
    return Lane(
        name=clean(phrases.named(results[0].label)),
        dots=tuple(_dot(result, lines, words, phrases) for result in results),
        lines=tuple(lines),
    )


def _lines(newest: Result, view: ChartView) -> Iterator[Line]:
    """The limits the knowledge names for the analyte, else those of its newest result."""
    lower, upper, _ = view.limits(newest)
    named = view.knowledge.pictures.limits.get(newest.analyte)
    for amount in named if named is not None else [limit for limit in (lower, upper) if limit]:
        value = _resolved(amount, lower, upper)
        if value is not None:
            name = f" ({view.knowledge.phrases.named(amount.threshold)})" if amount.threshold else ""
            yield Line(value, f"{value:g}{name}")


def _resolved(amount: Amount, lower: Amount | None, upper: Amount | None) -> float | None:
    """A limit as a value; `4 x upper limit` needs the limit of the result."""
    if not amount.limit:
        return amount.number
    base = lower if amount.limit == "lower limit" else upper
    return None if base is None else amount.number * base.number


def _dot(result: Result, lines: list[Line], words: TimelineWords, phrases: Phrases) -> Dot:
    assert result.taken is not None  # drawable results have both
    assert result.value is not None
    value = result.value.low if math.isfinite(result.value.low) else result.value.high
    at = moment(result.taken.first, result.taken.last, phrases.dated(result.taken))
    return Dot(at, value, clean(result.shown), _position(result, lines, words))


def _position(result: Result, lines: list[Line], words: TimelineWords) -> str:
    """Between which limits a value surely lies."""
    value = result.value
    if value is None or not lines:
        return ""
    under = [line for line in lines if value.at_least(line.value) is True]
    over = [line for line in lines if value.below(line.value) is True]
    if len(under) + len(over) < len(lines):
        return ""
    if not under:
        return words.below.format(limit=over[0].said)
    if not over:
        return words.above.format(limit=under[-1].said)
    return words.span.format(low=under[-1].said, high=over[0].said)
