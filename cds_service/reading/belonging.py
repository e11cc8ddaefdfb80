"""Whose resource it is."""

from collections import Counter
from collections.abc import Collection, Iterable
from itertools import compress, repeat
from operator import attrgetter, eq

from cds_service.reading.records import Record
from cds_service.reading.references import conditional_identifier, plain_id, plain_reference
from cds_service.reading.resources import Patient

_PATIENT = Patient.__name__
_kind, _subject = attrgetter("kind"), attrgetter("subject")


class Belonging:
    """Tells this patient's records from others', by every name the patient has in the pool."""

    def __init__(self, patient_id: str, records: Collection[Record]) -> None:
        self._id = patient_id
        self._names = {patient_id, f"Patient/{patient_id}", f"urn:uuid:{patient_id}"}
        self._identifiers: set[str] = set()
        self._seen: dict[str, bool] = {"": True}
        patients = list(compress(records, map(eq, map(_kind, records), repeat(_PATIENT))))
        self._other_patients = [record for record in patients if not self._is_patient(record)]
        for record in patients:
            if self._is_patient(record) and isinstance(record.resource, Patient):
                self._names |= {record.full_url, plain_reference(record.full_url)} - {""}
                self._identifiers |= _identifiers(record.resource)

    def select(self, records: Collection[Record]) -> list[Record]:
        """The records that this patient holds, of those this was made with; nearly always all of them."""
        strangers = {subject for subject in set(map(_subject, records)) if not self._knows(subject)}
        if not strangers and not self._other_patients:
            return list(records)
        return [
            record
            for record in records
            if (self._is_patient(record) if record.kind == _PATIENT else record.subject not in strangers)
        ]

    def holds(self, record: Record) -> bool:
        """Whether the record is this patient's, or is about nobody in particular."""
        if record.kind == _PATIENT:
            return self._is_patient(record)
        return self._knows(record.subject)

    def _knows(self, subject: str) -> bool:
        known = self._seen.get(subject)
        if known is None:
            known = self._seen[subject] = self._names_patient(subject)
        return known

    def _is_patient(self, record: Record) -> bool:
        """A Patient without an id is the patient in context, unless that one is known by a fullUrl."""
        if record.id:
            return record.id == self._id
        return record.full_url == self._id or not self._id.startswith("urn:")

    def _names_patient(self, subject: str) -> bool:
        if subject.startswith("#"):  # contained: it has no identity outside this resource
            return True
        identifier = conditional_identifier(subject)
        if identifier is not None:
            return not self._identifiers or identifier in self._identifiers
        return subject in self._names or plain_reference(subject) in self._names


def choose_patient(records: Iterable[Record]) -> str:
    """The id, else the fullUrl, of the Patient most records are about.

    Without a Patient, the one most records name; "" when none names any.
    """
    patients: dict[str, str] = {}
    about: Counter[str] = Counter()
    for record in records:
        if isinstance(record.resource, Patient):
            name = record.id or record.full_url
            patients |= {f"Patient/{name}": name, f"urn:uuid:{name}": name, record.full_url: name}
        elif record.subject:
            about[plain_reference(record.subject)] += 1
    counts = Counter(dict.fromkeys(patients.values(), 0))
    for subject, count in about.items():
        if subject in patients:
            counts[patients[subject]] += count
    if not counts:
        counts = Counter({plain_id(subject, "Patient"): count for subject, count in about.items()})
    return min(counts, key=lambda name: (-counts[name], name), default="")


def _identifiers(patient: Patient) -> set[str]:
    return {f"{entry.system or ''}|{entry.value}" for entry in patient.identifier if entry.value}
