"""A FHIR Quantity as a value in the analyte's own unit."""

import math
import re
from functools import lru_cache

from msgspec import Struct

from cds_service.knowledge.labs import LabCode
from cds_service.knowledge.units import Conversion, Units
from cds_service.measure import Measure
from cds_service.reading.datatypes import Quantity
from cds_service.reading.resources import Measured, ReferenceRange
from cds_service.reading.text import clean

_NUMBER = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?\s*\Z")
_SHOWN_LENGTH = 60
_REMEMBERED = 8_192
_NORMAL = frozenset({"normal"})


class Reading(Struct, frozen=True, gc=False):
    """A value that was read, or why it cannot be used."""

    value: Measure | None = None
    unusable: str = ""


def read_number(value: float | str | None) -> float | None:
    """A number, or the text of one; None for anything else, and for what is not finite."""
    if isinstance(value, str):
        value = float(value) if len(value) < _SHOWN_LENGTH and _NUMBER.match(value) else None
    return value if value is not None and math.isfinite(value) else None


def shown_quantity(quantity: Quantity) -> str:
    """The quantity as the record gives it: `<3.5 mmol/L`."""
    value = quantity.value
    number = value if isinstance(value, str) else f"{value:.10g}"
    text = f"{quantity.comparator or ''}{number} {quantity.unit or quantity.code or ''}"
    return clean(text, _SHOWN_LENGTH)


def show_and_read(quantity: Quantity, code: LabCode, units: Units) -> tuple[str, Reading]:
    """The quantity as the record gives it, and its value; what short ones come to is remembered."""
    named = len(quantity.unit or "") + len(quantity.code or "") + len(quantity.comparator or "")
    if named > _SHOWN_LENGTH or isinstance(quantity.value, str):
        return _show_and_read(quantity, code, units)
    return _remembered(quantity, code, units)


def _show_and_read(quantity: Quantity, code: LabCode, units: Units) -> tuple[str, Reading]:
    return shown_quantity(quantity), read_quantity(quantity, code, units)


_remembered = lru_cache(_REMEMBERED)(_show_and_read)  # the values of a chart repeat


def read_quantity(quantity: Quantity, code: LabCode, units: Units) -> Reading:
    """The value in the analyte's own unit, with its comparator; rails keep unit mix-ups out."""
    number = read_number(quantity.value)
    if number is None:
        return Reading(unusable="not a number")
    conversion, problem = find_conversion(quantity, code, units)
    if conversion is None:
        return Reading(unusable=problem)
    converted = conversion.apply(number)
    low, high = code.plausible
    if not low <= converted <= high:
        return Reading(unusable="implausible")
    try:
        return Reading(Measure.of(converted, quantity.comparator))
    except ValueError:
        return Reading(unusable="unknown comparator")


def find_conversion(quantity: Quantity, code: LabCode, units: Units) -> tuple[Conversion | None, str]:
    """How the quantity's unit converts: by its UCUM code, else by the spelling of its unit."""
    for text in (quantity.code, quantity.unit):
        if text:
            conversion = code.conversions.get(units.named(text) or "")
            if conversion is not None:
                return conversion, ""
    given = [text for text in (quantity.code, quantity.unit) if text and text.strip()]
    if given:
        return None, f"unit '{clean(given[0], _SHOWN_LENGTH)}' not convertible"
    if code.unit_may_be_missing:
        return Conversion(), ""
    return None, "no unit"


def read_range(
    measured: Measured, ranges: list[ReferenceRange], code: LabCode, units: Units
) -> tuple[float | None, float | None]:
    """The first normal range of those that hold for the patient, in the analyte's own unit.

    Low and high both 0, or low above high, is no range; a range without a unit has the value's.
    """
    quantity = measured.valueQuantity or Quantity()
    for entry in ranges:
        if entry.type is not None and _NORMAL.isdisjoint(coding.code for coding in entry.type.coding):
            continue
        low = _limit(entry.low, quantity, code, units)
        high = _limit(entry.high, quantity, code, units)
        if (low is None and high is None) or (low == 0 and high == 0):
            continue
        if low is None or high is None or low <= high:
            return low, high
    return None, None


def _limit(limit: Quantity | None, quantity: Quantity, code: LabCode, units: Units) -> float | None:
    number = read_number(limit.value) if limit else None
    if limit is None or number is None:
        return None
    unit_of = limit if limit.code or limit.unit else quantity
    conversion, _ = find_conversion(unit_of, code, units)
    return conversion.apply(number) if conversion else None
