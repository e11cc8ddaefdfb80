"""Laboratory values as intervals: `<3.5` is everything below 3.5, and 3.5 is just itself."""

import math

import msgspec

from cds_service.truth import Truth, negation

_COMPARATORS = {"<", "<=", ">", ">=", "ad"}


class Measure(msgspec.Struct, frozen=True, gc=False):
    """A value in a known unit, or a bound on one.

    `low` and `high` are the bounds; `open_low` / `open_high` say that the bound itself is excluded.
    """

    low: float
    high: float
    open_low: bool = False
    open_high: bool = False

    @classmethod
    def of(cls, value: float, comparator: str | None = None) -> "Measure":
        """A FHIR Quantity value with its comparator.

        Raises `ValueError` for an unknown comparator or a value that is not finite.
        """
        if not math.isfinite(value):
            raise ValueError("value is not a finite number")
        if comparator is None:
            return cls(value, value)
        if comparator not in _COMPARATORS:
            raise ValueError(f"unknown comparator {comparator!r}")
        if comparator.startswith("<"):
            return cls(-math.inf, value, open_high=comparator == "<")
        return cls(value, math.inf, open_low=comparator == ">")

    @property
    def exact(self) -> bool:
        """Whether the value itself is known, not only a bound."""
        return self.low == self.high

    def below(self, limit: float) -> Truth:
        """Whether the value is surely, surely not, or perhaps below `limit`."""
        if self.high < limit or (self.high == limit and self.open_high):
            return True
        return False if self.low >= limit else None

    def above(self, limit: float) -> Truth:
        """Whether the value is above `limit`."""
        if self.low > limit or (self.low == limit and self.open_low):
            return True
        return False if self.high <= limit else None

    def at_least(self, limit: float) -> Truth:
        """Whether the value is `limit` or more."""
        return negation(self.below(limit))

    def at_most(self, limit: float) -> Truth:
        """Whether the value is `limit` or less."""
        return negation(self.above(limit))
