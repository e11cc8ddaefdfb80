"""Which of a laboratory's reference ranges hold for the patient."""

from collections.abc import Callable

from cds_service.knowledge.items import ItemRules
from cds_service.reading.codes import listed
from cds_service.reading.datatypes import CodeableConcept, Quantity, Range
from cds_service.reading.meaning import says
from cds_service.reading.quantities import read_number
from cds_service.reading.resources import ReferenceRange
from cds_service.truth import Truth, conjunction

Fitting = Callable[[list[ReferenceRange]], list[ReferenceRange]]
_A_YEAR = {  # so many of the unit; UCUM, and the words seen in records
    "a": 1.0, "y": 1.0, "yr": 1.0, "yrs": 1.0, "year": 1.0, "years": 1.0,
    "mo": 12.0, "month": 12.0, "months": 12.0, "wk": 365.25 / 7, "week": 365.25 / 7, "weeks": 365.25 / 7,
    "d": 365.25, "day": 365.25, "days": 365.25,
}  # fmt: skip


def fitting_ranges(sex: str, age: int | None, rules: ItemRules) -> Fitting:
    """The ranges for a patient of this administrative gender and age, those made for it first.

    `age` is in completed years. One for another age, or for any where the patient's is not known, never
    holds; nor does one for the other sex. One for people who are not understood holds only where the
    laboratory gave no second one.
    """
    words = {"male": rules.male, "female": rules.female}

    def for_sex(concept: CodeableConcept) -> Truth:
        named = {one for one, meaning in words.items() if says(concept, meaning)}
        return None if not named or sex not in words else sex in named

    def fitting(ranges: list[ReferenceRange]) -> list[ReferenceRange]:
        if all(entry.appliesTo is None and entry.age is None for entry in ranges):
            return ranges
        of_age = [entry for entry in ranges if entry.age is not None and _falls_in(age, entry.age)]
        of_age += [entry for entry in ranges if entry.age is None]
        held = [conjunction(map(for_sex, listed(entry.appliesTo))) for entry in of_age]
        made = [entry for entry, holds in zip(of_age, held, strict=True) if holds and entry.appliesTo]
        general = [entry for entry in of_age if not entry.appliesTo]
        alone = of_age if len(ranges) == 1 and False not in held else []
        return made + general or alone

    return fitting


def _falls_in(age: int | None, wanted: Range) -> bool:
    """Whether the age surely lies in a range of ages, its ends included."""
    if age is None or not (wanted.low or wanted.high):
        return False
    fewest, most = _years(wanted.low), _years(wanted.high)
    over = wanted.low is None or (fewest is not None and fewest <= age)
    return over and (wanted.high is None or (most is not None and age <= most))


def _years(limit: Quantity | None) -> float | None:
    number = read_number(limit.value) if limit and not limit.comparator else None
    if limit is None or number is None:
        return None
    named = (text.strip().casefold() for text in (limit.code, limit.unit) if text)
    return next((number / _A_YEAR[unit] for unit in named if unit in _A_YEAR), None)
