"""The numbers of a rule file, and each of them one step up or down."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from cds_service.yaml_text import Place

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_COUNT = re.compile(r"\b(\d+)(?=\s+of\b)")
_AMOUNTS = frozenset(
    {"within", "at_least", "at_most", "more_than", "newer_than", "below", "above", "by", "or_times"}
)
_POINTS = frozenset({"add", "needs_points"})
_SENTENCES = frozenset({"when", "considered_if", "unless", "means", "open_if", "recommended_if"})


class Number(msgspec.Struct, frozen=True):
    """A number at `path`; `start` and `end` are its place in the text that holds it."""

    path: Place
    whole: str | int | float
    start: int
    end: int

    @property
    def kind(self) -> str:
        """The word before it: `within`, `add`, or `of` for `2 of (...)`."""
        key = str(self.path[-1])
        return "of" if key in _SENTENCES else key

    def moved(self, direction: int) -> str | int | float:
        """The value with the number one unit of its last digit higher (1) or lower (-1)."""
        text = str(self.whole)
        digits = text[self.start : self.end]
        new = step(digits, direction)
        if isinstance(self.whole, str):
            return text[: self.start] + new + text[self.end :]
        return float(new) if isinstance(self.whole, float) else int(new)


def step(digits: str, direction: int) -> str:
    """`3.5` becomes `3.6` or `3.4`, `27` becomes `28` or `26`."""
    places = len(digits.partition(".")[2])
    return f"{float(digits) + direction * 10**-places:.{places}f}"


def find_numbers(data: Any, path: Place = ()) -> Iterator[Number]:
    """Every number of a rule that can change what it finds; its order and version cannot."""
    if isinstance(data, dict | list):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from find_numbers(value, (*path, key))
    elif path and not isinstance(data, bool):
        yield from _numbers_at(path, str(path[-1]), data)


def _numbers_at(path: Place, key: str, value: Any) -> Iterator[Number]:
    if key in _POINTS or key in _AMOUNTS:
        match = _NUMBER.match(str(value))
        if match:
            yield Number(path, value, 0, match.end())
    elif key in _SENTENCES and isinstance(value, str):
        for found in _COUNT.finditer(value):
            yield Number(path, value, found.start(1), found.end(1))


def never_reached(data: Any, number: Number, direction: int) -> bool:
    """Whether a moved `needs_points` lets through the same sums of points as before.

    After entries that add 3 or 2, needing 1 point or 2 is the same.
    """
    if number.kind != "needs_points":
        return False
    points = data
    for key in number.path[:3]:  # ways, number of the way, points
        points = points[key]
    edge = int(number.whole) if direction > 0 else int(number.whole) - 1
    return edge not in _sums(points[: int(number.path[3])])


def _sums(entries: list[Any]) -> set[int]:
    """Every sum of points some entries can reach; of alternatives one counts, or none."""
    sums = {0}
    for entry in entries:
        alternatives = entry.get("first_of", [entry])
        sums |= {
            total + point["add"]
            for total in sums
            for point in alternatives
            if total >= point.get("needs_points", total)
        }
    return sums
