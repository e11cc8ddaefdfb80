"""The numbers rule files write: `27 days`, `3.5 mmol/L`, `4 x upper limit`, or a threshold's name."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

import msgspec

_AMOUNT = re.compile(r"(-?\d+(?:\.\d+)?)(?:\s+(x)\s+|\s+)?(.*)\Z")
_HOURS_A_DAY = 24
_SECONDS_AN_HOUR = 3600
_SPANS = {"hour": 1, "hours": 1, "day": _HOURS_A_DAY, "days": _HOURS_A_DAY}
Limit = Literal["", "lower limit", "upper limit"]
_LIMITS: dict[str, Limit] = {"lower limit": "lower limit", "upper limit": "upper limit"}


class AmountError(ValueError):
    """The text is not an amount of the kind expected."""


class Amount(msgspec.Struct, frozen=True):
    """A number with its unit.

    `limit` is set for amounts relative to the result's own reference range (`4 x upper limit`,
    `lower limit`); `threshold` is the name it was written under in thresholds.yaml, if any.
    """

    number: float
    unit: str = ""
    limit: Limit = ""
    threshold: str = ""

    def __str__(self) -> str:
        number = f"{self.number:g}"
        if self.limit:
            return self.limit if self.number == 1 else f"{number} x {self.limit}"
        return f"{number} {self.unit}".strip()


def parse_amount(text: str | float, thresholds: Mapping[Any, Amount]) -> Amount:
    """Read an amount, or look up a threshold by its name.

    Raises `AmountError` when it is neither.
    """
    if not isinstance(text, str):
        return Amount(float(text))
    if (named := thresholds.get(text)) is not None:
        return named
    if text in _LIMITS:
        return Amount(1, limit=_LIMITS[text])
    match = _AMOUNT.match(text)
    if not match:
        raise AmountError(f"{text!r} is neither a number with a unit nor a name of thresholds.yaml")
    number, times, unit = match.groups()
    if times:
        if unit not in _LIMITS:
            raise AmountError(f"{text!r}: after 'x' comes 'lower limit' or 'upper limit'")
        return Amount(float(number), limit=_LIMITS[unit])
    return Amount(float(number), unit)


@lru_cache(maxsize=512)
def parse_days(text: str | int) -> int:
    """A number of days from `27 days` or `1 day`.

    Raises `AmountError` for anything else.
    """
    hours = parse_hours(text)
    if hours % _HOURS_A_DAY:
        raise AmountError(f"{text!r} is not a whole number of days")
    return hours // _HOURS_A_DAY


@lru_cache(maxsize=512)
def parse_hours(text: str | int) -> int:
    """A number of hours from `72 hours` or `3 days`.

    Raises `AmountError` for anything else.
    """
    match = re.fullmatch(r"(\d+) ([a-z]+)", str(text))
    if not match or match[2] not in _SPANS:
        raise AmountError(f"{text!r} is not a time span such as '27 days' or '72 hours'")
    return int(match[1]) * _SPANS[match[2]]


@lru_cache(maxsize=512)
def parse_age(text: str) -> tuple[int, int]:
    """Whole days, and the seconds where an age is to be counted in hours (else 0).

    Raises `AmountError` for anything but a time span.
    """
    hours = parse_hours(text)
    in_hours = hours % _HOURS_A_DAY or text.endswith("hours")
    return hours // _HOURS_A_DAY, hours * _SECONDS_AN_HOUR if in_hours else 0
