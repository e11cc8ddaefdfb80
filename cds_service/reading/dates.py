"""Dates of a record: read where they can be read, and told from the future."""

from datetime import datetime, timedelta

from cds_service.reading.datatypes import Period
from cds_service.when import When, days_between, within


def read_date(*texts: str | None) -> When | None:
    """The first of the texts that is a FHIR date."""
    for text in texts:
        if text:
            try:
                return When.parse(text)
            except ValueError:
                continue
    return None


def read_period(period: Period | None) -> tuple[str | None, str | None]:
    """Start and end of a period that may be missing."""
    return (period.start, period.end) if period else (None, None)


class Clock:
    """Now, and how far ahead of it another system's clock may run; `today` is the UTC date's ordinal."""

    __slots__ = ("_latest", "_today", "today")

    def __init__(self, now: datetime, tolerance: timedelta) -> None:
        self._latest = (now + tolerance).timestamp()
        self.today = When.at(now).first
        self._today = When(self.today, self.today)

    def past(self, when: When | None) -> When | None:
        """The date if it is not in the future, cut off at today; else None."""
        if when is None or self.is_future(when):
            return None
        return when if when.last <= self.today else when.clamped(self.today)

    def is_future(self, when: When) -> bool:
        """Whether the date surely lies ahead; an instant may be ahead by the tolerance."""
        if when.instant is None:
            return when.first > self.today
        return when.instant > self._latest

    def within_days(self, when: When, days: int) -> bool:
        """Whether the date surely is at most so many calendar days ago, and not ahead."""
        if self.is_future(when):
            return False
        span = days_between(when.clamped(self.today), self._today)
        return bool(within(span, 0, days))


def newer(first: When, second: When) -> bool:
    """Whether the first surely is later: by the instant where both have one, else by the day."""
    if first.instant is not None and second.instant is not None:
        return first.instant > second.instant
    return first.first > second.last
