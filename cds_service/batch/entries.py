"""What is seen of a unit, entered into its survey source by source."""

from collections import Counter

from cds_service.batch.books import Books
from cds_service.batch.careful import Document
from cds_service.batch.survey import LINES, Mention, PersonSeen, Survey
from cds_service.reading.glance_owners import Glance, Lines, Person
from cds_service.reading.medication_resources import Medication
from cds_service.reading.references import subject_key
from cds_service.reading.resources import Patient
from cds_service.reading.tellings import Telling

_PATIENT, _MEDICATION = Patient.__name__, Medication.__name__
_ITSELF = {_PATIENT: 1}
_NOTHING = Telling()


class Entries:
    """The survey of a unit as it grows. `lines` takes in what stands for itself, until the source ends."""

    def __init__(self) -> None:
        self.books = Books()
        self.lines = Lines()
        self._survey = Survey()
        self._source = -1
        self._held = self._stood = False

    def begin(self, label: str, *, named: bool) -> None:
        """The next source."""
        self._source = len(self._survey.labels)
        self._survey.labels.append(label)
        if named:
            self._survey.named.append(self._source)
        self._held = False

    def end(self) -> None:
        """The source ends: what stood for itself is entered."""
        if self._held:
            self._survey.held.append(self._source)
        if self._stood:
            self._enter_lines()

    def _enter_lines(self) -> None:
        seen, self.lines, self._stood = self.lines, Lines(), False
        for person in seen.persons:
            self._person(person, LINES, odd=False)
        for kind, references in seen.references.items():
            for reference, count in references.items():
                telling = seen.telling.get(reference, _NOTHING)
                self._mention(subject_key(reference), LINES, kind, count, telling)
        if seen.loose:
            self._survey.medications.append((self._source, LINES))
        self._not_used(seen.passed_over)

    def finish(self) -> Survey:
        """Everything seen."""
        survey = self._survey
        survey.faults, survey.notes = self.books.faults, self.books.notes
        survey.not_used = dict(self.books.not_used)
        return survey

    def stand(self) -> None:
        """Something that stands for itself went into `lines`."""
        self._held = self._stood = True
        self._survey.untimed = True

    def request(self, place: int) -> None:
        """A hook request."""
        self._held = True
        self._survey.requests.append((self._source, place))

    def foreign(self, line: int, exported: str) -> None:
        """No FHIR data; `exported` is what the manifest of an export says."""
        self._survey.foreign.append((self._source, line))
        if exported:
            self._survey.exported.append((self._source, exported))

    def fault(self, label: str, error: str, line: int) -> None:
        """FHIR data that cannot be used."""
        self._held = True
        self.books.fault(label, error, line)

    def bundle(self, glance: Glance, place: int) -> None:
        """A Bundle: whole where it has one Patient and nothing of anybody else."""
        self._held = True
        self._not_used(glance.passed_over)
        self._time(glance.time)
        persons = glance.persons
        if len(persons) == 1 and all(key in persons[0].keys for key in glance.seen):
            self._whole(glance, place)
            return
        for person in persons:
            self._person(person, place, odd=False)
        for subject, seen in glance.seen.items():
            for kind, count in seen.counts.items():
                self._mention(subject, place, kind, count, seen.telling)
        if glance.loose:
            self._survey.medications.append((self._source, place))

    def document(self, taken: Document, place: int, time: str) -> None:
        """A value that was taken apart with care."""
        self._held = True
        self._time(time)
        place = LINES if taken.is_resource else place
        if taken.whole_of is not None:
            counts = Counter(holding.entry.kind for holding in taken.holdings)
            whole = PersonSeen(taken.whole_of, self._source, place, odd=True, counts=counts, telling=_NOTHING)
            self._survey.persons.append(whole)
            return
        for person in taken.persons:
            self._person(person, place, odd=True)
        for subject in taken.subjects:
            for kind, count in taken.counts(subject).items():
                self._mention(subject, place, kind, count, None)
        self._loose(taken, place)

    def _whole(self, glance: Glance, place: int) -> None:
        counts, telling = dict(_ITSELF), Telling()
        for seen in glance.seen.values():
            telling.add(seen.telling)
            for kind, count in seen.counts.items():
                counts[kind] = counts.get(kind, 0) + count
        if glance.loose:
            counts[_MEDICATION] = glance.loose
        whole = PersonSeen(glance.persons[0], self._source, place, odd=False, counts=counts, telling=telling)
        self._survey.persons.append(whole)

    def _person(self, person: Person, place: int, *, odd: bool) -> None:
        """A Patient whose records are entered by themselves."""
        seen = PersonSeen(person, self._source, place, odd=odd, counts=_ITSELF, telling=_NOTHING)
        self._survey.persons.append(seen)

    def _mention(self, subject: str, place: int, kind: str, count: int, telling: Telling | None) -> None:
        """Records of somebody; without `telling` they are odd."""
        odd, telling = telling is None, telling or _NOTHING
        self._survey.mentions.append(Mention(subject, self._source, place, odd, kind, count, telling))

    def _loose(self, taken: Document, place: int) -> None:
        """Records of nobody: of a Bundle, to be given to somebody later; so are its gaps."""
        survey, source = self._survey, self._source
        if not taken.is_resource and (taken.has_gaps or taken.loose):
            survey.documents.append((source, place))
        elif taken.loose == [_MEDICATION]:
            survey.medications.append((source, place))
        elif taken.loose:
            survey.loose[source] = survey.loose.get(source, 0) + 1

    def _not_used(self, counts: dict[str, int]) -> None:
        for kind, count in counts.items():
            self.books.not_used[kind] += count

    def _time(self, time: str) -> None:
        if time:
            self._survey.made.append((self._source, time))
        else:
            self._survey.untimed = True
