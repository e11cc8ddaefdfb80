"""Medications that belong to no patient, for the records of any patient that refer to them."""

from collections.abc import Callable, Iterable, Iterator

from cds_service.batch.bundle import bundle_of
from cds_service.reading import Pool
from cds_service.reading.datatypes import Reference
from cds_service.reading.medication_resources import (
    Medication,
    MedicationAdministration,
    MedicationDispense,
    MedicationRequest,
    MedicationStatement,
)
from cds_service.reading.records import Record
from cds_service.reading.references import plain_reference

_KEY = "shared Medications"
_RECORDS = (MedicationRequest, MedicationStatement, MedicationDispense, MedicationAdministration)
_HOPS = 3  # record -> mix -> its parts: as deep as the reader follows


Find = Callable[[str, Iterable[str]], list[Record]]
"""The Medications a reference means to records of some files."""


class Shelf:
    """Medications by the references they are found under."""

    def __init__(self) -> None:
        self._by_reference: dict[str, dict[str, list[Record]]] = {}

    def add(self, record: Record, source: str) -> None:
        """Put the record of a Medication on the shelf."""
        for reference in references_of(record):
            self._by_reference.setdefault(reference, {}).setdefault(source, []).append(record)

    def find(self, reference: str, sources: Iterable[str]) -> list[Record]:
        """The Medications a reference means to records of the files given."""
        by_file = self._by_reference.get(reference) or self._by_reference.get(plain_reference(reference), {})
        return choose(by_file, sources)


def references_of(record: Record) -> set[str]:
    """What a Medication is found under."""
    return {record.ref, record.full_url, plain_reference(record.full_url)} - {""}


def choose(by_file: dict[str, list[Record]], sources: Iterable[str]) -> list[Record]:
    """The versions in the files given; from other files only what cannot be mistaken."""
    own = [record for source in sources for record in by_file.get(source, [])]
    others = [record for records in by_file.values() for record in records]
    if own or len({bytes(record.raw) for record in others}) > 1:
        return own
    return others[:1]


def supply(pool: Pool, sources: Iterable[str], find: Find) -> int:
    """Add to a patient's pool what its records refer to and do not have; how many that were."""
    files, count = sorted(set(sources)), 0
    for _ in range(_HOPS):
        missing = sorted(ref for ref in set(_references(pool)) if pool.resolve(ref) is None)
        found = [record for ref in missing for record in find(ref, files)]
        if not found:
            break
        pool.add(_KEY, bundle_of(found))
        count += len(found)
    return count


def _references(pool: Pool) -> Iterator[str]:
    for kind in _RECORDS:
        for _, record in pool.of_kind(kind.__name__):
            if isinstance(record, _RECORDS):
                yield from _texts(
                    record.medication_reference, record.medication.reference if record.medication else None
                )
                yield from _parts(record.contained)
    medications = (found for _, found in pool.of_kind(Medication.__name__))
    yield from _parts(found for found in medications if isinstance(found, Medication))


def _parts(medications: Iterable[Medication]) -> Iterator[str]:
    for medication in medications:
        for part in medication.ingredient:
            yield from _texts(part.item_reference)


def _texts(*references: Reference | None) -> Iterator[str]:
    for reference in references:
        if reference is not None and reference.reference:
            yield reference.reference
