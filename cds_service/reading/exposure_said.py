"""Orders and statements: somebody says that a medicine is to be, is or was taken.

- An order counts as taken while `active` with an intent of the order family, written before now
  and not past its validity end (`dispenseRequest.validityPeriod`, else the dosage's bounds) plus
  the grace; past it, it ended on that date.
- A statement counts as taken while `active` and its period includes today. Only a period gives a
  start; a single `effectiveDateTime`, or the day it was made, says that it was taken then, not since when.
- `stopped`, `completed` and `on-hold` are ended. Everything else (planned, proposed, cancelled,
  draft, unknown, no status, in the future) is no exposure.
"""

from cds_service.chart import Taking
from cds_service.reading.datatypes import Period
from cds_service.reading.exposure_link import Link, RecordDates, status_note, status_of
from cds_service.reading.medication_resources import (
    Dosage,
    Dosages,
    MedicationRequest,
    MedicationStatement,
)
from cds_service.when import When

_ORDERS = {"", "order", "original-order", "reflex-order", "filler-order", "instance-order"}
_ENDED = {"stopped", "completed", "on-hold"}
_TAKEN = {"active", *_ENDED}


def order_link(order: MedicationRequest, dates: RecordDates) -> Link:
    """A MedicationRequest as a link."""
    status, bounds = status_of(order), _bounds(order.dosage_instruction)
    start = dates.read(order.authored_on, "authoredOn")
    end = _order_end(order, bounds, dates) if bounds or order.dispense_request else None
    if why := _why_no_order(order, status, start, bounds, dates):
        return Link(taking=Taking.NEVER, start=start, end=end, note=why)
    if status in _ENDED:
        return Link(taking=Taking.ENDED, start=dates.past(start), end=dates.over(end))
    over = end is not None and end.last + dates.grace < dates.today
    return Link(taking=Taking.ENDED if over else Taking.NOW, start=dates.past(start), end=end)


def _why_no_order(
    order: MedicationRequest, status: str, start: When | None, bounds: list[Period], dates: RecordDates
) -> str:
    if order.do_not_perform:
        return "an order not to give it"
    intent = order.intent or ""
    if intent not in _ORDERS and intent.strip() not in _ORDERS:
        return f"intent {intent.strip()}"
    if dates.is_future(start) or (bounds and _begins_later(bounds, dates)):
        return "begins in the future"
    return "" if status in _TAKEN else status_note(order)


def _order_end(order: MedicationRequest, bounds: list[Period], dates: RecordDates) -> When | None:
    validity = order.dispense_request.validity_period if order.dispense_request else None
    if validity and validity.end:
        return dates.read(validity.end, "dispenseRequest.validityPeriod.end")
    if not bounds:
        return None
    ends = [dates.read(period.end, "boundsPeriod.end") for period in bounds]
    known = [end for end in ends if end is not None]
    return max(known, key=lambda end: (end.last, end.first)) if known else None


def _begins_later(bounds: list[Period], dates: RecordDates) -> bool:
    starts = [dates.read(period.start, "boundsPeriod.start") for period in bounds]
    return all(map(dates.is_future, starts))


def _bounds(dosages: Dosages) -> list[Period]:
    found = []
    for dosage in [dosages] if isinstance(dosages, Dosage) else dosages or ():
        timing = dosage.timing
        if timing is None or timing.repeat is None:
            continue
        period = timing.repeat.bounds_period
        if period is not None:
            found.append(period)
    return found


def statement_link(statement: MedicationStatement, dates: RecordDates) -> Link:
    """A MedicationStatement as a link."""
    period = statement.effective_period or Period()
    start = dates.read(period.start, "effectivePeriod.start")
    end = dates.read(period.end, "effectivePeriod.end")
    at = dates.read(statement.effective_date_time, "effectiveDateTime")
    asserted = dates.read(statement.date_asserted, "dateAsserted")
    said = asserted or at or start
    if any(map(dates.is_future, (start, at, asserted))):
        return Link(taking=Taking.NEVER, start=start or at, end=end, note="dated in the future")
    status = status_of(statement)
    if status == "not-taken":
        return Link(taking=Taking.NEVER, denied=True, asserted=said, note="said not to be taken")
    if status in _ENDED:
        return Link(taking=Taking.ENDED, start=dates.past(start), end=dates.over(end), asserted=said)
    if status != "active":
        return Link(taking=Taking.NEVER, start=start, end=end, note=status_note(statement))
    taking = Taking.ENDED if end is not None and end.last < dates.today else Taking.NOW
    seen = None if start else _earliest(at, asserted)
    return Link(taking=taking, start=dates.past(start), end=end, asserted=said, seen=dates.past(seen))


def _earliest(*whens: When | None) -> When | None:
    known = [when for when in whens if when is not None]
    return min(known, key=lambda when: (when.first, when.last)) if known else None
