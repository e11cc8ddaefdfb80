"""What belongs to one patient, joined from all files given together.

A Bundle that is about one patient stays whole. Every other resource goes to the patient it names;
a resource that names nobody goes to the only patient there is, or to none.
"""

from collections import defaultdict
from collections.abc import Iterator

import msgspec
from msgspec import Raw, Struct

from cds_service.batch.books import Books
from cds_service.batch.documents import Value
from cds_service.batch.members import DuplicateMemberError, check_members
from cds_service.batch.requests import HookRequest, read_request
from cds_service.batch.roster import Person, Roster
from cds_service.batch.shelf import Shelf
from cds_service.knowledge import Knowledge
from cds_service.reading.bundles import UNREADABLE, Contents, Entry, take_apart
from cds_service.reading.records import KINDS, read_record, subject_of
from cds_service.reading.resources import Patient
from cds_service.reading.salvage import UnreadableError

_PATIENT = Patient.__name__


class Share(Struct, frozen=True):
    """What one document holds of one patient: a Bundle or a resource, and how many entries of use."""

    source: str
    raw: Raw
    held: int


class Holding(Struct, frozen=True):
    """An entry of use and the reference it names its patient by."""

    entry: Entry
    subject: str


class Document(Struct, frozen=True):
    """One value of a file taken apart."""

    value: Value
    contents: Contents
    holdings: list[Holding]


class Stranger(Struct, frozen=True, order=True):
    """Somebody whom resources are about, and whose Patient was not given."""

    subject: str
    source: str


class Gathering:
    """All values of all files; `shares` and `requests` are complete after `join`."""

    def __init__(self, knowledge: Knowledge, books: Books) -> None:
        self.requests: list[tuple[Value, HookRequest]] = []
        self.shares: dict[Person, list[Share]] = defaultdict(list)
        self.shelf = Shelf()
        self.roster = Roster()
        self._knowledge = knowledge
        self._books = books
        self._documents: list[Document] = []
        self._strangers: dict[Stranger, int] = defaultdict(int)
        self._nobody: dict[str, int] = defaultdict(int)

    def add(self, value: Value) -> bool:
        """Take a value in; False when it holds no FHIR data."""
        request = read_request(value.raw, self._knowledge)
        if request is not None:
            self.requests.append((value, request))
            return True
        contents = take_apart(value.raw)
        if contents.failed and not contents.entries:
            return False
        used = [entry for entry in contents.entries if self._is_used(entry, value)]
        holdings = [Holding(entry, self._subject(entry, value.source)) for entry in used]
        self._documents.append(Document(value, contents, holdings))
        return True

    def _is_used(self, entry: Entry, value: Value) -> bool:
        if entry.kind not in KINDS:
            self._books.not_used[entry.kind] += 1
            return False
        if entry.raw is value.raw:  # checked when the file was read
            return True
        try:
            check_members(entry.raw)
        except DuplicateMemberError as error:
            self._books.fault(value.source, f"{entry.kind}: {error}", value.line)
            return False
        except UNREADABLE:
            return True  # the reader says what is wrong with it
        return True

    def _subject(self, entry: Entry, source: str) -> str:
        if entry.kind != _PATIENT:
            return subject_of(entry.raw)
        try:
            record = read_record(entry)
        except UnreadableError:
            return subject_of(entry.raw) or entry.full_url
        self.roster.add(record, source)
        return record.id or record.full_url

    def join(self) -> None:
        """Give every entry to its patient, now that all patients are known."""
        for document in self._documents:
            self._give(document)
        self._documents.clear()
        self._enter_leftovers()
