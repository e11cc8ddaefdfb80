"""How many times a day, from FHIR Timing."""

import math

from cds_service.reading.datatypes import Concept
from cds_service.reading.medication_resources import Repeat, Timing

_DAYS = {"s": 1 / 86400, "min": 1 / 1440, "h": 1 / 24, "d": 1.0, "wk": 7.0, "mo": 30.0, "a": 365.0}
_CODES = {  # v3-GTSAbbreviation, with the spellings seen in records
    "QD": 1.0, "BID": 2.0, "TID": 3.0, "QID": 4.0, "QOD": 0.5, "AM": 1.0, "PM": 1.0, "BED": 1.0,
    "Q1H": 24.0, "Q2H": 12.0, "Q3H": 8.0, "Q4H": 6.0, "Q6H": 4.0, "Q8H": 3.0, "Q12H": 2.0, "Q24H": 1.0,
    "WK": 1 / 7, "MO": 1 / 30,
}  # fmt: skip
_WEEK = 7


def times_a_day(timing: Timing | None) -> float | None:
    """Intakes a day; the fewest the instruction allows, `None` when it does not say."""
    if timing is None:
        return None
    repeated = None if timing.repeat is None else _repeated(timing.repeat)
    return repeated if repeated is not None else _coded(timing.code)


def _repeated(repeat: Repeat) -> float | None:
    named = float(len(repeat.when) or len(repeat.time_of_day))
    if repeat.period is None and repeat.period_unit is None:
        return _on_days(repeat, named) if named else None
    period = repeat.period_max or (1.0 if repeat.period is None else repeat.period)
    days = _DAYS.get(repeat.period_unit or "", 0.0) * period
    times = (named or 1.0) if repeat.frequency is None else repeat.frequency
    if not (days > 0 and times > 0 and math.isfinite(times / days)):
        return None
    return _on_days(repeat, times / days)


def _on_days(repeat: Repeat, times: float) -> float:
    """Fewer when a daily timing names some days of the week only."""
    if not repeat.day_of_week or repeat.period_unit not in (None, "d"):
        return times
    return times * len(set(repeat.day_of_week)) / _WEEK


def _coded(code: Concept) -> float | None:
    if code is None:
        return None
    if isinstance(code, str):
        return _CODES.get(code.upper())
    known = (_CODES.get((coding.code or "").upper()) for coding in code.coding)
    return next((times for times in known if times is not None), None)
