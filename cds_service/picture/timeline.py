"""The timeline of one patient as data: what the picture shows, in words that are ready to print.

Every text is plain text, cleaned but not escaped; escaping is left to what renders it. A day that is
not known exactly is a span.
"""

from datetime import date

from msgspec import Struct


class Moment(Struct, frozen=True, gc=False):
    """A day, or the days it may have been; `said` as a reader sees it (`Aug 2026`)."""

    first: date
    last: date
    said: str


class DoseStep(Struct, frozen=True, gc=False):
    """An increase of the daily dose; `said` as in `20 to 40 mg a day`."""

    at: Moment
    said: str


class Bar(Struct, frozen=True, gc=False):
    """A medicine. `start` None: not known; `end` None: taken `now`, or not known when it ended.

    `counts` tells that a finding rests on it.
    """

    name: str
    start: Moment | None
    end: Moment | None
    now: bool
    counts: bool
    doses: tuple[DoseStep, ...]
    said: str


class Dot(Struct, frozen=True, gc=False):
    """A result: its value, or the bound that is known of it, in the unit of the lane.

    `said` tells where it lies among the limits, "" when that is not known.
    """

    at: Moment
    value: float
    shown: str
    said: str


class Line(Struct, frozen=True, gc=False):
    """A limit across a lane, in the unit of the lane."""

    value: float
    said: str


class Lane(Struct, frozen=True, gc=False):
    """The results of one analyte, newest first, and its limits from low to high."""

    name: str
    dots: tuple[Dot, ...]
    lines: tuple[Line, ...]


class Window(Struct, frozen=True, gc=False):
    """The weeks after a start or an increase in which an onset counts most."""

    first: date
    last: date
    said: str
    dates: str


class Fact(Struct, frozen=True, gc=False):
    """A row of the table: the same facts in words."""

    what: str
    when: str
    more: str


class Timeline(Struct, frozen=True, kw_only=True, gc=False):
    """What is drawn from `earliest` to `today`; `sentence` and `facts` say the same in words.

    `bars` and `lanes` are all there are; the picture may draw fewer and then prints `left_out`, in which
    `{count}` is to be filled in; `month` and `months` name months.
    """

    title: str
    earliest: date
    today: date
    today_said: str
    onset: Moment | None
    onset_said: str
    window: Window | None
    bars: tuple[Bar, ...]
    lanes: tuple[Lane, ...]
    left_out: str
    sentence: str
    facts: tuple[Fact, ...]
    columns: tuple[str, str, str]
    month: str = "{month} {year}"
    months: str = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"

    def month_of(self, day: date) -> str:
        """What the month of a day is called."""
        return self.month.format(month=self.months.split()[day.month - 1], year=day.year)


def moment(first: int, last: int, said: str) -> Moment:
    """The days between two ordinals (`date.toordinal`)."""
    return Moment(date.fromordinal(first), date.fromordinal(last), said)
