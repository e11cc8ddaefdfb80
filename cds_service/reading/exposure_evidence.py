"""Dispenses and administrations: evidence that a medicine was taken at a time.

What was handed over counts as taken for the days' supply, or for the grace where that is not said;
what was given, for the days that may lie between two intakes. Neither starts a second course beside an
order or a statement (see `exposure_courses`).
"""

from cds_service.chart import Taking
from cds_service.reading.datatypes import Period, Reference
from cds_service.reading.exposure_link import Link, RecordDates, status_note, status_of
from cds_service.reading.medication_resources import (
    MedicationAdministration,
    MedicationDispense,
    Record,
)
from cds_service.when import When

_HAPPENED = {"completed", "in-progress", "stopped", "on-hold"}
_YEAR = 365


def dispense_link(dispense: MedicationDispense, dates: RecordDates) -> Link:
    """A MedicationDispense as a link; its end is the last day supplied, when that is said."""
    handed = dates.read(dispense.when_handed_over, "whenHandedOver")
    handed = handed or dates.read(dispense.when_prepared, "whenPrepared")
    if handed is None or (why := _why_none(dispense, handed, dates)):
        return Link(taking=Taking.NEVER, start=handed, note=why if handed else "no date")
    supply = _days_supplied(dispense)
    end = When(handed.first + supply, handed.last + supply) if supply else None
    reach = handed.last + (supply or dates.grace)
    return _evidence(handed, end, reach, _targets(dispense.authorizing_prescription), dates)


def administration_link(given: MedicationAdministration, dates: RecordDates) -> Link:
    """A MedicationAdministration as a link; its end is the last day it was given."""
    period = given.effective_period or Period()
    start = dates.read(given.effective_date_time, "effectiveDateTime")
    start = start or dates.read(period.start, "effectivePeriod.start")
    if start is None or (why := _why_none(given, start, dates)):
        return Link(taking=Taking.NEVER, start=start, note=why if start else "no date")
    end = dates.read(period.end, "effectivePeriod.end") or start
    return _evidence(start, end, end.last + dates.between_intakes, _targets([given.request]), dates)


def _why_none(record: Record, when: When, dates: RecordDates) -> str:
    if status_of(record) not in _HAPPENED:
        return status_note(record)
    return "dated in the future" if dates.is_future(when) else ""


def _evidence(start: When, end: When | None, reach: int, orders: tuple[str, ...], dates: RecordDates) -> Link:
    return Link(
        taking=Taking.NOW if reach >= dates.today else Taking.ENDED,
        start=dates.past(start),
        end=dates.past(end),
        evidence=True,
        of_orders=orders,
    )


def _days_supplied(dispense: MedicationDispense) -> int:
    """Whole days supplied, 0 when not said; more than a year is taken as a year."""
    value = dispense.days_supply.value if dispense.days_supply else None
    try:
        return max(0, min(_YEAR, int(float(value or 0))))
    except (ValueError, OverflowError):  # not a number, or an infinite one
        return 0


def _targets(references: list[Reference | None] | list[Reference]) -> tuple[str, ...]:
    return tuple(one.reference for one in references if one is not None and one.reference)
