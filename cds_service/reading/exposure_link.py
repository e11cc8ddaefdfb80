"""What one record says about a medicine being taken, and since when."""

from datetime import datetime, timedelta

import msgspec

from cds_service.chart import Taking
from cds_service.knowledge.limits import ReadingLimits
from cds_service.reading.dates import Clock
from cds_service.reading.medication_resources import Record
from cds_service.when import When

IN_ERROR = "entered-in-error"


class Link(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One record in time; `note` says why it is no exposure."""

    taking: Taking
    start: When | None = None
    end: When | None = None
    evidence: bool = False  # handed over or given: supports a course, does not decide it
    denied: bool = False  # the patient says: not taken
    asserted: When | None = None  # when a statement was made
    seen: When | None = None  # taken on this day, since when is not said
    of_orders: tuple[str, ...] = ()  # references of the orders it fulfils
    note: str = ""


class RecordDates:
    """Reads dates of records against now, and keeps the fields that held none until asked for them."""

    def __init__(self, now: datetime, limits: ReadingLimits) -> None:
        self._clock = Clock(now, timedelta(minutes=limits.future_tolerance_minutes))
        self.today = self._clock.today
        self.grace = limits.order_grace_days
        self.between_intakes = limits.administration_days
        self._unreadable: list[str] = []

    def read(self, text: str | None, field: str) -> When | None:
        """A date; `None` with the field noted when the text is none."""
        if not text:
            return None
        try:
            return When.parse(text.strip())
        except ValueError:
            self._unreadable.append(field)
            return None

    def take_unreadable(self) -> list[str]:
        """The fields without a date since the last time."""
        if not self._unreadable:
            return []
        fields, self._unreadable = self._unreadable, []
        return fields

    def is_future(self, when: When | None) -> bool:
        """Whether a date surely lies ahead."""
        return when is not None and when.last >= self.today and self._clock.is_future(when)

    def past(self, when: When | None) -> When | None:
        """A start as far as it lies behind us."""
        return when if when is None or when.last <= self.today else when.clamped(self.today)

    def over(self, end: When | None) -> When | None:
        """The end of something that ended: one still ahead tells nothing about when."""
        return None if end is None or end.last > self.today else end


def status_of(record: Record) -> str:
    """The status without the blanks some servers leave around it."""
    status = record.status
    return status.strip() if status else ""


def status_note(record: Record) -> str:
    """Why a status is no exposure."""
    status = status_of(record)
    return f"status {status}" if status else "no status"
