"""The closed vocabulary a rule file is checked against."""

import re
from collections.abc import Callable, Iterable

import msgspec

from cds_service.knowledge.amounts import Amount, AmountError, parse_amount, parse_days, parse_hours
from cds_service.knowledge.yaml_source import near_miss

_POINT_GLOBALS = {"today", "soreness.onset", "soreness.recorded"}
_SPAN_OF_YEARS = re.compile(r"\d+ years?")


class UnclearError(ValueError):
    """A word or number that cannot be used; the caller adds the file and line."""


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """Every word a rule may use, by kind.

    `units` maps analytes (derived ones included) to their own unit; `answers` maps Questionnaire
    items to their answer codes, empty for numbers and dates; `fractions` maps analytes to the fractions
    that are measured; `flags` are remarks a result can carry. `ingredients` spells out a medicine or
    class, `inputs` maps derived analytes to what they are computed from.
    """

    drugs: frozenset[str]
    units: dict[str, str]
    findings: frozenset[str]
    answers: dict[str, frozenset[str]]
    thresholds: dict[str, Amount]
    sources: frozenset[str]
    causes: frozenset[str]
    signs: frozenset[str]
    flags: frozenset[str]
    fractions: dict[str, frozenset[str]]
    ingredients: Callable[[str], Iterable[str]]
    inputs: dict[str, frozenset[str]]

    def known(self, kind: str, words: str | Iterable[str], choices: Iterable[str]) -> None:
        """Raises `UnclearError` for a word that is not among `choices`."""
        for word in [words] if isinstance(words, str) else words:
            if word not in choices:
                raise UnclearError(f"unknown {kind} {word!r}{near_miss(word, choices)}")

    def amount(self, text: str | float | None, unit: str) -> None:
        """Raises `UnclearError` unless the text is an amount in `unit` or a multiple of a limit."""
        if text is None:
            return
        try:
            amount = parse_amount(text, self.thresholds)
        except AmountError as error:
            names = near_miss(str(text), self.thresholds)
            raise UnclearError(f"{error}{names}") from error
        if not amount.limit and amount.unit != unit:
            raise UnclearError(f"{text!r} is not in {unit}, the unit of this analyte")

    def days(self, text: str | None) -> None:
        """Raises `UnclearError` unless the text is a number of days."""
        if text is not None:
            self._span(text, parse_days)

    def hours(self, text: str | None) -> None:
        """Raises `UnclearError` unless the text is a number of hours or days."""
        if text is not None:
            self._span(text, parse_hours)

    def years(self, text: str | None) -> None:
        """Raises `UnclearError` unless the text is a number of years."""
        if text is not None and not _SPAN_OF_YEARS.fullmatch(text):
            raise UnclearError(f"{text!r} is not a number of years such as '65 years'")

    @staticmethod
    def _span(text: str, parse: Callable[[str], int]) -> None:
        try:
            parse(text)
        except AmountError as error:
            raise UnclearError(str(error)) from error


def global_point(point: str) -> bool:
    """Whether a point in time needs no clause: `today`, `soreness.onset`."""
    return point in _POINT_GLOBALS
