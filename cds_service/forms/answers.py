"""Answers to a form by linkId: codes, numbers, texts, and dates as exact as they were given."""

import calendar
from collections.abc import Mapping
from datetime import date

import msgspec


class PartialDate(msgspec.Struct, frozen=True, order=True):
    """A day, a month, or a year: FHIR `date`. Month and day are 0 where they are not known."""

    year: int
    month: int = 0
    day: int = 0

    def __str__(self) -> str:
        parts = [f"{self.year:04}"]
        parts += [f"{part:02}" for part in (self.month, self.day) if part]
        return "-".join(parts)

    @property
    def first(self) -> date:
        """The first day it can be.

        Raises `ValueError` when there is no such day.
        """
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def last(self) -> date:
        """The last day it can be."""
        month = self.month or 12
        return date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])


def date_of_span(first: date, last: date) -> PartialDate | None:
    """The day, month or year that is just this span; None for another one."""
    for written in (
        PartialDate(first.year, first.month, first.day),
        PartialDate(first.year, first.month),
        PartialDate(first.year),
    ):
        if (written.first, written.last) == (first, last):
            return written
    return None


Value = str | int | PartialDate
Answers = Mapping[str, tuple[Value, ...]]
"""What was answered by linkId; a choice by its code. An item that was not answered is not there."""
