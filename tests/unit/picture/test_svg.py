"""The timeline as SVG and as a table: inside its frame, readable aloud, and safe whatever a record holds."""

import re
import xml.etree.ElementTree as ET
from datetime import date, timedelta
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.picture import STYLE, Timeline, render_svg, render_table
from cds_service.picture.layout import lay_out
from cds_service.picture.scale import WIDTH, Days, extent
from cds_service.picture.timeline import Bar, DoseStep, Dot, Fact, Lane, Line, Moment, Window

TODAY = date(2026, 11, 22)
words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)
days = st.integers(-40, 900).map(lambda back: TODAY - timedelta(days=back))


@st.composite
def moments(draw: st.DrawFn) -> Moment:
    first, last = sorted((draw(days), draw(days)))
    return Moment(first, last, draw(words)) if draw(st.booleans()) else Moment(first, first, draw(words))


bars = st.builds(
    Bar,
    name=words,
    start=st.none() | moments(),
    end=st.none() | moments(),
    now=st.booleans(),
    counts=st.booleans(),
    doses=st.lists(st.builds(DoseStep, at=moments(), said=words), max_size=2).map(tuple),
    said=words,
)
values = st.floats(-1e6, 1e6, allow_nan=False)
lanes = st.builds(
    Lane,
    name=words,
    dots=st.lists(
        st.builds(Dot, at=moments(), value=values, shown=words, said=words), min_size=1, max_size=5
    ).map(tuple),
    lines=st.lists(st.builds(Line, value=values, said=words), max_size=3).map(
        lambda lines: tuple(sorted(lines, key=lambda line: line.value))
    ),
)
timelines = st.builds(
    Timeline,
    title=words,
    earliest=st.integers(0, 365).map(lambda back: TODAY - timedelta(days=back)),
    today=st.just(TODAY),
    today_said=st.just("today"),
    onset=st.none() | moments(),
    onset_said=words,
    window=st.none() | st.builds(Window, first=days, last=days, said=words, dates=words),
    bars=st.lists(bars, max_size=12).map(tuple),
    lanes=st.lists(lanes, max_size=8).map(tuple),
    left_out=st.just("{count} more"),
    sentence=words,
    facts=st.lists(st.builds(Fact, what=words, when=words, more=words), max_size=5).map(tuple),
    columns=st.just(("What", "When", "More")),
)


def texts(markup: str, tag: str) -> list[str]:
    """The texts of the elements of a kind."""
    return [unescape(text) for text in re.findall(rf"<{tag}(?:\s[^>]*)?>([^<]*)</", markup)]


def parsed(timeline: Timeline) -> ET.Element:
    return ET.fromstring(str(render_svg(timeline)))  # noqa: S314 - our own picture


@given(timelines)
def test_whatever_is_drawn_is_well_formed_and_inside_the_frame(timeline: Timeline) -> None:
    root = parsed(timeline)
    width, height = map(float, root.attrib["viewBox"].split()[2:])
    assert width == WIDTH
    for element in root.iter("text"):
        assert 0 <= float(element.attrib["x"]) <= width
        assert 0 <= float(element.attrib["y"]) <= height
    for element in root.iter("path"):
        for x, y in re.findall(r"M(-?[\d.]+) (-?[\d.]+)", element.attrib["d"]):
            assert -10 <= float(x) <= width
            assert -1 <= float(y) <= height
        assert "nan" not in element.attrib["d"]
        assert "inf" not in element.attrib["d"]


@given(timelines)
def test_every_text_arrives_as_it_is(timeline: Timeline) -> None:
    svg = str(render_svg(timeline))
    assert texts(svg, "title") == [timeline.title]
    assert texts(svg, "desc") == [timeline.sentence]
    assert timeline.onset_said in texts(svg, "text")
    told = [cell for fact in timeline.facts for cell in (fact.what, fact.when, fact.more)]
    assert texts(str(render_table(timeline)), "t[hd]") == [*timeline.columns, *told]


@given(timelines)
def test_only_our_own_elements_and_attributes(timeline: Timeline) -> None:
    root = parsed(timeline)
    assert {element.tag for element in root.iter()} <= {
        "svg", "title", "desc", "path", "text", "linearGradient", "stop",
    }  # fmt: skip
    names = {name for element in root.iter() for name in element.attrib}
    assert names <= {
        "class", "viewBox", "role", "aria-labelledby", "id", "d", "x", "y", "fill", "offset", "stop-opacity",
    }  # fmt: skip


def plain(**changes: object) -> Timeline:
    nothing = Timeline(
        title="Timeline",
        earliest=TODAY - timedelta(days=84),
        today=TODAY,
        today_said="today",
        onset=None,
        onset_said="said",
        window=None,
        bars=(),
        lanes=(),
        left_out="{count} more in the table",
        sentence="sentence",
        facts=(),
        columns=("What", "When", "More"),
    )
    return Timeline(**{name: getattr(nothing, name) for name in nothing.__struct_fields__} | changes)  # type: ignore[arg-type]


def moment(back: int, until: int | None = None) -> Moment:
    last = back if until is None else until
    return Moment(TODAY - timedelta(days=back), TODAY - timedelta(days=last), "a day")


def looks(timeline: Timeline) -> list[str]:
    return [shape.look for shape in lay_out(timeline).shapes]


def a_bar(**changes: object) -> Bar:
    fields = {
        "name": "x",
        "start": moment(30),
        "end": None,
        "now": True,
        "counts": True,
        "doses": (),
        "said": "since",
    }
    return Bar(**fields | changes)  # type: ignore[arg-type]


def test_what_is_still_taken_has_an_arrow() -> None:
    assert looks(plain(bars=(a_bar(),))).count("b c") == 2  # the bar and its head
    assert looks(plain(bars=(a_bar(now=False, end=moment(3)),))).count("b c") == 1


def test_an_unknown_start_fades() -> None:
    svg = str(render_svg(plain(bars=(a_bar(start=None),)), "p1"))
    assert '<linearGradient class="fc" id="p1fc">' in svg
    assert 'fill="url(#p1fc)"' in svg
    assert "linearGradient" not in str(render_svg(plain(bars=(a_bar(),))))


def test_an_unknown_end_is_pale_up_to_today() -> None:
    assert looks(plain(bars=(a_bar(now=False),))).count("b c u") == 1


def test_a_day_that_is_not_known_is_a_pale_span() -> None:
    assert "b c u" in looks(plain(bars=(a_bar(start=moment(60, 31)),)))
    assert "m" in looks(plain(onset=moment(20, 3)))
    assert "n" in looks(plain(onset=moment(20)))
    dot = Dot(moment(50, 21), 3.1, "3.1", "")
    assert "d u" in looks(plain(lanes=(Lane("potassium", (dot,), ()),)))


def test_a_start_before_the_picture_points_to_the_left() -> None:
    assert "k" in looks(plain(bars=(a_bar(start=moment(900)),)))
    assert "k" not in looks(plain(bars=(a_bar(),)))


def test_a_window_before_the_picture_is_left_to_the_table() -> None:
    old = Window(TODAY - timedelta(days=400), TODAY - timedelta(days=316), "12 weeks from then", "then")
    new = Window(TODAY - timedelta(days=40), TODAY + timedelta(days=44), "12 weeks from then", "then")
    assert "w" not in looks(plain(window=old))
    assert "w" in looks(plain(window=new))


def test_what_does_not_fit_is_counted() -> None:
    labels = [label.text for label in lay_out(plain(bars=(a_bar(),) * 11)).labels]
    assert "3 more in the table" in labels


@pytest.mark.parametrize("back", [0, 1, 20, 83])
def test_labels_end_inside_the_frame(back: int) -> None:
    name = "a very long name of a product 40 mg film-coated tablets (matched by name)"
    for label in lay_out(
        plain(bars=(a_bar(name=name, start=moment(back), said="since 1 Nov 2026, still taken"),))
    ).labels:
        left = label.x - extent(label.text) if label.end else label.x
        assert left >= -1
        assert left + extent(label.text) <= WIDTH + 1


def test_limits_far_from_the_values_are_left_out() -> None:
    lines = tuple(Line(value, "") for value in (1, 2, 3, 4, 5))
    dots = (Dot(moment(3), 2.5, "2.5", ""),)
    assert looks(plain(lanes=(Lane("x", dots, lines),))).count("l") == 2


@given(st.integers(0, 400))
def test_months_are_few_enough_to_be_read(back: int) -> None:
    ticks = list(Days(TODAY - timedelta(days=back), TODAY).ticks())
    assert len(ticks) <= 6
    assert ticks == sorted(ticks)


def test_names_of_two_pictures_on_one_page_differ() -> None:
    timeline = plain(bars=(a_bar(start=None),))
    ids = [re.findall(r'id="(\w+)"', str(render_svg(timeline, name))) for name in ("a", "b")]
    assert set(ids[0]).isdisjoint(ids[1])


def test_the_style_sheet_knows_dark_pages_and_paper() -> None:
    assert "prefers-color-scheme: dark" in STYLE
    assert "@media print" in STYLE
    assert "grayscale" in STYLE
