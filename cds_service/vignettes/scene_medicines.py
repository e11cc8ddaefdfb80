"""`{rosuvastatin: 10 mg, start: 2026-10-19}`: one exposure of a vignette."""

import re
from typing import Any

from cds_service.chart import DoseChange, Exposure, Taking
from cds_service.knowledge import Knowledge
from cds_service.vignettes.entries import Entry

_DETAILS = ("start", "end", "taking", "increases", "name", "by_name", "conflict")
_DOSE = re.compile(r"(\d+(?:\.\d+)?) mg")
_UNKNOWN_DOSE = "unknown dose"
_INCREASE = {"at", "from", "to"}


def read_exposure(entry: Entry, number: int, knowledge: Knowledge) -> Exposure:
    """The exposure of an entry of `meds`; `number` counts them from 0."""
    drugs = knowledge.vocabulary.drugs
    ingredient = entry.subject("medicine", drugs.words(), _DETAILS)
    if drugs.members(ingredient) != {ingredient}:
        example = min(drugs.members(ingredient))
        raise entry.error(ingredient, f"{ingredient!r} is a class; name a medicine, such as {example!r}")
    dose = _dose(entry, ingredient)
    shown = ingredient if dose is None else f"{ingredient} {dose:g} mg"
    return Exposure(
        ingredient=ingredient,
        name=str(entry.data.get("name", shown)),
        taking=_taking(entry),
        start=entry.optional_when("start"),
        end=entry.optional_when("end"),
        daily_dose=dose,
        increases=tuple(_increase(entry, change) for change in entry.data.get("increases", ())),
        refs=(f"MedicationRequest/{number + 1}",),
        by_name=entry.flag("by_name"),
        conflict=str(entry.data.get("conflict", "")),
    )


def _dose(entry: Entry, ingredient: str) -> float | None:
    text = str(entry.data[ingredient])
    if text == _UNKNOWN_DOSE:
        return None
    match = _DOSE.fullmatch(text)
    if not match:
        raise entry.error(ingredient, f"{text!r} is not a daily dose such as '10 mg', or '{_UNKNOWN_DOSE}'")
    return float(match[1])


def _taking(entry: Entry) -> Taking:
    word = str(entry.data.get("taking", Taking.ENDED if "end" in entry.data else Taking.NOW))
    entry.known("value of taking", word, [str(value) for value in Taking], "taking")
    return Taking(word)


def _increase(entry: Entry, change: Any) -> DoseChange:
    if not isinstance(change, dict) or change.keys() != _INCREASE:
        raise entry.error("increases", "an increase is {at: 2026-10-19, from: 5 mg, to: 10 mg}")
    doses = [_DOSE.fullmatch(str(change[key])) for key in ("from", "to")]
    if None in doses:
        raise entry.error("increases", "'from' and 'to' are daily doses such as '10 mg'")
    before, after = (float(dose[1]) for dose in doses if dose)
    return DoseChange(entry.of("increases", change).when("at"), before, after)
