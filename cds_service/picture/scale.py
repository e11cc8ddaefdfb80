"""Where days and values lie in the picture; all measures are units of its view box."""

from collections.abc import Iterable, Iterator
from datetime import date
from unicodedata import east_asian_width

from cds_service.picture.timeline import Lane, Line

WIDTH = 480
LEFT, RIGHT = 6, 464  # the first day and today; beside today is room for the arrows
LETTER = 6.9  # the width of a letter of a label, in a wide font
_TICKS = 6
_MONTHS_A_YEAR = 12
_STEPS = (1, 2, 3, 6, 12)  # months between ticks


def extent(text: str) -> float:
    """About how long a label is; letters of East Asia are twice as wide."""
    return LETTER * sum(1 + (east_asian_width(letter) in "WF") for letter in text)


class Days:
    """Days to horizontal positions."""

    def __init__(self, earliest: date, today: date) -> None:
        self.first, self.last = earliest.toordinal(), today.toordinal()
        self._unit = (RIGHT - LEFT) / max(self.last - self.first, 1)

    def at(self, day: date) -> float:
        """The position of a day, that of the nearest end for days outside."""
        inside = min(max(day.toordinal(), self.first), self.last)
        return round(LEFT + (inside - self.first) * self._unit, 1)

    def before(self, day: date) -> bool:
        """Whether a day is earlier than the picture begins."""
        return day.toordinal() < self.first

    def ticks(self) -> Iterator[tuple[float, date]]:
        """Positions of the first days of months, and these days; at most six of them."""
        months = list(_months(date.fromordinal(self.first), date.fromordinal(self.last)))
        step = next((step for step in _STEPS if len(months) <= step * _TICKS), _STEPS[-1])
        for month in months:
            if (month.month - 1) % step == 0:
                yield self.at(month), month


def _months(first: date, last: date) -> Iterator[date]:
    year, month = first.year, first.month + 1
    while True:
        year, month = year + (month - 1) // _MONTHS_A_YEAR, (month - 1) % _MONTHS_A_YEAR + 1
        if date(year, month, 1) > last:
            return
        yield date(year, month, 1)
        month += 1


class Values:
    """The values of a lane to vertical positions between `top` and `bottom`."""

    def __init__(self, lane: Lane, top: float, bottom: float) -> None:
        values = [dot.value for dot in lane.dots]
        self.lines = tuple(_near(lane.lines, min(values), max(values)))
        values += [line.value for line in self.lines]
        self._low, self._high = min(values), max(values)
        self._top, self._bottom = top, bottom

    def at(self, value: float) -> float:
        """The position of a value; in the middle where there is only one."""
        if self._high == self._low:
            return (self._top + self._bottom) / 2
        share = (value - self._low) / (self._high - self._low)
        return round(self._bottom - share * (self._bottom - self._top), 1)


def _near(lines: Iterable[Line], low: float, high: float) -> Iterator[Line]:
    """The limits among the values, and the next on either side."""
    known = list(lines)
    under = [line for line in known if line.value <= low]
    over = [line for line in known if line.value >= high and line not in under]
    yield from under[-1:]
    yield from (line for line in known if low < line.value < high)
    yield from over[:1]
