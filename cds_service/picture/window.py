"""The weeks after a start or an increase, from the very point the rule counts from."""

from datetime import date

from cds_service.knowledge.pictures import TimelineWords
from cds_service.picture.timeline import Window
from cds_service.reason import ChartView
from cds_service.reason.causes import CauseEvaluation, bindings
from cds_service.when import When, days_between

_DAYS_A_WEEK = 7


def window_start(view: ChartView) -> When | None:
    """The latest of the points the rule counts from, over the medicines it fits."""
    pictured = view.knowledge.pictures.window
    cause = view.knowledge.causes[pictured.cause]
    evaluation = CauseEvaluation(view)
    unbound = evaluation.case(cause)
    moments = [
        evaluation.case(cause, bound).moment(pictured.start)
        for way in cause.ways
        for bound in bindings(way.each, unbound)
    ]
    known = [when for when in moments if when is not None]
    return max(known, key=lambda when: (when.last, when.first)) if known else None


def draw_window(start: When | None, view: ChartView) -> Window | None:
    """The window, None without a dated start; a start known to the month makes it longer."""
    if start is None:
        return None
    pictures = view.knowledge.pictures
    days, words, dated = pictures.window.days, pictures.words, view.knowledge.phrases.dated
    first, last = When(start.first, start.first), When(start.last + days, start.last + days)
    return Window(
        first=date.fromordinal(first.first),
        last=date.fromordinal(last.last),
        said=words.window.format(weeks=f"{days / _DAYS_A_WEEK:g}", start=dated(start)),
        dates=words.span.format(low=dated(first), high=dated(last)),
    )


def tell_onset(start: When | None, view: ChartView, words: TimelineWords) -> str:
    """When the soreness began, counted from the start of the window where that came before."""
    soreness = view.chart.soreness
    if not soreness.reported:
        return words.not_reported
    if soreness.onset is None:
        return words.onset_unknown
    fewest, most = days_between(start, soreness.onset) if start else (-1, -1)
    dated = view.knowledge.phrases.dated
    if start is None or fewest < 0:
        return words.onset.format(date=dated(soreness.onset))
    days = f"{fewest}" if fewest == most else words.span.format(low=fewest, high=most)
    said = words.onset_next_day if fewest == most == 1 else words.onset_day
    return said.format(date=dated(soreness.onset), days=days, start=dated(start))
