"""Charts of counts by Altair, as inline SVG that follows light and dark pages.

Nothing is told by colour alone: groups stand apart, every bar carries its number.
"""

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

import altair as alt
import vl_convert
from markupsafe import Markup
from msgspec import Struct

_WIDTH = 560  # pixels of a whole chart
_ROW = 22  # pixels a bar
_HEIGHT = 200  # of a distribution
_LETTER = 7  # a generous width
_BAR = "#4c78a8"  # replaced by a class of the page's style sheet
_ATTRIBUTES = re.compile(
    r' (?:aria-[a-z]+|role|class|pointer-events|version|xmlns:xlink|font-family)="[^"]*"'
)
_EMPTY = re.compile(
    r"<path (?:[^>]*)d=\"(?:|M0,0h[\d.]+v0h-?[\d.]+Z)\"[^>]*/>|<path d=\"\" display=\"none\"/>"
)


class Rule(Struct, frozen=True):
    """A line across a distribution."""

    at: float
    says: str


def bars_in_columns(labels: Sequence[str], groups: Sequence[str], counts: Sequence[Sequence[int]]) -> str:
    """For every group a column of horizontal bars; `counts` are by label, then by group."""
    most = max((count for row in counts for count in row), default=0)
    charts = [
        _column(labels, group, [row[place] for row in counts], most, first=place == 0)
        for place, group in enumerate(groups)
    ]
    return _drawn(alt.hconcat(*charts, spacing=14))


def _column(labels: Sequence[str], group: str, counts: Sequence[int], most: int, *, first: bool) -> Any:
    data = _data([{"label": label, "n": count} for label, count in zip(labels, counts, strict=True)])
    axis = _names(labels) if first else None
    base = alt.Chart(data).encode(
        y=alt.Y("label:N", sort=list(labels), axis=axis),
        x=alt.X("n:Q", axis=None, scale=alt.Scale(domain=[0, max(most, 1) * 1.35])),
    )
    bars = base.mark_bar(color=_BAR, height=_ROW - 10)
    numbers = base.mark_text(align="left", dx=4, color="currentColor", fontSize=12).encode(text="n:Q")
    return (bars + numbers).properties(width=100, height=_ROW * len(labels), title=group)


def _names(labels: Iterable[str]) -> alt.Axis:
    """An axis with room for the labels in whatever font a browser has."""
    room = _LETTER * max(map(len, labels), default=0)
    return alt.Axis(title=None, ticks=False, domain=False, labelPadding=8, labelLimit=room, minExtent=room)


def histogram(counts: Sequence[tuple[float, int]], step: float, rules: Iterable[Rule], title: str) -> str:
    """Bars of the width `step` at the values of `counts`, and the limits across them."""
    data = [{"from": start, "to": start + step, "n": count} for start, count in counts]
    rules = list(rules)
    shown = [*(start for start, _ in counts), *(rule.at for rule in rules)]
    scale = alt.Scale(domain=[max(0, min(shown) - step), max(shown) + 2 * step], nice=False)
    bars = (
        alt.Chart(_data(data))
        .mark_bar(color=_BAR, stroke="white", strokeWidth=1)
        .encode(
            x=alt.X("from:Q", bin="binned", title=title, axis=alt.Axis(grid=False), scale=scale),
            x2="to:Q",
            y=alt.Y("n:Q", title="patients", axis=alt.Axis(tickMinStep=1, format="d", gridOpacity=0.25)),
        )
    )
    limits = alt.Chart(_data([{"at": rule.at, "says": rule.says} for rule in rules])).encode(x="at:Q")
    lines = limits.mark_rule(strokeDash=[5, 3], color="currentColor", strokeWidth=1.5)
    texts = limits.mark_text(align="center", dy=-8, y=0, color="currentColor", fontSize=11).encode(
        text="says:N"
    )
    return _drawn((bars + lines + texts).properties(width=_WIDTH - 60, height=_HEIGHT))


def shares(rows: Sequence[tuple[str, int, int]]) -> str:
    """For every label a bar of `count` out of `whole`."""
    data = [
        {"label": label, "share": count / whole if whole else 0, "says": share_of(count, whole)}
        for label, count, whole in rows
    ]
    base = alt.Chart(_data(data)).encode(
        y=alt.Y("label:N", sort=None, axis=_names([label for label, _, _ in rows])),
        x=alt.X("share:Q", axis=None, scale=alt.Scale(domain=[0, 1.6])),
    )
    bars = base.mark_bar(color=_BAR, height=_ROW - 10)
    texts = base.mark_text(align="left", dx=4, color="currentColor", fontSize=12).encode(text="says:N")
    return _drawn((bars + texts).properties(width=360, height=_ROW * len(rows)))


def share_of(count: int, whole: int) -> str:
    """`812 of 1000 (81 %)`; never 100 % where one is missing, never 0 % where there is one."""
    if not whole:
        return "0 of 0"
    percent = round(100 * count / whole)
    percent = min(percent, 99) if count < whole else percent
    return f"{count} of {whole} ({max(percent, 1) if count else 0} %)"


def _data(values: list[dict[str, Any]]) -> Any:
    return alt.Data(values=values)  # type: ignore[no-untyped-call]


def _drawn(chart: Any) -> str:
    configured = chart.configure(
        background="transparent",
        font="sans-serif",
        padding=4,
        axis=_look(
            alt.AxisConfig, labelFontSize=12, titleFontSize=12, labelLimit=280, titleFontWeight="normal"
        ),
        title=alt.TitleConfig(
            color="currentColor", fontSize=12, fontWeight="bold", anchor="start", frame="group"
        ),
        view=alt.ViewConfig(stroke=None),
    )
    return vl_convert.vegalite_to_svg(configured.to_dict())


def _look(config: Any, **more: Any) -> Any:
    colours = ("labelColor", "titleColor", "domainColor", "tickColor", "gridColor")
    return config(**dict.fromkeys(colours, "currentColor"), **more)


def inline(svg: str, name: str, title: str, says: str) -> Markup:
    """A chart as part of a page: one image with a title and a description, coloured by the style sheet."""
    _, _, inside = svg.partition(">")
    size = re.search(r'viewBox="([^"]*)"', svg)
    assert size is not None  # vl-convert always gives one
    lean = _EMPTY.sub("", _ATTRIBUTES.sub("", inside)).replace(f'fill="{_BAR}"', 'class="bar"')
    width = size[1].split()[2]
    head = (
        f'<svg class="chart" width="{width}" viewBox="{size[1]}" '
        f'role="img" aria-labelledby="{name}t {name}d">'
        f'<title id="{name}t">{escape(title)}</title><desc id="{name}d">{escape(says)}</desc>'
    )
    return Markup(head + lean)  # noqa: S704 - the texts are escaped, here and by the chart library
