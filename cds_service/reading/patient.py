"""The Patient: age, sex, deceased; and pregnancy."""

from collections.abc import Iterable
from datetime import date, datetime

from cds_service.chart import Answer
from cds_service.knowledge.items import Items
from cds_service.reading.dates import Clock, read_date
from cds_service.reading.problems import Diagnosed
from cds_service.reading.resources import Patient
from cds_service.when import When

_PREGNANCY = "pregnancy"


def read_age(patient: Patient | None, now: datetime) -> int | None:
    """Completed years at the UTC date; of a partial birth date only if every day gives the same."""
    born = read_date(patient.birthDate) if patient else None
    if born is None:
        return None
    today = date.fromordinal(When.at(now).first)
    ages = {_completed_years(date.fromordinal(day), today) for day in (born.first, born.last)}
    age = ages.pop()
    return age if not ages and age >= 0 else None


def birth_fault(patient: Patient, today: int) -> str:
    """What is wrong with a birth date that is given, as of a day (ordinal); "" for nothing."""
    if not patient.birthDate:
        return ""
    born = read_date(patient.birthDate)
    if born is None:
        return "birthDate is no date"
    return "birthDate is in the future" if born.first > today else ""


def _completed_years(born: date, today: date) -> int:
    before_birthday = (today.month, today.day) < (born.month, born.day)
    return today.year - born.year - before_birthday


def is_deceased(patient: Patient | None) -> bool:
    """`deceasedBoolean`, or any `deceasedDateTime`."""
    return patient is not None and (bool(patient.deceasedBoolean) or patient.deceasedDateTime is not None)


def read_pregnancy(
    answers: Iterable[Answer], diagnoses: Iterable[Diagnosed], clock: Clock, days: int, items: Items
) -> str:
    """The reference of the newest statement, if it says pregnant; else "".

    A statement is an 82810-3 Observation, the form's item, or an active Condition, at most `days`
    old; of two of the same day the one that says pregnant counts. An undated Condition is the oldest.
    """
    statements: list[tuple[int, bool, str]] = []
    for answer in answers:
        if answer.item != items.rules.pregnant or answer.reported is None:
            continue
        if clock.within_days(answer.reported, days):
            pregnant = not answer.codes <= items.rules.negative
            statements.append((answer.reported.last, pregnant, answer.ref))
    for diagnosed in diagnoses:
        if _PREGNANCY not in diagnosed.coded.findings or not diagnosed.active or diagnosed.planned:
            continue
        if diagnosed.recorded is None or clock.within_days(diagnosed.recorded, days):
            day = diagnosed.recorded.last if diagnosed.recorded else 0
            statements.append((day, True, diagnosed.ref))
    _, pregnant, ref = max(statements, default=(0, False, ""))
    return ref if pregnant else ""
