"""The bars of a timeline: one a medicine the rules know, those that findings rest on first."""

from collections.abc import Iterator

from cds_service.chart import DoseChange, Exposure, Taking
from cds_service.knowledge.pictures import TimelineWords
from cds_service.picture.timeline import Bar, DoseStep, Moment, moment
from cds_service.reason import ChartView
from cds_service.when import When
from cds_service.wording import clean, fit

_NAME_LENGTH = 60


def draw_bars(view: ChartView, evidence: frozenset[str], earliest: int) -> Iterator[Bar]:
    """A bar for every course that reaches past the day `earliest`, or that is evidence."""
    words = view.knowledge.pictures.words
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
            yield _bar(exposure, words, counts=counts)


def _reaches(exposure: Exposure, earliest: int) -> bool:
    """Whether it is taken, or was surely taken on the day `earliest` or later."""
    last = exposure.end or exposure.start
    return exposure.taking == Taking.NOW or (last is not None and last.last >= earliest)


def _rank(entry: tuple[Exposure, bool]) -> tuple[bool, int, str]:
    """Evidence first, then the latest start."""
    exposure, counts = entry
    return (not counts, -exposure.start.last if exposure.start else 0, exposure.ingredient)


def _bar(exposure: Exposure, words: TimelineWords, *, counts: bool) -> Bar:
    now = exposure.taking == Taking.NOW
    end = None if now else exposure.end
    return Bar(
        name=fit(clean(exposure.name), _NAME_LENGTH),
        start=as_moment(exposure.start),
        end=as_moment(end),
        now=now,
        counts=counts,
        doses=tuple(_step(change, words) for change in exposure.increases),
        said=_said(exposure.start, end, words, now=now),
    )


def _said(start: When | None, end: When | None, words: TimelineWords, *, now: bool) -> str:
    if now:
        return words.still_taken.format(start=start) if start else words.still_taken_unknown
    shown = str(start) if start else words.start_unknown
    return words.ended.format(start=shown, end=end) if end else words.ended_unknown.format(start=shown)


def _step(change: DoseChange, words: TimelineWords) -> DoseStep:
    said = words.dose.format(before=f"{change.before:g}", after=f"{change.after:g}")
    return DoseStep(moment(change.at.first, change.at.last, str(change.at)), said)


def as_moment(when: When | None) -> Moment | None:
    """A date of the chart as it is drawn."""
    return moment(when.first, when.last, str(when)) if when else None
