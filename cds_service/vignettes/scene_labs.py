"""`{potassium: 3.1 mmol/L, taken: 2026-11-20, range: [3.5, 5.1]}`: one result of a vignette."""

import re
from typing import Any

from cds_service.chart import Result
from cds_service.knowledge import Knowledge
from cds_service.knowledge.labs import LabCode
from cds_service.measure import Measure
from cds_service.vignettes.entries import Entry

_DETAILS = ("taken", "range", "flags", "unusable", "fraction")
_VALUE = re.compile(r"(<=|>=|<|>)?\s*(-?\d+(?:\.\d+)?)(?:\s+(.+))?")
_BOUNDS = 2


def read_result(entry: Entry, number: int, knowledge: Knowledge) -> Result:
    """The result of an entry of `labs`; `number` counts them from 0."""
    labs = knowledge.vocabulary.labs
    analyte = entry.subject("analyte", labs.analytes, _DETAILS)
    codes = [code for code in labs.codes.values() if code.analyte == analyte]
    shown = str(entry.data[analyte])
    unusable = str(entry.data.get("unusable", ""))
    low, high = _range(entry)
    flags = _flags(entry, codes, knowledge)
    fraction = _fraction(entry, codes)
    return Result(
        analyte=analyte,
        label=next((code.label for code in codes if code.part == fraction), analyte),
        shown=shown.removesuffix(" 1"),
        taken=entry.optional_when("taken"),
        ref=f"Observation/{number + 1}",
        value=None if unusable else _value(entry, analyte, shown, labs.analytes[analyte].unit),
        low=low,
        high=high,
        unusable=unusable,
        remark=", ".join(sorted(flags)),
        flags=flags,
        fraction=fraction,
    )


def _value(entry: Entry, analyte: str, text: str, unit: str) -> Measure:
    match = _VALUE.fullmatch(text)
    if not match or (match[3] or "1") != unit:
        right = "a number" if unit == "1" else f"a number in {unit}"
        raise entry.error(analyte, f"{text!r} is not {right}, with < or > where needed")
    return Measure.of(float(match[2]), match[1])


def _range(entry: Entry) -> tuple[float | None, float | None]:
    bounds = entry.data.get("range", [None, None])
    if not isinstance(bounds, list) or len(bounds) != _BOUNDS or not all(map(_is_bound, bounds)):
        raise entry.error("range", "a range is [low, high]; null for a side it does not have")
    low, high = bounds
    return low, high


def _is_bound(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _flags(entry: Entry, codes: list[LabCode], knowledge: Knowledge) -> frozenset[str]:
    known = {flag for code in codes for flag in code.flags} | set(knowledge.vocabulary.labs.remarks)
    flags = entry.data.get("flags", [])
    if not isinstance(flags, list):
        raise entry.error("flags", f"flags are a list, such as [{min(known)}]")
    for flag in flags:
        entry.known("flag", str(flag), known, "flags")
    return frozenset(flags)


def _fraction(entry: Entry, codes: list[LabCode]) -> str:
    parts = {code.part for code in codes}
    fraction = str(entry.data.get("fraction", "total" if "total" in parts else ""))
    if fraction:
        entry.known("fraction", fraction, parts, "fraction")
    return fraction
