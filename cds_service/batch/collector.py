"""Errands: a unit is walked once more, and only what is wanted is taken along."""

from collections.abc import Callable, Iterable
from pathlib import Path

from msgspec import Raw

from cds_service.batch.books import Books
from cds_service.batch.bounds import HEAD
from cds_service.batch.bundle import bundle_of, withheld
from cds_service.batch.careful import Document, Holding, take_document
from cds_service.batch.documents import Value, document, is_json, numbered, values_of
from cds_service.batch.errand import Answered, Brought, Errand, Shelved, Source
from cds_service.batch.files import SourceFile
from cds_service.batch.large import bring_large
from cds_service.batch.parts import (
    Part,
    TooLargeError,
    blocks,
    has_value_a_line,
    lines_of,
    take_head,
    whole,
)
from cds_service.batch.shares import Share, ShareWriter
from cds_service.batch.shelf import references_of
from cds_service.batch.streams import Chunks, StreamError
from cds_service.reading.bundles import Entry
from cds_service.reading.medication_resources import Medication
from cds_service.reading.records import KINDS, read_record, subjects_of_lines
from cds_service.reading.resources import Patient
from cds_service.reading.salvage import UnreadableError

_PATIENT, _MEDICATION = Patient.__name__, Medication.__name__
_NOTHING = Source()
Answer = Callable[[Value], Answered | None]
"""Reviews a hook request; None where it holds no patient."""


class Collector:
    """Runs one errand through the parts of its unit, in the order in which they were surveyed."""

    def __init__(self, errand: Errand, answer: Answer, books: Books) -> None:
        self._errand = errand
        self._answer = answer
        self._books = books
        self._writer = ShareWriter(Path(errand.file), errand.partitions)
        self._brought = Brought()
        self._index = -1
        self._label = ""
        self._source = _NOTHING

    def take(self, part: Part) -> None:
        """Take what is wanted from a part."""
        if not self._begin(part.label):
            return
        try:
            head, chunks = take_head(part.chunks)
            if len(head) >= HEAD and has_value_a_line(head, is_json, promised=part.lines):
                self._lines(chunks)
            else:
                self._values(values_of(part.label, whole(chunks), self._books, lines=part.lines))
        except (StreamError, TooLargeError):
            return  # told when it was surveyed
        except OSError as error:
            self._books.fault(part.label, f"cannot be read again: {error.strerror}")

    def take_large(self, file: SourceFile) -> bool:
        """Take what is wanted from a large Bundle; False where that has to be done as for any other part."""
        source = self._errand.sources.get(self._index + 1, _NOTHING)
        try:
            done = bring_large(file, source, self._writer)
        except OSError:
            return False  # which will be told
        self._index += done
        return done

    def take_lines(self, label: str, chunks: Chunks) -> None:
        """Take what is wanted from some lines of a large file."""
        if not self._begin(label):
            return
        try:
            self._lines(chunks)
        except TooLargeError:
            return
        except OSError as error:
            self._books.fault(label, f"cannot be read again: {error.strerror}")

    def finish(self) -> Brought:
        """What came of it."""
        self._writer.flush()
        self._brought.slices = self._writer.slices
        self._brought.faults = self._books.faults
        return self._brought

    def _begin(self, label: str) -> bool:
        self._index += 1
        self._label = label
        self._source = self._errand.sources.get(self._index, _NOTHING)
        return self._source is not _NOTHING

    def _lines(self, chunks: Chunks) -> None:
        owners, wanted = self._source.owners, self._source.wanted
        ours = {subject for subject, number in owners.items() if number in wanted}
        before = 0
        for block in blocks(chunks):
            lines = lines_of(block)
            filled = [(number, line) for number, line in enumerate(lines, before + 1) if line.strip()]
            before += len(lines)
            subjects = subjects_of_lines(block)
            if subjects is None or len(subjects) != len(filled):
                for number, line in filled:
                    self._values(document(self._label, number, line, self._books))
                continue
            for (number, line), (kind, subject) in zip(filled, subjects, strict=True):
                if subject in ours or (not subject and self._is_loose(kind)):
                    for value in document(self._label, number, line, self._books):
                        self._hold(kind, subject, value.raw)

    def _is_loose(self, kind: str) -> bool:
        """Whether a record of nobody is wanted."""
        return kind != _PATIENT and (kind == _MEDICATION or self._errand.only is not None)

    def _values(self, values: Iterable[Value]) -> None:
        for place, value in numbered(values):
            if place in self._source.requests:
                answered = self._answer(value)
                if answered is not None:
                    self._brought.answered.append(answered)
            elif place in self._source.places:
                self._document(place, value)
            elif self._source.lines:
                self._record(value)

    def _record(self, value: Value) -> None:
        """A resource that stands for itself: a line, or a file."""
        for kind, subject in subjects_of_lines(bytes(value.raw)) or ():
            self._hold(kind, subject, value.raw)

    def _hold(self, kind: str, subject: str, raw: Raw) -> None:
        number = self._source.owners.get(subject)
        if number in self._source.wanted:
            self._share(number, raw, 1)
        elif not subject and kind == _MEDICATION:
            self._shelve(Entry(kind, raw))
        elif not subject and kind in KINDS and self._errand.only is not None:
            self._share(self._errand.only, raw, 1)

    def _document(self, place: int, value: Value) -> None:
        """A Bundle goes whole to its patient; one of several is taken apart, and its gaps are told."""
        books = Books()
        taken = take_document(value, books)
        if place not in self._source.told:
            self._books.faults += books.faults
        if isinstance(taken, str):
            return
        owned = self._owned(taken)
        if taken.complete and len(owned) == 1 and None not in owned:
            self._share(next(iter(owned)), value.raw, len(taken.holdings) + len(taken.contents.problems))
            return
        for number, holdings in owned.items():
            entries = (one.entry if one.sound else withheld(one.entry) for one in holdings)
            self._share(number, bundle_of(entries), len(holdings))
        if taken.whole_of is None:
            self._give_loose(taken)
        self._tell_gaps(taken)

    def _owned(self, taken: Document) -> dict[int | None, list[Holding]]:
        """Holdings by the patient they mean, None for a stranger; those of nobody are left out."""
        owners = self._source.owners
        if taken.whole_of is not None:
            return {owners.get(taken.whole_of.name): taken.holdings}
        owned: dict[int | None, list[Holding]] = {}
        for holding in taken.holdings:
            if holding.subject or holding.entry.kind == _PATIENT:
                owned.setdefault(owners.get(holding.subject), []).append(holding)
        return owned

    def _give_loose(self, taken: Document) -> None:
        for holding in taken.holdings:
            entry = holding.entry
            if holding.subject or entry.kind == _PATIENT or not holding.sound:
                continue
            if entry.kind == _MEDICATION:
                self._shelve(entry)
            elif self._errand.only is not None:
                self._share(self._errand.only, bundle_of([entry]), 1)
            else:
                self._brought.loose[self._label] = self._brought.loose.get(self._label, 0) + 1

    def _tell_gaps(self, taken: Document) -> None:
        line, contents = taken.value.line, taken.contents
        for where, why in contents.problems:
            self._books.fault(self._label, f"{where}: {why}", line)
        for remark in sorted(contents.remarks):
            self._books.fault(self._label, remark, line)
        if contents.next_page:
            self._books.fault(self._label, "more pages exist; give them too", line)

    def _share(self, number: int | None, raw: Raw, held: int) -> None:
        if number is not None and (number in self._source.wanted or number == self._errand.only):
            self._writer.add(Share(number, self._label, held, bytes(raw)))

    def _shelve(self, entry: Entry) -> None:
        try:
            record = read_record(entry)
        except UnreadableError as error:
            self._books.fault(self._label, f"{error.args[1]}: {error.args[0]}")
            return
        for reference in references_of(record):
            self._brought.shelved.append(Shelved(reference, self._label, record.full_url, bytes(record.raw)))
