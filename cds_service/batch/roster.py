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
        self._names: dict[str, dict[str, set[str]]] = {}
        self._seen: dict[str, dict[str, list[Patient]]] = {}

    def add(self, record: Record, source: str) -> None:
        """Enter a Patient with its names; one without any has only the file to go by."""
        patient = record.resource
        if not isinstance(patient, Patient):
            return
        name = record.id or record.full_url
        self._seen.setdefault(name, {}).setdefault(source, []).append(patient)
        aliases = {name, f"Patient/{name}", f"urn:uuid:{name}"} if name else set()
        aliases |= {record.full_url, plain_reference(record.full_url)}
        aliases |= {f"?{entry.system or ''}|{entry.value}" for entry in patient.identifier if entry.value}
        for alias in aliases - {""}:
            self._names.setdefault(alias, {}).setdefault(source, set()).add(name)

    def person(self, name: str, source: str) -> Person | None:
        """The person a Patient of a file is; None where the name cannot tell two apart."""
        files = self._seen.get(name, {})
        if name and not _contradict([patient for known in files.values() for patient in known]):
            return Person(name)
        known = files.get(source, [])
        if not known or _contradict(known) or not (name or len(known) == 1):
            return None
        return Person(name, source)

    def find(self, subject: str, source: str) -> Person | None:
        """The person a resource of a file is about, first by the names in that file; None for a stranger.

        A name that two patients share names neither.
        """
        files = self._names.get(_asked(subject), {})
        names = files.get(source) or set[str]().union(*files.values())
        return self.person(next(iter(names)), source) if len(names) == 1 else None

    def persons(self) -> set[Person]:
        """Everybody who can be told apart."""
        found = (self.person(name, source) for name, files in self._seen.items() for source in files)
        return {person for person in found if person is not None}

    def knows(self, subject: str) -> bool:
        """Whether somebody has the name, and be it too many."""
        return _asked(subject) in self._names


def _asked(subject: str) -> str:
    identifier = conditional_identifier(subject)
    return plain_reference(subject) if identifier is None else f"?{identifier}"


def _contradict(patients: list[Patient]) -> bool:
    """Whether they cannot be one person: another date of birth or another sex."""
    return _differ([one.birthDate for one in patients]) or _differ([one.gender for one in patients])


def _differ(values: list[str | None]) -> bool:
    """Whether two values cannot both be right; 1970 and 1970-03-02 can."""
    known = sorted({value for value in values if value}, key=len)
    return any(not known[-1].startswith(value) for value in known)
