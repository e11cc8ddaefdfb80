"""A chart and what was found on it, as a timeline."""

from collections.abc import Iterator
from datetime import date

from cds_service.knowledge.pictures import TimelineWords
from cds_service.picture.medicines import as_moment, draw_bars
from cds_service.picture.results import draw_lanes
from cds_service.picture.timeline import Bar, Fact, Lane, Moment, Timeline, Window
from cds_service.picture.window import draw_window, tell_onset, window_start
from cds_service.reason import ChartView, Findings


def draw_timeline(view: ChartView, findings: Findings) -> Timeline:
    """The timeline of the patient of `view`, as of the chart's own day.

    Pure: the same chart, findings and knowledge give the same timeline.
    """
    pictures, today = view.knowledge.pictures, view.chart.today
    words, limit = pictures.words, today.last - pictures.timeline_days
    evidence, phrases = evidence_of(findings), view.knowledge.phrases
    start = window_start(view)
    onset, onset_said = as_moment(view.chart.soreness.onset, phrases), tell_onset(start, view, words)
    window = draw_window(start, view)
    bars, lanes = tuple(draw_bars(view, evidence, limit)), tuple(draw_lanes(view, evidence, limit))
    return Timeline(
        title=words.title.format(day=phrases.dated(today)),
        earliest=_earliest(onset, window, bars, lanes, max(limit, 1), today.last - pictures.window.days),
        today=date.fromordinal(today.last),
        today_said=words.today,
        onset=onset,
        onset_said=onset_said,
        window=window,
        bars=bars,
        lanes=lanes,
        left_out=words.left_out,
        sentence=_sentence(onset_said, window, bars, lanes),
        facts=tuple(_facts(onset, onset_said, window, bars, lanes, words)),
        columns=words.columns,
        month=phrases.month,
        months=phrases.months,
    )


def evidence_of(findings: Findings) -> frozenset[str]:
    """The records that what was found rests on."""
    supported = (cause.evidence for cause in findings.causes if cause.supported)
    return frozenset(
        ref for refs in (*supported, *(sign.evidence for sign in findings.signs)) for ref in refs
    )


def _earliest(
    onset: Moment | None,
    window: Window | None,
    bars: tuple[Bar, ...],
    lanes: tuple[Lane, ...],
    limit: int,
    latest: int,
) -> date:
    """The first day drawn, between `limit` and `latest`: room for everything dated after `limit`."""
    days = [bar.start.first for bar in bars if bar.start and bar.counts]
    days += [dot.at.first for lane in lanes for dot in lane.dots]
    days += [onset.first] if onset else []
    days += [window.first] if window else []
    recent = [day.toordinal() for day in days if day.toordinal() >= limit]
    return date.fromordinal(min([*recent, latest]))


def _sentence(onset: str, window: Window | None, bars: tuple[Bar, ...], lanes: tuple[Lane, ...]) -> str:
    """Everything that is drawn, in one paragraph; of the results the newest."""
    parts = [onset, *([f"{window.said}: {window.dates}"] if window else [])]
    parts += [f"{bar.name}: {bar.said}" for bar in bars]
    for lane in lanes:
        newest = lane.dots[0]
        parts.append(", ".join(filter(None, [f"{lane.name} {newest.shown}", newest.at.said, newest.said])))
    return ". ".join(parts) + "."


def _facts(
    onset: Moment | None,
    onset_said: str,
    window: Window | None,
    bars: tuple[Bar, ...],
    lanes: tuple[Lane, ...],
    words: TimelineWords,
) -> Iterator[Fact]:
    """The rows of the table, in the order of the picture."""
    yield Fact(words.soreness, onset.said if onset else words.date_unknown, onset_said)
    if window:
        yield Fact(words.window_row, window.dates, window.said)
    for bar in bars:
        more = [words.counts] * bar.counts + [f"{step.said}, {step.at.said}" for step in bar.doses]
        yield Fact(bar.name, bar.said, "; ".join(more))
    for lane in lanes:
        for dot in lane.dots:
            yield Fact(lane.name, dot.at.said, ", ".join(filter(None, [dot.shown, dot.said])))
