"""How many people the Patients of some files are."""

from msgspec import Struct

from cds_service.batch.whoiswho import contradict
from cds_service.reading.records import Record
from cds_service.reading.resources import Patient


class Person(Struct, frozen=True, order=True):
    """A patient. `within` is a file where another file has somebody else of that name."""

    name: str
    within: str = ""


class Roster:
    """The Patients of all files by their names."""

    def __init__(self) -> None:
        self._seen: dict[str, dict[str, list[Patient]]] = {}

    def add(self, record: Record, source: str) -> None:
        """Enter a Patient; what is none is left alone."""
        patient = record.resource
        if isinstance(patient, Patient):
            name = record.id or record.full_url
            self._seen.setdefault(name, {}).setdefault(source, []).append(patient)

    def persons(self) -> set[Person]:
        """Everybody who can be told apart."""
        found = (self._person(name, source) for name, files in self._seen.items() for source in files)
        return {person for person in found if person is not None}

    def _person(self, name: str, source: str) -> Person | None:
        files = self._seen[name]
        if name and not _differ([patient for known in files.values() for patient in known]):
            return Person(name)
        known = files[source]
        if _differ(known) or not (name or len(known) == 1):
            return None
        return Person(name, source)


def _differ(patients: list[Patient]) -> bool:
    return contradict([(patient.birthDate, patient.gender) for patient in patients])
