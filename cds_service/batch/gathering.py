"""What belongs to one patient, joined from all files given together.

A Bundle that is about one patient stays whole. Every other resource goes to the patient it names;
one that names nobody goes to the only patient there is, or to none.
"""

from collections import Counter, defaultdict

from msgspec import Raw, Struct

from cds_service.batch.books import Books
from cds_service.batch.bundle import bundle_of
from cds_service.batch.documents import Value
from cds_service.batch.members import DuplicateMemberError, check_members
from cds_service.batch.requests import HookRequest, read_request
from cds_service.batch.roster import Person, Roster
from cds_service.batch.shelf import Shelf
from cds_service.knowledge import Knowledge
from cds_service.reading.bundles import UNREADABLE, Contents, Entry, take_apart
from cds_service.reading.medication_resources import Medication
from cds_service.reading.records import KINDS, REFERENCE_LENGTH, read_record, subject_of
from cds_service.reading.resources import Patient
from cds_service.reading.salvage import UnreadableError
from cds_service.reading.text import clean

_PATIENT, _MEDICATION = Patient.__name__, Medication.__name__


class Share(Struct, frozen=True):
    """What one document holds of one patient, and how many entries of it should be read."""

    source: str
    raw: Raw
    held: int


class _Holding(Struct, frozen=True, gc=False):
    entry: Entry
    subject: str  # the reference by which the entry names its patient


class _Document(Struct, frozen=True):
    value: Value
    contents: Contents
    holdings: list[_Holding]
    whole: bool  # nothing was taken out of it


class Gathering:
    """Takes in all values of all files; `shares` and `requests` are complete after `join`."""

    def __init__(self, knowledge: Knowledge, books: Books) -> None:
        self.requests: list[tuple[Value, HookRequest]] = []
        self.shares: dict[Person, list[Share]] = defaultdict(list)
        self.shelf = Shelf()
        self._knowledge = knowledge
        self._books = books
        self._roster = Roster()
        self._documents: list[_Document] = []
        self._loose: list[tuple[str, Entry]] = []
        self._strangers: Counter[tuple[str, str]] = Counter()

    def add(self, value: Value) -> str:
        """Take a value in; says why when it could not, else ""."""
        request = read_request(value.raw, self._knowledge)
        if request is not None:
            self.requests.append((value, request))
            return ""
        contents = take_apart(value.raw)
        if contents.failed:
            return contents.failed
        read = [entry for entry in contents.entries if self._is_read(entry)]
        sound = [entry for entry in read if value.is_all(entry.raw) or self._is_sound(entry, value)]
        holdings = [_Holding(entry, self._subject(entry, value)) for entry in sound]
        self._documents.append(_Document(value, contents, holdings, len(sound) == len(read)))
        return ""

    def join(self) -> None:
        """Give every entry to its patient, now that all patients are known."""
        for document in self._documents:
            self._give(document)
        self._documents.clear()
        self._give_loose()
        self._enter_strangers()

    def _is_read(self, entry: Entry) -> bool:
        if entry.kind in KINDS:
            return True
        self._books.not_used[clean(entry.kind, REFERENCE_LENGTH)] += 1
        return False

    def _is_sound(self, entry: Entry, value: Value) -> bool:
        try:
            check_members(entry.raw)
        except DuplicateMemberError as error:
            self._books.fault(value.source, f"{entry.kind}: {error}", value.line)
            return False
        except UNREADABLE:
            return True  # the reader will say what is wrong with it
        return True

    def _subject(self, entry: Entry, value: Value) -> str:
        if entry.kind != _PATIENT:
            return subject_of(entry.raw)
        try:
            record = read_record(entry)
        except UnreadableError as error:
            self._books.fault(value.source, f"{error.args[1]}: {error.args[0]}", value.line)
            return subject_of(entry.raw) or entry.full_url
        self._roster.add(record, value.source)
        return record.id or record.full_url

    def _owner(self, holding: _Holding, source: str) -> Person | None:
        if holding.entry.kind == _PATIENT:
            return self._roster.person(holding.subject, source)
        return self._roster.find(holding.subject, source)

    def _give(self, document: _Document) -> None:
        source = document.value.source
        owned: dict[Person, list[Entry]] = {}
        loose: list[Entry] = []
        strangers: Counter[tuple[str, str]] = Counter()
        for holding in document.holdings:
            owner = self._owner(holding, source)
            if owner is not None:
                owned.setdefault(owner, []).append(holding.entry)
            elif _names_nobody(holding):
                loose.append(holding.entry)
            else:
                strangers[source, holding.subject] += 1
        if document.whole and len(owned) == 1 and not strangers:
            self._give_whole(document, *owned)
            return
        for owner, entries in owned.items():
            self.shares[owner].append(Share(source, bundle_of(entries), len(entries)))
        self._loose += [(source, entry) for entry in loose]
        self._strangers += strangers
        self._enter_gaps(document)

    def _give_whole(self, document: _Document, owner: Person) -> None:
        held = len(document.holdings) + len(document.contents.problems)
        self.shares[owner].append(Share(document.value.source, document.value.raw, held))

    def _enter_gaps(self, document: _Document) -> None:
        source, line, contents = document.value.source, document.value.line, document.contents
        for where, why in contents.problems:
            self._books.fault(source, f"{where}: {why}", line)
        for remark in sorted(contents.remarks):
            self._books.fault(source, remark, line)
        if contents.next_page:
            self._books.fault(source, "more pages exist; give them too", line)

    def _give_loose(self) -> None:
        """Medications go on the shelf; with one patient only, the rest is that patient's."""
        only = next(iter(self.shares)) if len(self.shares) == 1 else None
        nobodys: Counter[str] = Counter()
        for source, entry in self._loose:
            if entry.kind == _MEDICATION:
                self._shelve(source, entry)
            elif only is not None:
                self.shares[only].append(Share(source, bundle_of([entry]), 1))
            else:
                nobodys[source] += 1
        for source, count in nobodys.items():
            self._books.fault(source, f"{count} resources name no patient; they were not used")

    def _shelve(self, source: str, entry: Entry) -> None:
        try:
            self.shelf.add(read_record(entry), source)
        except UnreadableError as error:
            self._books.fault(source, f"{error.args[1]}: {error.args[0]}")

    def _enter_strangers(self) -> None:
        """One fault a stranger, with the first of the files that name it."""
        by_subject: dict[str, dict[str, int]] = defaultdict(dict)
        for (source, subject), count in self._strangers.items():
            by_subject[subject][source] = count
        for subject, files in by_subject.items():
            others = f" here and in {len(files) - 1} more files" if len(files) > 1 else ""
            # What stands behind the question mark of a conditional reference may identify somebody.
            shown = clean(subject.partition("?")[0], REFERENCE_LENGTH)
            why = (
                "two different patients are called so; these were not used"
                if self._roster.knows(subject)
                else "this Patient was not given; give its file too"
            )
            self._books.fault(min(files), f"{sum(files.values())} resources{others} of {shown}: {why}")


def _names_nobody(holding: _Holding) -> bool:
    """No reference, or one to a contained resource, which has no identity outside."""
    if holding.entry.kind == _PATIENT:
        return False
    return not holding.subject or holding.subject.startswith("#")
