"""What a worker does: look at a unit, bring records from it, review the patients of a partition."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime
from pathlib import Path

from msgspec import Raw, Struct

from cds_service.batch.books import Books, Fault
from cds_service.batch.collector import Collector
from cds_service.batch.errand import Brought, Errand
from cds_service.batch.numbering import count_lines
from cds_service.batch.parts import is_plain, parts_of
from cds_service.batch.pieces import is_large
from cds_service.batch.reviews import Reviewer
from cds_service.batch.shares import Slice, read_slices
from cds_service.batch.shelf import choose
from cds_service.batch.survey import Survey
from cds_service.batch.surveyor import Surveyor
from cds_service.batch.units import Unit
from cds_service.knowledge import Knowledge
from cds_service.reading.bundles import Entry
from cds_service.reading.glance import Glancer
from cds_service.reading.medication_resources import Medication
from cds_service.reading.records import Record, read_record
from cds_service.reading.references import plain_reference


class SurveyTask(Struct, frozen=True):
    """Look at a unit, or only count its lines."""

    unit: Unit
    only_lines: bool = False


class ErrandTask(Struct, frozen=True):
    """Bring records from a unit, and review its hook requests."""

    unit: Unit
    errand: Errand
    now: datetime


class ReviewTask(Struct, frozen=True):
    """Review patients, by their numbers, whose records are in some slices of one partition."""

    slices: list[Slice]
    names: dict[int, str]
    now: datetime


class Reviewed(Struct, array_like=True):
    """Rows by the number of the patient, the patients who have none, and why."""

    rows: list[tuple[int, bytes]]
    failed: list[int]
    faults: list[Fault]
    bugs: int


Task = SurveyTask | ErrandTask | ReviewTask
Result = Survey | Brought | Reviewed


class Worker:
    """Does tasks with one knowledge; `shelf` is the database where shared Medications are found."""

    def __init__(self, knowledge: Knowledge, shelf: Path, *, debug: bool) -> None:
        self._knowledge = knowledge
        self._glancer = Glancer(knowledge.vocabulary)
        self._shelf = shelf
        self._debug = debug

    def do(self, task: Task) -> Result:
        """Any task."""
        if isinstance(task, SurveyTask):
            return self.survey(task)
        return self.collect(task) if isinstance(task, ErrandTask) else self.review(task)

    def survey(self, task: SurveyTask) -> Survey:
        """What a unit holds."""
        unit, surveyor, books = task.unit, Surveyor(self._glancer, self._knowledge), Books()
        if task.only_lines:
            return Survey(lines=count_lines(unit.lines()))
        if unit.end:
            surveyor.see_lines(unit.files[0].label, unit.lines, named=unit.files[0].named)
        else:
            for file in unit.files:
                if is_plain(file):
                    surveyor.see_file(file)
                    continue
                for part in parts_of(file, books):
                    surveyor.see(part)
        survey = surveyor.finish()
        survey.faults += books.faults
        survey.notes += books.notes
        return survey

    def collect(self, task: ErrandTask) -> Brought:
        """What an errand brings."""
        books = Books()
        reviewer = Reviewer(task.now, self._knowledge, books, debug=self._debug)
        collector = Collector(task.errand, reviewer.request, books)
        unit = task.unit
        if unit.end:
            collector.take_lines(unit.files[0].label, unit.lines())
        else:
            for file in unit.files:
                if is_large(file) and collector.take_large(file):
                    continue
                for part in parts_of(file, Books()):  # what is wrong with the file was told
                    collector.take(part)
        brought = collector.finish()
        brought.bugs = reviewer.bugs
        return brought

    def review(self, task: ReviewTask) -> Reviewed:
        """The rows of the patients of a partition."""
        books = Books()
        reviewer = Reviewer(task.now, self._knowledge, books, debug=self._debug)
        shares = [share for share in read_slices(task.slices) if share.number in task.names]
        with closing(sqlite3.connect(f"file:{self._shelf}?mode=ro", uri=True)) as database:
            rows = list(reviewer.patients(shares, task.names, _Stored(database).find))
        failed = {share.number for share in shares} - {number for number, _ in rows}
        return Reviewed(rows, sorted(failed), books.faults, reviewer.bugs)


class _Stored:
    """The shelf of shared Medications, on disk."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def find(self, reference: str, sources: Iterable[str]) -> list[Record]:
        """The Medications a reference means to records of the files given."""
        return choose(self._by_file(reference) or self._by_file(plain_reference(reference)), sources)

    def _by_file(self, reference: str) -> dict[str, list[Record]]:
        found: dict[str, list[Record]] = {}
        rows = self._database.execute(
            "SELECT source, full_url, raw FROM shelf WHERE reference = ? ORDER BY rowid", (reference,)
        )
        for source, full_url, raw in rows:
            entry = Entry(Medication.__name__, Raw(raw), full_url)
            found.setdefault(source, []).append(read_record(entry))
        return found
