"""A population from its files to its rows: look at everything, settle who can be, read the others in full."""

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import cast

from msgspec import Struct

from cds_service import __version__
from cds_service.batch import findings
from cds_service.batch.books import Books, Fault
from cds_service.batch.crew import Crew, Hire
from cds_service.batch.errand import Brought
from cds_service.batch.errands import Errands
from cds_service.batch.files import SourceFile
from cds_service.batch.moment import find_moment
from cds_service.batch.progress import Progress
from cds_service.batch.row import Row
from cds_service.batch.settle import settle
from cds_service.batch.stdin import keep_stdin
from cds_service.batch.stopping import Stop, stopping
from cds_service.batch.survey import Survey
from cds_service.batch.tasks import ErrandTask, Reviewed, ReviewTask, SurveyTask, Task, Worker
from cds_service.batch.units import Unit, plan
from cds_service.batch.verdicts import Verdicts
from cds_service.batch.whoiswho import tell_apart
from cds_service.batch.workers import Hands, Here, Lost, Outcome
from cds_service.batch.workfolder import WorkFolder
from cds_service.batch.workspace import BEFORE, NoRoomError, Workspace
from cds_service.knowledge import Knowledge

_NOT_FOUND = "their records were not found again; did the input change?"
_SMALL = 1 << 24  # bytes that are not worth a second process


class Options(Struct, frozen=True, kw_only=True):
    """How to run.

    `as_of` None lets the export say; `started` is now. `jobs` are processes, 0 one for each core. `rules`
    names everything the reviews depend on besides the input. `hire` brings who does the work, else processes
    of this machine do.
    """

    as_of: datetime | None
    started: datetime
    rules: str
    jobs: int = 0
    debug: bool = False
    hire: Hire | None = None


class Population:
    """A run that is complete: rows, and what was not used."""

    def __init__(self, space: Workspace, as_of: datetime, chosen: str, stop: Stop, *, bugs: bool) -> None:
        self.as_of = as_of
        self.chosen = chosen
        self.bugs = bugs
        self._space = space
        self._stop = stop

    def rows(self) -> Iterator[Row]:
        """A row for every patient in order of their names, then for every hook request.

        Raises `StoppedError` when the run is told to stop.
        """
        for row in findings.rows(self._space):
            self._stop.check()
            yield row

    def faults(self) -> Iterator[Fault]:
        """Everything that could not be read or used, in no order."""
        return findings.faults(self._space)

    def notes(self) -> list[str]:
        """What was noticed and does no harm."""
        return findings.notes(self._space)

    def not_used(self) -> dict[str, int]:
        """Resources of types that are of no use, by type."""
        return findings.not_used(self._space)


class _Run:
    """The stages in their order; each leaves what it found in the workspace."""

    def __init__(
        self,
        files: list[SourceFile],
        knowledge: Knowledge,
        books: Books,
        options: Options,
        folder: WorkFolder,
        stop: Stop,
    ) -> None:
        self.bugs = 0
        self._options = options
        self._knowledge = knowledge
        self._folder = folder.path
        self._stop = stop
        self._units = plan(files, books)
        database = folder.path / "work.sqlite"
        worker = Worker(knowledge, database, debug=options.debug)
        processes = _processes(options.jobs, self._units)
        if options.hire is not None:
            self._crew: Crew = options.hire(database)
        elif processes > 1:
            self._crew = Hands(worker, processes, debug=options.debug)
        else:
            self._crew = Here(worker, debug=options.debug)
        # After the processes, which must not have it.
        self.space = Workspace(database, durable=folder.lasting)
        self._started = self.space.begin(_identity(files, options), options.started)
        self.space.enter_faults(BEFORE, books.faults)
        self.space.insert("note", [(BEFORE, text) for text in books.notes])

    def survey(self, progress: Progress) -> None:
        """Look at every unit."""
        known = self.space.known_units()
        units = [unit for unit in self._units if unit.number not in known]
        progress.begin("Looking through", sum(unit.size for unit in units), "bytes")
        for task, outcome in self._do(map(SurveyTask, units)):
            unit = cast("SurveyTask", task).unit
            if isinstance(outcome, Survey):
                self.space.enter(unit, outcome)
            else:
                self._lose(unit, f"was not looked at: {cast('Lost', outcome).reason}")
            progress.advance(unit.size)

    def settle(self) -> tuple[datetime, str]:
        """Find the moment, tell the patients apart, and settle those who need not be read."""
        moment = find_moment(self.space, self._options.as_of, self._started)
        tell_apart(self.space)
        settle(self.space, Verdicts(moment[0], self._knowledge))
        return moment

    def read(self, now: datetime, progress: Progress) -> None:
        """Bring the records of the others together, and review these."""
        errands = Errands(self.space, self._units, self._folder, now)
        units = errands.units()
        progress.begin("Bringing records", sum(unit.size for unit in units), "bytes")
        for task, outcome in self._do(map(errands.task, units)):
            unit = cast("ErrandTask", task).unit
            if isinstance(outcome, Brought):
                self.bugs += outcome.bugs
                errands.enter(unit, outcome)
            else:
                count = errands.fail(cast("ErrandTask", task))
                why = cast("Lost", outcome).reason
                self._lose(unit, f"was not read again, so that {count} patients were not reviewed: {why}")
            progress.advance(unit.size)
        self.space.commit()  # for the processes that look for Medications
        progress.begin("Reviewing", errands.missed(), "patients")
        for task, outcome in self._do(errands.reviews()):
            if isinstance(outcome, Reviewed):
                self.bugs += outcome.bugs
                self.space.insert("reviewed", outcome.rows)
                self.space.enter_faults(BEFORE, outcome.faults)
                errands.give_up(outcome.failed)
                self.space.commit_when_due()
            else:
                count = errands.fail(cast("ReviewTask", task))
                self._fault("", f"{count} patients were not reviewed: {cast('Lost', outcome).reason}")
            progress.advance(len(cast("ReviewTask", task).names))
        if missed := errands.missed():
            self._fault("", f"{missed} patients were not reviewed: {_NOT_FOUND}")

    def number_lines(self) -> None:
        """Count the lines before those that are named by their number, where a file was shared out."""
        for task, outcome in self._do(
            SurveyTask(self._units[unit], only_lines=True) for unit in self.space.uncounted()
        ):
            lines = outcome.lines if isinstance(outcome, Survey) else 0
            self.space.count_lines(cast("SurveyTask", task).unit.number, lines)

    def finish(self) -> None:
        """Nothing more will be asked."""
        self._crew.close()
        self.space.close()

    def _do(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Outcome]]:
        """Tasks with what came of them; told to stop, those at hand are finished and kept."""
        for task, outcome in self._crew.run(self._stop.until(tasks)):
            self.bugs += isinstance(outcome, Lost) and outcome.bug
            yield task, outcome
        self._stop.check()

    def _lose(self, unit: Unit, why: str) -> None:
        for file in unit.files:
            self._fault(file.label, why)

    def _fault(self, source: str, error: str) -> None:
        self.space.enter_faults(BEFORE, [Fault(source, 0, error)])


def _processes(jobs: int, units: list[Unit]) -> int:
    """How many processes are worth it."""
    small = sum(unit.size for unit in units) < _SMALL
    return 1 if small else min(jobs or len(os.sched_getaffinity(0)), len(units))


def _identity(files: list[SourceFile], options: Options) -> dict[str, str]:
    """What a run that goes on must have in common with the one that began."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.label}\0{file.size}\0{file.changed}\n".encode(errors="surrogateescape"))
    # Another version may share out the input otherwise.
    made_by = {"leg-cds": __version__, "rules": options.rules}
    return {"input": digest.hexdigest(), **made_by, "--as-of": str(options.as_of or "")}


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise NoRoomError(str(error)) from error


@contextmanager
def review_population(
    files: list[SourceFile],
    knowledge: Knowledge,
    books: Books,
    options: Options,
    progress: Progress,
    folder: WorkFolder,
) -> Iterator[Population]:
    """All patients in the files, reviewed; `books` holds what was noticed about the files so far.

    Raises `StoppedError` when told to stop, and `ChangedError` when what is in the folder belongs to
    another input or other rules.
    """
    files = [keep_stdin(file, folder.path) if file.is_stdin else file for file in files]
    with stopping() as stop, _room():
        run = _Run(files, knowledge, books, options, folder, stop)
        try:
            run.survey(progress)
            now, chosen = run.settle()
            run.read(now, progress)
            run.number_lines()
            yield Population(run.space, now, chosen, stop, bugs=run.bugs > 0)
        finally:
            run.finish()
