"""FHIR dates as intervals of days.

`2026-08` is every day of August 2026; a question about it is answered yes, no, or not known.
Days are UTC calendar days: an instant with an offset is converted first, a date without a time
is taken as that UTC date (HL7 FHIR R4, datatypes `date` and `dateTime`).
"""

import re
from datetime import UTC, date, datetime
from functools import lru_cache

import msgspec

from cds_service.truth import Truth

_FULL_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_YEAR_MONTH = re.compile(r"(\d{4})(?:-(\d{2}))?\Z")
_DATE_TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?(Z|[+-]\d{2}:\d{2})?\Z",
)
_USUAL_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:[0-5]\d(?:\.\d{3}|\.\d{6})?(?:Z|[+-]\d{2}:\d{2})\Z", re.ASCII
)
_EPOCH, _LAST_DAY = date(1970, 1, 1).toordinal(), date.max.toordinal()
_SECONDS_A_DAY = 86_400
_DECEMBER = 12
_LONGEST_REMEMBERED = 40  # characters; no FHIR date is longer
_REMEMBERED = 8_192
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class When(msgspec.Struct, frozen=True, order=False, gc=False):
    """A date known to the day, the month or the year.

    `first` and `last` are proleptic Gregorian ordinals (`date.toordinal`) of the first and last
    day it can be; `instant` is the POSIX time in seconds where the record gave a time of day.
    """

    first: int
    last: int
    instant: float | None = None

    @classmethod
    def parse(cls, text: str) -> "When":
        """Read a FHIR `date`, `dateTime` or `instant`.

        A missing zone is read as UTC and missing seconds as zero, as real records have both.
        Raises `ValueError` for anything else, including days that do not exist.
        """
        return _remembered(text) if len(text) <= _LONGEST_REMEMBERED else cls._read(text)

    @classmethod
    def _read(cls, text: str) -> "When":
        if _USUAL_TIME.match(text):
            return cls._usual(text)
        if _FULL_DATE.match(text):
            return cls.on(date.fromisoformat(text))
        if match := _YEAR_MONTH.match(text):
            return cls._partial(int(match[1]), match[2])
        if match := _DATE_TIME.match(text):
            return cls._moment(match)
        raise ValueError("not a FHIR date or dateTime")

    @classmethod
    def on(cls, day: date) -> "When":
        """A single day."""
        return cls(day.toordinal(), day.toordinal())

    @classmethod
    def at(cls, moment: datetime) -> "When":
        """An instant; `moment` must carry a zone."""
        utc = moment.astimezone(UTC)
        return cls(utc.toordinal(), utc.toordinal(), utc.timestamp())

    @classmethod
    def _partial(cls, year: int, month: str | None) -> "When":
        start = date(year, int(month or 1), 1)
        end_month = int(month or 12)
        following = date(year + 1, 1, 1) if end_month == _DECEMBER else date(year, end_month + 1, 1)
        return cls(start.toordinal(), following.toordinal() - 1)

    @classmethod
    def _usual(cls, text: str) -> "When":
        """A time as nearly all records write it, without the detours the odd ones need."""
        instant = datetime.fromisoformat(text).timestamp()
        day = _EPOCH + int(instant // _SECONDS_A_DAY)
        if not 1 <= day <= _LAST_DAY:
            raise ValueError("date out of range")
        return cls(day, day, instant)

    @classmethod
    def _moment(cls, match: re.Match[str]) -> "When":
        day, hour, minute, second, fraction, zone = match.groups()
        seconds = min(int(second or 0), 59)  # a leap second has no place in POSIX time
        micros = (fraction or "0")[:6].ljust(6, "0")
        text = f"{day}T{hour}:{minute}:{seconds:02d}.{micros}{zone or 'Z'}"
        try:
            return cls.at(datetime.fromisoformat(text))
        except OverflowError as error:
            raise ValueError("date out of range") from error

    @property
    def exact(self) -> bool:
        """Whether the day is known."""
        return self.first == self.last

    def clamped(self, today: int) -> "When":
        """Itself, with days after `today` cut off (a clock a few minutes fast means today)."""
        if self.last <= today:
            return self
        return When(min(self.first, today), today, self.instant)

    def __str__(self) -> str:
        if self.first == self.last:
            day = date.fromordinal(self.first)
            return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
        start = date.fromordinal(self.first)
        if self.last - self.first > 31:  # noqa: PLR2004 - longer than any month: a year
            return str(start.year)
        return f"{_MONTHS[start.month - 1]} {start.year}"


_remembered = lru_cache(_REMEMBERED)(When._read)  # noqa: SLF001 - the dates of a chart repeat


def days_between(earlier: When, later: When) -> tuple[int, int]:
    """The fewest and the most days from `earlier` to `later`; negative if the order is reversed."""
    return later.first - earlier.last, later.last - earlier.first


def within(span: tuple[int, int], fewest: int, most: int) -> Truth:
    """Whether a span of days lies in `fewest..most`, both included; not known if it straddles."""
    low, high = span
    if low >= fewest and high <= most:
        return True
    return False if high < fewest or low > most else None
