"""Medication records counted by class, whatever their status."""

from collections import Counter
from collections.abc import Iterator

from cds_service.batch.shelf import Shelf
from cds_service.knowledge.drugs import Drugs
from cds_service.reading.medication_identity import Identity
from cds_service.reading.medication_resources import (
    Medication,
    MedicationAdministration,
    MedicationDispense,
    MedicationRequest,
    MedicationStatement,
)
from cds_service.reading.medications import classify
from cds_service.reading.records import REFERENCE_LENGTH, Record
from cds_service.reading.text import clean

_RECORDS = (MedicationRequest, MedicationStatement, MedicationDispense, MedicationAdministration)
_HOW = ("by_code", "by_name", "none_stated", "others", "unrecognised")


class MedicineCounts:
    """Takes in records, and Medications they may refer to; counts when all are in."""

    def __init__(self, drugs: Drugs) -> None:
        self._drugs = drugs
        self._shelf = Shelf()
        self._records: list[tuple[str, Record]] = []

    def add(self, record: Record, source: str) -> None:
        """Take in a record of a file; what is no medication record is left alone."""
        if isinstance(record.resource, Medication):
            self._shelf.add(record, source)
        elif isinstance(record.resource, _RECORDS):
            self._records.append((source, record))

    def count(self) -> tuple[dict[str, int], Counter[str]]:
        """Records by heading, and the names of those about which nothing can be said.

        Headings are how a record was recognised, and every class in the singular.
        """
        counted = {"records": len(self._records)} | dict.fromkeys((*_HOW, *self._classes()), 0)
        unrecognised = Counter[str]()
        for source, record in self._records:
            identity = self._identify(source, record)
            for heading in self._headings(identity):
                counted[heading] += 1
            if _is_unrecognised(identity):
                name = clean(identity.name, REFERENCE_LENGTH) or identity.note or "no name and no known code"
                unrecognised[name] += 1
        return counted, unrecognised

    def _classes(self) -> list[str]:
        words = self._drugs.words()
        return sorted({_singular(name) for word in words for name in self._drugs.classes_of(word)})

    def _identify(self, source: str, record: Record) -> Identity:
        def resolve(reference: str) -> Medication | None:
            found = self._shelf.find(reference, [source])
            medication = found[0].resource if found else None
            return medication if isinstance(medication, Medication) else None

        assert isinstance(record.resource, _RECORDS)
        return classify(record.resource, resolve, self._drugs)

    def _headings(self, identity: Identity) -> Iterator[str]:
        classes = {name for word in identity.ingredients for name in self._drugs.classes_of(word)}
        yield from map(_singular, classes)
        if identity.ingredients:
            yield f"by_{identity.matched_by}"
        elif identity.absent:
            yield "none_stated"
        else:
            yield "unrecognised" if _is_unrecognised(identity) else "others"


def _singular(name: str) -> str:
    return name.removesuffix("s")


def _is_unrecognised(identity: Identity) -> bool:
    """Whether neither a code of ours nor a name could be looked up; any other is surely none of ours."""
    return not (identity.ingredients or identity.absent or identity.classifiable)
