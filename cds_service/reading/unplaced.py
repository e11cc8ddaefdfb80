"""Records that may report soreness, or say who the patient is, and whose date or answer is unusable."""

from collections.abc import Iterable, Iterator

from cds_service.chart import Skipped
from cds_service.knowledge.findings import Findings
from cds_service.knowledge.items import Items
from cds_service.reading.codes import status_word
from cds_service.reading.dates import read_date
from cds_service.reading.findings import coded_finding, told_at
from cds_service.reading.patient import birth_fault
from cds_service.reading.problems import Diagnosed
from cds_service.reading.resources import Observation, Patient
from cds_service.reading.results import observed
from cds_service.reading.soreness import opens_gate
from cds_service.reading.symptoms import USABLE


def undated_symptoms(
    observations: Iterable[tuple[str, Observation]], findings: Findings, items: Items
) -> Iterator[Skipped]:
    """Observations of soreness without a usable date."""
    for ref, observation in observations:
        if status_word(observation.status) in USABLE and observed(observation) is None:
            coded = coded_finding(observation.code, findings)
            if coded is None:
                continue
            if opens_gate(told_at(coded, observation.bodySite, findings, items), findings, items):
                yield Skipped(ref, "no usable date")


def misdated_conditions(
    diagnoses: Iterable[Diagnosed], findings: Findings, items: Items
) -> Iterator[Skipped]:
    """Active Conditions of soreness whose date is written and is none."""
    for found in diagnoses:
        written = found.condition.recordedDate or found.condition.assertedDate
        unread = found.active and found.recorded is None and written and read_date(written) is None
        told = told_at(found.coded, found.condition.bodySite, findings, items) if unread else frozenset()
        if opens_gate(told, findings, items):
            yield Skipped(found.ref, "recordedDate is no date")


def misdated_birth(patients: Iterable[tuple[str, Patient]], today: int) -> Iterator[Skipped]:
    """A birth date that is written and cannot be: the age is then not known."""
    for ref, patient in patients:
        if fault := birth_fault(patient, today):
            yield Skipped(ref, fault)
