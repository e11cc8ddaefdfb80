"""The daily dose of each ingredient, in mg, from the dosage instructions of a record.

Every step is taken only where the instruction is plain; a range stays one, a range without an upper end
and "as needed" are no daily dose. Nothing is guessed: what cannot be computed is left out.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import msgspec

from cds_service.knowledge.drug_names import split_words
from cds_service.knowledge.drug_words import SigWords
from cds_service.reading.datatypes import Quantity, Range
from cds_service.reading.dose_text import read_dose_text
from cds_service.reading.dose_timing import times_a_day
from cds_service.reading.medication_identity import Identity
from cds_service.reading.medication_resources import Dosage, DoseAndRate
from cds_service.when import When

_LONGEST_UNIT = 60  # characters

_Amounts = dict[str, float]
"""Ingredient -> mg."""


class Dose(msgspec.Struct, frozen=True, gc=False):
    """The most an instruction allows in mg a day, and the least; mostly they are the same."""

    most: float
    least: float


Doses = dict[str, Dose]
"""Ingredient -> mg a day."""


def daily_doses(dosages: Sequence[Dosage], identity: Identity, sig: SigWords, today: int) -> Doses:
    """The mg a day by ingredient; an ingredient whose dose is not known is left out.

    Several instructions are added when they are said to be concurrent (the same `sequence`);
    otherwise one counts only if the others are over or have not begun.
    """
    if len(dosages) == 1:
        return _one(dosages[0], identity, sig)
    current = [dosage for dosage in dosages if _is_current(dosage, today)]
    if len(current) > 1 and (len({dosage.sequence for dosage in current}) > 1 or current[0].sequence is None):
        return {}
    each = [_one(dosage, identity, sig) for dosage in current]
    return {
        word: Dose(sum(doses[word].most for doses in each), sum(doses[word].least for doses in each))
        for word in identity.ingredients
        if each and all(word in doses for doses in each)
    }


def _is_current(dosage: Dosage, today: int) -> bool:
    repeat = dosage.timing.repeat if dosage.timing else None
    bounds = repeat.bounds_period if repeat else None
    if bounds is None:
        return True
    start, end = _day(bounds.start), _day(bounds.end)
    return not (start and start.first > today) and not (end and end.last < today)


def _day(text: str | None) -> When | None:
    try:
        return When.parse(text) if text else None
    except ValueError:
        return None  # the record that holds it says so


def _one(dosage: Dosage, identity: Identity, sig: SigWords) -> Doses:
    if dosage.as_needed_boolean or dosage.as_needed_codeable_concept is not None:
        return {}
    times, taken = times_a_day(dosage.timing), _taken(dosage)
    if times is None or taken is None:
        said = _from_text(dosage.text, identity, sig) if dosage.text else {}
        return {word: Dose(mg, mg) for word, mg in said.items()}
    if isinstance(taken, Range):
        least, most = _ends(taken, identity, sig)
    else:
        least = most = _intake(taken, identity, sig)
    fewest, oftenest = times
    return {
        word: Dose(mg * oftenest, least[word] * fewest)
        for word, mg in most.items()
        if word in least and least[word] <= mg
    }


def _ends(taken: Range, identity: Identity, sig: SigWords) -> tuple[_Amounts, _Amounts]:
    """The least and the most of one intake; "up to 40 mg" begins at none."""
    most = _intake(taken.high, identity, sig) if taken.high else {}
    return _intake(taken.low, identity, sig) if taken.low else dict.fromkeys(most, 0.0), most


def _from_text(text: str, identity: Identity, sig: SigWords) -> _Amounts:
    said = read_dose_text(text, sig)
    if said is None:
        return {}
    if said.milligrams is not None:
        return _of_one(said.milligrams * said.times, identity)
    return {word: mg * (said.units or 0) * said.times for word, mg in identity.strengths.items()}


def _taken(dosage: Dosage) -> Quantity | Range | None:
    if dosage.dose_quantity is not None:
        return dosage.dose_quantity
    listed = dosage.dose_and_rate
    rates = [listed] if isinstance(listed, DoseAndRate) else listed or []
    if len(rates) > 1:
        rates = [rate for rate in rates if _type(rate) == "ordered"] or rates
    for rate in rates:
        if rate.dose_quantity is not None:
            return rate.dose_quantity
        if rate.dose_range is not None:
            return rate.dose_range
    return None


def _type(rate: DoseAndRate) -> str:
    if rate.type is None or isinstance(rate.type, str):
        return rate.type or ""
    return next((coding.code for coding in rate.type.coding if coding.code), "")


def _intake(quantity: Quantity, identity: Identity, sig: SigWords) -> _Amounts:
    """The mg of each ingredient in one intake."""
    value = _value(quantity)
    if value is None:
        return {}
    if not (quantity.code or quantity.unit):
        return _units(value, identity, sig)
    named = (text for text in (quantity.code, quantity.unit) if text and text != "1")
    units = [_unit_words(text[:_LONGEST_UNIT]) for text in named]
    for words in units:
        if not words or "/" in words or "%" in words:
            continue
        if len(words) == 1 and words[0] in sig.milligrams:
            return _of_one(value * sig.milligrams[words[0]], identity)
        if len(words) == 1 and words[0] in sig.millilitres:
            return {word: mg * value for word, mg in identity.concentrations.items()}
        if words[0] in sig.units_of_form:
            return {word: mg * value for word, mg in identity.strengths.items()}
    return {} if units else _units(value, identity, sig)


def _units(value: float, identity: Identity, sig: SigWords) -> _Amounts:
    """A number without a unit is one of units of the dose form, unless it is too large for that."""
    if value > sig.most_units_at_once:
        return {}
    return {word: mg * value for word, mg in identity.strengths.items()}


@lru_cache(1_000)
def _unit_words(text: str) -> tuple[str, ...]:
    return tuple(split_words(text))


def _of_one(milligrams: float, identity: Identity) -> _Amounts:
    """A dose in mg belongs to a product with one ingredient; of a combination it is not said which."""
    return {identity.ingredients[0]: milligrams} if len(identity.ingredients) == 1 else {}


def _value(quantity: Quantity) -> float | None:
    if quantity.value is None or quantity.comparator:
        return None
    try:
        value = float(quantity.value)
    except ValueError:
        return None
    return value if math.isfinite(value) and value > 0 else None
