"""The bars of a timeline: one a medicine the rules know, those that findings rest on first."""

from collections.abc import Iterator

from cds_service.chart import DoseChange, Exposure, Taking
from cds_service.knowledge.phrases import Phrases
from cds_service.knowledge.pictures import TimelineWords
from cds_service.picture.timeline import Bar, DoseStep, Moment, moment
from cds_service.reason import ChartView
from cds_service.when import When
from cds_service.wording import clean, fit

_NAME_LENGTH = 60


def draw_bars(view: ChartView, evidence: frozenset[str], earliest: int) -> Iterator[Bar]:
    """A bar for every course that reaches past the day `earliest`, or that is evidence."""
    words, phrases = view.knowledge.pictures.words, view.knowledge.phrases
    found = [
        (exposure, not evidence.isdisjoint(exposure.refs))
        for exposure in view.chart.exposures
        if exposure.taking != Taking.NEVER
    ]
    products = {
        exposure.refs: (exposure, counts) for exposure, counts in sorted(found, key=_rank, reverse=True)
    }
    for exposure, counts in reversed(products.values()):  # a product of two ingredients is one bar
        if counts or _reaches(exposure, earliest):
            yield _bar(exposure, words, phrases, counts=counts)


def _reaches(exposure: Exposure, earliest: int) -> bool:
    """Whether it is taken, or was surely taken on the day `earliest` or later."""
    last = exposure.end or exposure.start
    return exposure.taking == Taking.NOW or (last is not None and last.last >= earliest)


def _rank(entry: tuple[Exposure, bool]) -> tuple[bool, int, str]:
    """Evidence first, then the latest start."""
    exposure, counts = entry
    return (not counts, -exposure.start.last if exposure.start else 0, exposure.ingredient)


def _bar(exposure: Exposure, words: TimelineWords, phrases: Phrases, *, counts: bool) -> Bar:
    now = exposure.taking == Taking.NOW
    end = None if now else exposure.end
    return Bar(
        name=fit(clean(exposure.name), _NAME_LENGTH),
        start=as_moment(exposure.start, phrases),
        end=as_moment(end, phrases),
        now=now,
        counts=counts,
        doses=tuple(_step(change, words, phrases) for change in exposure.increases),
        said=_said(_dated(exposure.start, phrases), _dated(end, phrases), words, now=now),
    )


def _dated(when: When | None, phrases: Phrases) -> str:
    return phrases.dated(when) if when else ""


def _said(start: str, end: str, words: TimelineWords, *, now: bool) -> str:
    """When it was taken; "" for a day that is not known."""
    if now:
        return words.still_taken.format(start=start) if start else words.still_taken_unknown
    shown = start or words.start_unknown
    return words.ended.format(start=shown, end=end) if end else words.ended_unknown.format(start=shown)


def _step(change: DoseChange, words: TimelineWords, phrases: Phrases) -> DoseStep:
    said = words.dose.format(before=f"{change.before:g}", after=f"{change.after:g}")
    return DoseStep(moment(change.at.first, change.at.last, phrases.dated(change.at)), said)


def as_moment(when: When | None, phrases: Phrases) -> Moment | None:
    """A date of the chart as it is drawn."""
    return moment(when.first, when.last, phrases.dated(when)) if when else None
