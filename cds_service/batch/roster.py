"""Who is who: every name a patient has in the files given together."""

from msgspec import Struct

from cds_service.reading.records import Record
from cds_service.reading.references import conditional_identifier, plain_reference
from cds_service.reading.resources import Patient


class Person(Struct, frozen=True, order=True):
    """A patient to review. `within` is a file where another file has somebody else of that name."""

    name: str
    within: str = ""


class Roster:
    """The patients of all files, filled first and asked afterwards."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._identifiers: dict[str, str] = {}
        self._seen: dict[str, dict[str, list[Patient]]] = {}

    def add(self, record: Record, source: str) -> None:
        """Enter a Patient with its names; one without any has only the file to go by."""
        patient = record.resource
        if not isinstance(patient, Patient):
            return
        name = record.id or record.full_url
        for alias in (name, f"Patient/{name}", f"urn:uuid:{name}"):
            self._names.setdefault(alias, name)
        for alias in {record.full_url, plain_reference(record.full_url)} - {""}:
            self._names.setdefault(alias, name)
        for identifier in patient.identifier:
            if identifier.value:
                self._identifiers.setdefault(f"{identifier.system or ''}|{identifier.value}", name)
        self._seen.setdefault(name, {}).setdefault(source, []).append(patient)

    def person(self, name: str, source: str) -> Person | None:
        """The person a Patient of a file is; None where the name cannot tell two apart."""
        files = self._seen.get(name, {})
        if name and not _contradict([patient for known in files.values() for patient in known]):
            return Person(name)
        if source not in files or _contradict(files[source]):
            return None
        return Person(name, source)

    def find(self, subject: str, source: str) -> Person | None:
        """The person a resource of a file is about; None for a stranger."""
        identifier = conditional_identifier(subject)
        if identifier is not None:
            name = self._identifiers.get(identifier)
        else:
            name = self._names.get(subject) or self._names.get(plain_reference(subject))
        return self.person(name, source) if name else None

    def is_shared(self, subject: str) -> bool:
        """Whether several patients have the name, so that it names none of them."""
        return subject in self._names or plain_reference(subject) in self._names

    def __len__(self) -> int:
        return len(self._seen)


def _contradict(patients: list[Patient]) -> bool:
    """Whether they cannot be one person: another date of birth or another sex."""
    return _differ([one.birthDate for one in patients]) or _differ([one.gender for one in patients])


def _differ(values: list[str | None]) -> bool:
    known = sorted({value for value in values if value}, key=len)
    return any(not known[-1].startswith(value) for value in known)
