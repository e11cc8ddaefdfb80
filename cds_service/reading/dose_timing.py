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


Times = tuple[float, float]
"""The fewest and the most intakes a day an instruction allows."""


def times_a_day(timing: Timing | None) -> Times | None:
    """Intakes a day, `None` when the instruction does not say."""
    if timing is None:
        return None
    repeated = None if timing.repeat is None else _repeated(timing.repeat)
    if repeated is not None:
        return repeated
    coded = _coded(timing.code)
    return None if coded is None else (coded, coded)


def _repeated(repeat: Repeat) -> Times | None:
    named = float(len(repeat.when) or len(repeat.time_of_day))
    if repeat.period is None and repeat.period_unit is None:
        return (_on_days(repeat, named),) * 2 if named else None
    period = 1.0 if repeat.period is None else repeat.period
    times = (named or 1.0) if repeat.frequency is None else repeat.frequency
    fewest = _rate(repeat, times, period if repeat.period_max is None else repeat.period_max)
    most = _rate(repeat, times if repeat.frequency_max is None else repeat.frequency_max, period)
    return None if fewest is None or most is None or fewest > most else (fewest, most)


def _rate(repeat: Repeat, times: float, period: float) -> float | None:
    days = _DAYS.get(repeat.period_unit or "", 0.0) * period
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
