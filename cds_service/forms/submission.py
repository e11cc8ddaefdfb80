"""What a browser sent for a form: answers, and what is wrong with the rest.

Field names: a choice or number has the linkId; a date has `linkId.day`, `linkId.month` and
`linkId.year`, of which the year is enough. Fields are kept as they were typed, so that nothing is lost
when a page is shown again.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Protocol

import msgspec

from cds_service.forms.answers import Answers, PartialDate, Value
from cds_service.forms.enabling import enabled_items
from cds_service.forms.questionnaire import Form, Item
from cds_service.wording import translatable

DATE_PARTS = ("day", "month", "year")
_EARLIEST_YEAR = 1900
_LONGEST_TEXT = 2000
_GREATEST = 1_000_000


class Fields(Protocol):
    """Form fields as werkzeug has them."""

    def getlist(self, key: str) -> Sequence[str]:
        """All values of a field."""
        ...


class Problem(msgspec.Struct, frozen=True):
    """What is wrong with the answer to a question, and how to mend it; `values` fill the braces of `text`."""

    text: str
    values: Mapping[str, int] = {}


class Submission(msgspec.Struct, frozen=True):
    """`answers` of the items that are asked; `problems` by linkId; `typed` are the fields as they came."""

    answers: Answers
    problems: Mapping[str, Problem]
    typed: Mapping[str, Sequence[str]]


class _WrongError(ValueError):
    """A field that cannot be read; its text is marked for translation where it is raised."""

    def __init__(self, text: str, **values: int) -> None:
        super().__init__(text)
        self.problem = Problem(text, values)


def read_submission(form: Form, fields: Fields, today: date) -> Submission:
    """Read the fields of a form; an answer to a question that is not asked is left out."""
    answers: dict[str, tuple[Value, ...]] = {}
    problems: dict[str, Problem] = {}
    for item in form.walk():
        try:
            values = tuple(_read(item, fields, today))
        except _WrongError as wrong:
            problems[item.linkId] = wrong.problem
            continue
        if values:
            answers[item.linkId] = values
    asked = enabled_items(form, answers)
    return Submission(
        answers={link: values for link, values in answers.items() if link in asked},
        problems={link: text for link, text in problems.items() if link in asked}
        | _missing(form, answers, asked),
        typed={name: list(fields.getlist(name)) for item in form.walk() for name in field_names(item)},
    )


def fields_of(form: Form, answers: Answers) -> dict[str, list[str]]:
    """Answers as the fields of a form that is shown for the first time."""
    fields: dict[str, list[str]] = {}
    for item in form.walk():
        for value in answers.get(item.linkId, ()):
            if isinstance(value, PartialDate):
                parts = (value.day, value.month, value.year)
                fields |= {
                    name: [str(part) if part else ""]
                    for name, part in zip(field_names(item), parts, strict=True)
                }
            else:
                fields.setdefault(item.linkId, []).append(str(value))
    return fields


def field_names(item: Item) -> list[str]:
    """The names of the fields of an item."""
    if item.type in ("date", "dateTime"):
        return [f"{item.linkId}.{part}" for part in DATE_PARTS]
    return [] if item.type in ("group", "display") else [item.linkId]


def _missing(form: Form, answers: Answers, asked: frozenset[str]) -> dict[str, Problem]:
    return {
        item.linkId: Problem(translatable("Answer this question."))
        for item in form.walk()
        if item.required and item.linkId in asked and item.linkId not in answers
    }


def _read(item: Item, fields: Fields, today: date) -> Iterator[Value]:
    given = [" ".join(text.split()) for name in field_names(item) for text in fields.getlist(name) or [""]]
    if not any(given):
        return
    if item.type == "choice":
        yield from _choice(item, [text for text in given if text])
    elif item.type == "integer":
        yield _number(item, given[0])
    elif item.type == "text":
        yield given[0][: item.maxLength or _LONGEST_TEXT]
    else:
        yield _date(given, today)


def _choice(item: Item, codes: list[str]) -> list[str]:
    if any(code not in item.codings for code in codes):
        raise _WrongError(translatable("Choose one of the answers shown."))
    return list(dict.fromkeys(codes)) if item.repeats else codes[:1]


def _number(item: Item, text: str) -> int:
    lowest = item.lowest or 0
    highest = item.highest if item.highest is not None else _GREATEST
    if not text.isascii() or not text.isdecimal():
        raise _WrongError(translatable("Enter a whole number."))
    number = int(text[: len(str(_GREATEST))])
    if not lowest <= number <= highest:
        raise _WrongError(
            translatable("Enter a number from {lowest} to {highest}."), lowest=lowest, highest=highest
        )
    return number


def _date(parts: Sequence[str], today: date) -> PartialDate:
    day, month, year = (_date_part(text) for text in parts)
    if not year:
        raise _WrongError(translatable("Enter at least the year, for example 2026."))
    if day and not month:
        raise _WrongError(translatable("Enter the month too, or leave the day out."))
    given = PartialDate(year, month, day)
    try:
        first = given.first
    except ValueError as error:
        raise _WrongError(translatable("There is no such date.")) from error
    if year < _EARLIEST_YEAR:
        raise _WrongError(translatable("Enter the year with four digits."))
    if first > today:
        raise _WrongError(translatable("Enter a date that is not in the future."))
    return given


def _date_part(text: str) -> int:
    if not text:
        return 0
    if not text.isascii() or not text.isdecimal() or len(text) > len("2026") or not int(text):
        raise _WrongError(translatable("Enter day, month and year as numbers, for example 5 8 2026."))
    return int(text)
