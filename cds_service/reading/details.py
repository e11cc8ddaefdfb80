"""What orders and results say: most of the work of reading, and asked for only where a gate is open."""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter

import msgspec
from msgspec import Struct

from cds_service.chart import Details, Exposure, Skipped
from cds_service.knowledge.limits import ReadingLimits
from cds_service.knowledge.vocabulary import Vocabulary
from cds_service.reading.dates import Clock
from cds_service.reading.medication_resources import (
    Medication,
    MedicationAdministration,
    MedicationDispense,
    MedicationRequest,
    MedicationStatement,
)
from cds_service.reading.medications import MedicationsRead, read_medications
from cds_service.reading.pool import Pool
from cds_service.reading.ranges import Fitting
from cds_service.reading.resources import Observation
from cds_service.reading.results import read_results

_MEDICATION_RECORDS = (
    MedicationRequest,
    MedicationStatement,
    MedicationDispense,
    MedicationAdministration,
)


class Unread(Struct, frozen=True, kw_only=True, gc=False):
    """What is read of a pool when the details are asked for.

    `observations` are those with a code we know; `skipped` is what could not be read so far.
    """

    pool: Pool
    now: datetime
    clock: Clock
    vocabulary: Vocabulary
    limits: ReadingLimits
    observations: Sequence[tuple[str, Observation]]
    fitting: Fitting
    skipped: tuple[Skipped, ...]

    def details(self) -> Details:
        """Read it."""
        pool, longest = self.pool, self.limits.name_length
        taken = self._medications()
        return Details(
            exposures=_selected_first(taken.exposures, pool.selected_drafts),
            medicines=taken.medicines,
            results=read_results(self.observations, self.clock, self.vocabulary.labs, longest, self.fitting),
            skipped=in_order(*self.skipped, *taken.skipped),
        )

    def _medications(self) -> MedicationsRead:
        """Medicines and exposures, draft orders included."""
        pool = self.pool
        kinds = (kind.__name__ for kind in _MEDICATION_RECORDS)
        records = (pair for kind in kinds for pair in pool.of_kind(kind))
        return read_medications(
            [(ref, record) for ref, record in records if isinstance(record, _MEDICATION_RECORDS)],
            self._resolve,
            self.now,
            self.vocabulary.drugs,
            self.limits,
            [(ref, order) for ref, order in pool.drafts() if isinstance(order, _MEDICATION_RECORDS)],
        )

    def _resolve(self, reference: str) -> Medication | None:
        found = self.pool.resolve(reference)
        return found if isinstance(found, Medication) else None


def in_order(*skipped: Skipped) -> tuple[Skipped, ...]:
    """Always the same order, whatever was read first."""
    return tuple(sorted(skipped, key=attrgetter("ref", "reason")))


def _selected_first(exposures: tuple[Exposure, ...], selected: frozenset[str]) -> tuple[Exposure, ...]:
    """The exposures, those of the orders made just now marked and before the others."""
    if not selected:
        return exposures
    marked = (
        msgspec.structs.replace(exposure, selected=not selected.isdisjoint(exposure.refs))
        for exposure in exposures
    )
    return tuple(sorted(marked, key=lambda exposure: not exposure.selected))
