"""Units of the input -> surveys: a first look at everything, a careful one where that is not enough."""

from collections import Counter
from collections.abc import Callable, Iterable

import msgspec
from msgspec import Struct

from cds_service.batch.books import Books
from cds_service.batch.careful import Document, take_document
from cds_service.batch.documents import Value, document, is_json, numbered, values_of
from cds_service.batch.numbering import Numbering
from cds_service.batch.parts import (
    BOM,
    HEAD,
    Part,
    TooLargeError,
    blocks,
    has_value_a_line,
    lines_of,
    read_plain,
    take_head,
    whole,
)
from cds_service.batch.requests import read_request
from cds_service.batch.streams import Chunks, StreamError
from cds_service.batch.survey import LINES, ODD, Mention, PersonSeen, Survey, place_of
from cds_service.knowledge import Knowledge
from cds_service.reading.bundles import UNREADABLE, time_of, type_of
from cds_service.reading.glance import QUIET, Glance, Glancer, Lines, Person
from cds_service.reading.medication_resources import Medication
from cds_service.reading.references import subject_key
from cds_service.reading.resources import Patient

_PATIENT, _MEDICATION = Patient.__name__, Medication.__name__


_ITSELF = {_PATIENT: 1}


class _Manifest(Struct):
    """Of a Bulk Data export."""

    transactionTime: str


_manifest = msgspec.json.Decoder(_Manifest)


class Surveyor:
    """Looks at the parts of one unit; `finish` gives the survey. One surveyor a unit."""

    def __init__(self, glancer: Glancer, knowledge: Knowledge) -> None:
        self._glancer = glancer
        self._knowledge = knowledge
        self._books = Books()
        self._survey = Survey()
        self._source = -1
        self._seen = Lines()
        self._held = False

    def see(self, part: Part) -> None:
        """Look at a part, whatever its form."""
        self._begin(part.label, named=part.named)
        try:
            if part.plain is not None:
                self._text(part.label, read_plain(part.plain), lines=part.lines)
            else:
                self._stream(part)
        except (StreamError, TooLargeError) as error:
            self._books.fault(part.label, str(error))
        except OSError as error:
            self._books.fault(part.label, f"cannot be read: {error.strerror}")
        self._end()

    def _stream(self, part: Part) -> None:
        head, chunks = take_head(part.chunks)
        if len(head) >= HEAD and has_value_a_line(head, is_json, promised=part.lines):
            self._lines(part.label, chunks, Numbering(None))
        else:
            self._text(part.label, whole(chunks), lines=part.lines)

    def see_lines(self, label: str, lines: Callable[[], Chunks], *, named: bool) -> None:
        """Look at some lines of a large file; they are numbered as if they were all."""
        self._begin(label, named=named)
        try:
            self._lines(label, lines(), Numbering(lines))
        except (StreamError, TooLargeError) as error:
            self._books.fault(label, str(error))
        except OSError as error:
            self._books.fault(label, f"cannot be read: {error.strerror}")
        self._end()

    def finish(self) -> Survey:
        """Everything seen."""
        survey, books = self._survey, self._books
        survey.faults, survey.notes = books.faults, books.notes
        survey.not_used = dict(books.not_used)
        return survey

    def _begin(self, label: str, *, named: bool) -> None:
        self._source = len(self._survey.labels)
        self._survey.labels.append(label)
        if named:
            self._survey.named.append(self._source)
        self._held = False

    def _end(self) -> None:
        """Enter what stood for itself, and begin anew."""
        seen, self._seen = self._seen, Lines()
        for person in seen.persons:
            self._enter_person(person, LINES, whole=False, weight=QUIET, counts=_ITSELF)
        for kind, references in seen.references.items():
            for reference, count in references.items():
                self._mention(subject_key(reference), LINES, reference in seen.telling, kind, count)
        if seen.loose:
            self._survey.medications.append((self._source, LINES))
        self._books.not_used.update(seen.passed_over)
        if self._held:
            self._survey.held.append(self._source)

    def _mention(self, subject: str, place: int, weight: int, kind: str, count: int) -> None:
        self._survey.mentions.append(Mention(subject, self._source, place, weight, kind, count))

    def _text(self, label: str, content: bytes, *, lines: bool) -> None:
        content = content.removeprefix(BOM)
        if content and not content.isspace() and _is_utf8(content):
            glance = self._glancer.bundle(content)
            if glance is not None:
                self._enter_document(glance, place_of(0, 0))
                return
            if self._glancer.resource(content, self._seen) or self._glancer.lines(content, self._seen):
                self._stand()
                return
        self._values(values_of(label, content, self._books, lines=lines))

    def _lines(self, label: str, chunks: Chunks, numbering: Numbering) -> None:
        for block in blocks(chunks):
            if _is_utf8(block) and self._glancer.lines(block, self._seen):
                self._stand()
                numbering.skip(block)
                continue
            for number, line in enumerate(lines_of(block), numbering.before(block) + 1):
                if line.strip():
                    self._values(document(label, number, line, self._books))

    def _values(self, values: Iterable[Value]) -> None:
        for place, value in numbered(values):
            self._value(value, place)

    def _value(self, value: Value, place: int) -> None:
        raw = bytes(value.raw)
        glance = self._glancer.bundle(raw)
        if glance is not None:
            self._enter_document(glance, place)
            return
        if self._glancer.resource(raw, self._seen):
            self._stand()
            return
        if read_request(value.raw, self._knowledge) is not None:
            self._held = True
            self._survey.requests.append((self._source, place))
            return
        why = self._with_care(value, place)
        if why and not type_of(value.raw):
            self._foreign(value)
        else:
            self._held = True
            if why:
                self._books.fault(value.source, why, value.line)

    def _foreign(self, value: Value) -> None:
        """No FHIR data; the manifest of an export tells when it was made."""
        self._survey.foreign.append((self._source, value.line))
        try:
            time = _manifest.decode(value.raw).transactionTime
        except UNREADABLE:
            return
        self._survey.exported.append((self._source, time))

    def _enter_document(self, glance: Glance, place: int) -> None:
        """A Bundle: whole where it has one Patient and nothing of anybody else."""
        self._held = True
        self._books.not_used.update(glance.passed_over)
        self._time(glance.time)
        persons = glance.persons
        if len(persons) == 1 and all(key in persons[0].keys for key in glance.seen):
            self._enter_whole(glance, place)
            return
        for person in persons:
            self._enter_person(person, place, whole=False, weight=QUIET, counts=_ITSELF)
        for subject, seen in glance.seen.items():
            for kind, count in seen.counts.items():
                self._mention(subject, place, seen.weight, kind, count)
        if glance.loose:
            self._survey.medications.append((self._source, place))

    def _time(self, time: str) -> None:
        if time:
            self._survey.made.append((self._source, time))
        else:
            self._survey.untimed = True

    def _enter_whole(self, glance: Glance, place: int) -> None:
        counts, weight = dict(_ITSELF), QUIET
        for seen in glance.seen.values():
            weight = max(weight, seen.weight)
            for kind, count in seen.counts.items():
                counts[kind] = counts.get(kind, 0) + count
        if glance.loose:
            counts[_MEDICATION] = glance.loose
        self._enter_person(glance.persons[0], place, whole=True, weight=weight, counts=counts)

    def _stand(self) -> None:
        """Resources that stand for themselves were seen."""
        self._held = True
        self._survey.untimed = True

    def _with_care(self, value: Value, place: int) -> str:
        """A value taken apart; says why it could not be, else ""."""
        taken = take_document(value, self._books)
        if isinstance(taken, str):
            return taken
        self._time("" if taken.is_resource else time_of(value.raw))
        if taken.is_resource:
            place = LINES
        if taken.whole_of is not None:
            counts = Counter(holding.entry.kind for holding in taken.holdings)
            self._enter_person(taken.whole_of, place, whole=True, weight=ODD, counts=counts)
            return ""
        for person in taken.persons:
            self._enter_person(person, place, whole=False, weight=ODD, counts=_ITSELF)
        for subject in taken.subjects:
            for kind, count in taken.counts(subject).items():
                self._mention(subject, place, ODD, kind, count)
        self._enter_loose(taken, place)
        return ""

    def _enter_loose(self, taken: Document, place: int) -> None:
        """Records of nobody: of a Bundle, to be given to somebody later; so are its gaps."""
        survey, source = self._survey, self._source
        if not taken.is_resource and (taken.has_gaps or taken.loose):
            survey.documents.append((source, place))
        elif taken.loose == [_MEDICATION]:
            survey.medications.append((source, place))
        elif taken.loose:
            survey.loose[source] = survey.loose.get(source, 0) + 1

    def _enter_person(
        self, person: Person, place: int, *, whole: bool, weight: int, counts: dict[str, int]
    ) -> None:
        self._survey.persons.append(PersonSeen(person, self._source, place, whole, weight, counts))


def _is_utf8(content: bytes) -> bool:
    """Whether the text is UTF-8, which the reader does not look at in what it skips."""
    if content.isascii():
        return True
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
