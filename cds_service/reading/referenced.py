"""Medications that records refer to and nobody supplied."""

from collections.abc import Iterator

import msgspec

from cds_service.reading.datatypes import Reference
from cds_service.reading.medication_resources import Record
from cds_service.reading.pool import Pool

_KINDS = ("MedicationRequest", "MedicationStatement", "MedicationDispense", "MedicationAdministration")
_CONTAINED = "#"


class MissingMedication(msgspec.Struct, frozen=True):
    """A reference as written; `named` where every record that has it says a name beside it."""

    reference: str
    named: bool


def missing_medications(pool: Pool) -> list[MissingMedication]:
    """Each missing Medication once, those without a name first."""
    named: dict[str, bool] = {}
    for reference in _references(pool):
        written = reference.reference or ""
        if written and not written.startswith(_CONTAINED) and pool.resolve(written) is None:
            named[written] = named.get(written, True) and bool(reference.display)
    return [MissingMedication(*pair) for pair in sorted(named.items(), key=lambda pair: (pair[1], pair[0]))]


def _references(pool: Pool) -> Iterator[Reference]:
    resources = [resource for kind in _KINDS for _, resource in pool.of_kind(kind)]
    resources += [resource for _, resource in pool.drafts()]
    for record in resources:
        if isinstance(record, Record) and record.medication_codeable_concept is None:
            reference = record.medication_reference or (record.medication and record.medication.reference)
            if reference:
                yield reference
