"""Medication records -> medicines as written, and exposures by ingredient."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from cds_service.chart import Exposure, Medicine, Skipped, Taking
from cds_service.knowledge.drugs import Drugs
from cds_service.knowledge.limits import ReadingLimits
from cds_service.reading.dose_daily import Dose, Doses, daily_doses
from cds_service.reading.exposure_courses import Dated, join_course
from cds_service.reading.exposure_evidence import administration_link, dispense_link
from cds_service.reading.exposure_link import IN_ERROR, Link, RecordDates, status_note, status_of
from cds_service.reading.exposure_said import order_link, statement_link
from cds_service.reading.medication_identity import Identity
from cds_service.reading.medication_references import Resolve, identifying
from cds_service.reading.medication_resources import (
    Dosage,
    Dosages,
    MedicationAdministration,
    MedicationDispense,
    MedicationRequest,
    MedicationStatement,
    Record,
)
from cds_service.when import When

_UNNAMED = "medicine without a name"
_NO_DOSES: Doses = {}
_STOPPING = {"cancelled", "stopped", "completed", "on-hold"}  # statuses of a draft that orders nothing
_INSTRUCTED = (MedicationRequest, MedicationDispense)


class MedicationsRead(msgspec.Struct, frozen=True, kw_only=True):
    """Medicines in order of time, exposures by ingredient, and what could not be read and why."""

    medicines: tuple[Medicine, ...]
    exposures: tuple[Exposure, ...]
    skipped: tuple[Skipped, ...]


class SeenRecord(msgspec.Struct, frozen=True, gc=False):
    """One record: which medicine, when, and how much of each ingredient a day (mg)."""

    ref: str
    identity: Identity
    link: Link
    doses: Doses


def classify(record: Record, resolve: Resolve, drugs: Drugs) -> Identity:
    """The medicine of a record whatever its status: ingredients, how they were found, and the name."""
    return identifying(drugs).of_record(record, resolve)


def read_medications(
    records: Sequence[tuple[str, Record]],
    resolve: Resolve,
    now: datetime,
    drugs: Drugs,
    limits: ReadingLimits,
    drafts: Sequence[tuple[str, Record]] = (),
) -> MedicationsRead:
    """Read all medication records of one patient.

    `records` and `drafts` are pairs of reference and record; `drafts` are orders being written,
    which count as taken from today; one that stops an order ends that order's record today. What was
    entered in error, and codes for "no medicine", are left out. The order of the records does not matter.
    """
    reader = _Reader(resolve, now, drugs, limits, frozenset(ref for ref, draft in drafts if _stops(draft)))
    seen = [*map(reader.see, records), *map(reader.see_draft, drafts)]
    known = [one for one in seen if one is not None]
    exposures = _exposures(known, reader.today, limits)
    contradicted = {one.ingredient: one.conflict for one in exposures if one.taking is Taking.NEVER}
    medicines = (_medicine(one, limits.name_length, contradicted) for one in known)
    return MedicationsRead(
        medicines=tuple(sorted(medicines, key=_by_time)),
        exposures=exposures,
        skipped=tuple(sorted(set(reader.skipped), key=lambda one: (one.ref, one.reason))),
    )


class _Reader:
    """Reads records one by one, and keeps what could not be read."""

    def __init__(
        self, resolve: Resolve, now: datetime, drugs: Drugs, limits: ReadingLimits, stopped: frozenset[str]
    ) -> None:
        self.today = When.at(now).first
        self._stopped = stopped
        self.skipped: list[Skipped] = []
        self._resolve = resolve
        self._dates = RecordDates(now, limits)
        self._drugs = drugs
        self._identifying = identifying(drugs)

    def see(self, pair: tuple[str, Record]) -> SeenRecord | None:
        """A record; `None` when it says nothing about any medicine."""
        ref, record = pair
        if status_of(record) == IN_ERROR:
            return None
        identity = self._identifying.of_record(record, self._resolve)
        return None if identity.absent else self._seen(ref, record, identity, self._link(ref, record))

    def see_draft(self, pair: tuple[str, Record]) -> SeenRecord | None:
        """An order being written: taken from today, unless it forbids or its status says that it ends."""
        ref, record = pair
        identity = self._identifying.of_record(record, self._resolve)
        if not identity.name or identity.absent:
            self.skipped.append(Skipped(f"draft {ref}", "a draft order without a medicine"))
            return None
        if status_of(record) == IN_ERROR or (isinstance(record, MedicationRequest) and record.do_not_perform):
            return None
        if _stops(record):
            return self._seen(ref, record, identity, Link(taking=Taking.NEVER, note=status_note(record)))
        link = Link(taking=Taking.NOW, start=When(self.today, self.today), note="being ordered")
        return self._seen(ref, record, identity, link)

    def _link(self, ref: str, record: Record) -> Link:
        dates = self._dates
        if isinstance(record, MedicationRequest):
            link = order_link(record, dates)
        elif isinstance(record, MedicationStatement):
            link = statement_link(record, dates)
        elif isinstance(record, MedicationDispense):
            link = dispense_link(record, dates)
        else:
            link = administration_link(record, dates)
        for field in dates.take_unreadable():
            self.skipped.append(Skipped(ref, f"{field} is no date; read as unknown"))
        if ref in self._stopped and link.taking is Taking.NOW:
            return msgspec.structs.replace(link, taking=Taking.ENDED, end=When(self.today, self.today))
        return link

    def _seen(self, ref: str, record: Record, identity: Identity, link: Link) -> SeenRecord:
        if not identity.ingredients or not identity.systemic:
            return SeenRecord(ref, identity, link, _NO_DOSES)
        dosages = _dosages(record)
        if self._identifying.is_local(dosages):
            return SeenRecord(ref, msgspec.structs.replace(identity, systemic=False), link, _NO_DOSES)
        if link.taking is Taking.NEVER or isinstance(record, MedicationAdministration):
            return SeenRecord(ref, identity, link, _NO_DOSES)  # one intake is no daily dose
        if self._drugs.dose_matters.isdisjoint(identity.ingredients):
            return SeenRecord(ref, identity, link, _NO_DOSES)
        doses = daily_doses(dosages, identity, self._drugs.sig, self.today)
        asked_for = {word: doses[word] for word in doses.keys() & self._drugs.dose_matters}
        return SeenRecord(ref, identity, link, asked_for)


def _stops(draft: Record) -> bool:
    return status_of(draft) in _STOPPING


def _dosages(record: Record) -> Sequence[Dosage]:
    written: Dosages
    if isinstance(record, _INSTRUCTED):
        written = record.dosage_instruction
    elif isinstance(record, MedicationStatement):
        written = record.dosage
    else:
        written = Dosage(route=record.dosage.route) if record.dosage else None
    return [written] if isinstance(written, Dosage) else written or ()


def _dated(one: SeenRecord, name: str, dose: Dose | None, *, by_name: bool) -> Dated:
    if dose is None:
        return Dated(one.ref, name, one.link, None, by_name)
    least = dose.least if dose.least < dose.most else None
    return Dated(one.ref, name, one.link, dose.most, by_name, least)


def _exposures(seen: Iterable[SeenRecord], today: int, limits: ReadingLimits) -> tuple[Exposure, ...]:
    longest, gap_days = limits.name_length, limits.chain_gap_days
    by_ingredient: dict[str, list[Dated]] = {}
    for one in seen:
        identity = one.identity
        if not (identity.ingredients and identity.systemic):
            continue
        name, by_name = identity.name[:longest], identity.matched_by == "name"
        for word in identity.ingredients:
            dated = _dated(one, name, one.doses.get(word), by_name=by_name)
            by_ingredient.setdefault(word, []).append(dated)
    joined = (join_course(word, by_ingredient[word], today, gap_days) for word in sorted(by_ingredient))
    return tuple(exposure for exposure in joined if exposure is not None)


def _medicine(one: SeenRecord, longest: int, contradicted: dict[str, str]) -> Medicine:
    identity, link = one.identity, one.link
    overruled = _contradiction(identity, contradicted) if contradicted and link.taking is Taking.NOW else ""
    notes = (identity.note[:longest], link.note, overruled)
    return Medicine(
        name=identity.name[:longest] or _UNNAMED,
        ref=one.ref,
        taking=Taking.NEVER if overruled else link.taking,
        start=link.start,
        end=link.end,
        ingredients=identity.ingredients,
        matched_by=identity.matched_by,
        systemic=identity.systemic,
        classifiable=identity.classifiable,
        note="; ".join(filter(None, notes)) if any(notes) else "",
    )


def _contradiction(identity: Identity, contradicted: dict[str, str]) -> str:
    return next((contradicted[word] for word in identity.ingredients if word in contradicted), "")


def _by_time(medicine: Medicine) -> tuple[int, int, str, str, str]:
    start = medicine.start or When(0, 0)
    return (start.first, start.last, medicine.ref, medicine.name, medicine.taking)
