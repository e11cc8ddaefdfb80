"""A careful look at one value, entry by entry, where a first look was not enough."""

from collections import Counter

from msgspec import Struct

from cds_service.batch.books import Books
from cds_service.batch.bundle import name_withheld
from cds_service.batch.documents import Value
from cds_service.batch.members import DuplicateMemberError, check_members
from cds_service.reading.bundles import UNREADABLE, Contents, Entry, take_apart
from cds_service.reading.glance_owners import Person
from cds_service.reading.patient import is_deceased
from cds_service.reading.records import KINDS, REFERENCE_LENGTH, read_record, subject_of
from cds_service.reading.references import plain_id, subject_key
from cds_service.reading.resources import Patient
from cds_service.reading.salvage import UnreadableError
from cds_service.reading.text import clean

_PATIENT = Patient.__name__


class Holding(Struct, frozen=True, gc=False):
    """An entry of a document and the patient it names: a key, "" where it names nobody.

    One that is not `sound` has a member twice. Nothing of it is read, but its patient is to hear of it.
    """

    entry: Entry
    subject: str
    sound: bool


class Document(Struct, frozen=True):
    """A value taken apart: what is read of it, with owners, and what is not.

    `complete` tells that nothing of it has a member twice.
    """

    value: Value
    contents: Contents
    holdings: list[Holding]
    persons: list[Person]
    complete: bool

    @property
    def is_resource(self) -> bool:
        """Whether the value is one resource, and no Bundle."""
        entries = self.contents.entries
        return len(entries) == 1 and self.value.is_all(entries[0].raw)

    @property
    def has_gaps(self) -> bool:
        """Whether something of it is missing or unreadable as a whole."""
        return bool(self.contents.problems or self.contents.remarks or self.contents.next_page)

    @property
    def subjects(self) -> list[str]:
        """The patients its entries name, Patients apart."""
        named = {holding.subject for holding in self.holdings if holding.entry.kind != _PATIENT}
        return sorted(named - {""})

    @property
    def loose(self) -> list[str]:
        """The types of the entries that name nobody."""
        return [one.entry.kind for one in self.holdings if one.entry.kind != _PATIENT and not one.subject]

    @property
    def whole_of(self) -> Person | None:
        """The Patient whose document it is: the only one, with nothing of anybody else."""
        if self.is_resource or len(self.persons) != 1:
            return None
        person = self.persons[0]
        return person if person.keys.issuperset(self.subjects) else None

    def counts(self, subject: str) -> dict[str, int]:
        """The types of the entries that name a patient."""
        return Counter(
            one.entry.kind for one in self.holdings if one.subject == subject and one.entry.kind != _PATIENT
        )


def take_document(value: Value, books: Books) -> Document | str:
    """A value that is no hook request, taken apart; else why it could not be.

    Entries with a member twice, and Patients that cannot be read, are entered in `books`.
    """
    contents = take_apart(value.raw)
    if contents.failed:
        return contents.failed
    read = [entry for entry in contents.entries if _is_read(entry, books)]
    sound = [value.is_all(entry.raw) or _is_sound(entry, value, books) for entry in read]
    persons: list[Person] = []
    holdings = [
        Holding(entry, _subject(entry, value, persons, books), is_sound)
        for entry, is_sound in zip(read, sound, strict=True)
        if is_sound or entry.kind != _PATIENT  # nobody knows who such a Patient is
    ]
    return Document(value, contents, holdings, persons, all(sound))


def _is_read(entry: Entry, books: Books) -> bool:
    if entry.kind in KINDS:
        return True
    books.not_used[clean(entry.kind, REFERENCE_LENGTH)] += 1
    return False


def _is_sound(entry: Entry, value: Value, books: Books) -> bool:
    try:
        check_members(entry.raw)
    except DuplicateMemberError as error:
        books.fault(value.source, f"{name_withheld(entry)}: {error}", value.line)
        return False
    except UNREADABLE:
        return True  # the reader will say what is wrong with it
    return True


def _subject(entry: Entry, value: Value, persons: list[Person], books: Books) -> str:
    if entry.kind != _PATIENT:
        subject = subject_of(entry.raw)
        return "" if subject.startswith("#") else subject_key(subject)
    persons.append(_person(entry, value, books))
    return persons[-1].name


def _person(entry: Entry, value: Value, books: Books) -> Person:
    """Who a Patient is; of one that cannot be read the name alone, so that its records find it."""
    try:
        record = read_record(entry)
    except UnreadableError as error:
        books.fault(value.source, f"{error.args[1]}: {error.args[0]}", value.line)
        name = plain_id(subject_of(entry.raw), _PATIENT) or entry.full_url
        return Person(name, entry.full_url, [], None, None, deceased=False)
    patient = record.resource
    assert isinstance(patient, Patient)
    return Person(
        name=record.id or record.full_url,
        full_url=record.full_url,
        identifiers=[f"{one.system or ''}|{one.value}" for one in patient.identifier if one.value],
        born=patient.birthDate,
        gender=patient.gender,
        deceased=is_deceased(patient),
    )
