"""Units of results: how they are spelled and how one is turned into another."""

from pathlib import Path

import msgspec

from cds_service.knowledge.yaml_source import KnowledgeError, read_yaml

SIGNIFICANT_DIGITS = 10
"""Digits kept after a conversion, so that 100.4 degrees Fahrenheit are 38 degrees Celsius exactly."""


class Conversion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Turns a value into the analyte's own unit: `(value - subtract) * multiply / divide_by`."""

    subtract: float = 0.0
    multiply: float = 1.0
    divide_by: float = 1.0

    def apply(self, value: float) -> float:
        """The value in the analyte's own unit."""
        if self == SAME:
            return value
        converted = (value - self.subtract) * self.multiply / self.divide_by
        return float(f"{converted:.{SIGNIFICANT_DIGITS}g}")


SAME = Conversion()


class Units(msgspec.Struct, frozen=True, eq=False):
    """Spellings, as listed and folded, to the unit they mean."""

    spellings: dict[str, str]

    def named(self, text: str) -> str | None:
        """The unit a spelling means, None when it is not known."""
        return self.spellings.get(text) or self.spellings.get(fold(text))


def fold(text: str) -> str:
    """A unit without blanks and case."""
    return "".join(text.split()).casefold()


def load_units(cards: Path) -> Units:
    """Read `vocabulary/units.yaml`.

    Raises `KnowledgeError` for a spelling that would mean two units.
    """
    source = read_yaml(cards / "vocabulary" / "units.yaml")
    spellings: dict[str, str] = {}
    for unit, others in source.data.items():
        if not isinstance(others, list):
            raise source.error((unit,), f"expected a list of spellings of {unit!r}")
        for spelling in (unit, *others):
            known = spellings.setdefault(fold(str(spelling)), unit)
            if known != unit:
                raise source.error((unit,), f"spelling {spelling!r} already means {known!r}; keep one")
    as_listed = {str(spelling): unit for unit, others in source.data.items() for spelling in (unit, *others)}
    return Units(spellings | as_listed)


def unit_error(file: Path, line: int, unit: str) -> KnowledgeError:
    """A unit that `units.yaml` does not list."""
    return KnowledgeError(file, line, f"unit {unit!r} is not in units.yaml; add it there with its spellings")
