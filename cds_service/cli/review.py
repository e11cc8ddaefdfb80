"""`leg-cds review`: cards for patients whose FHIR data are in files."""

import errno
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, NamedTuple, NoReturn

import click

from cds_service import cli
from cds_service.cli._files import find_files, load_knowledge, name_rules, tell
from cds_service.cli._output import PIPE_CLOSED
from cds_service.cli._progress import show_progress
from cds_service.cli._spark import ENGINES, check_engine, find_anywhere, hire

if TYPE_CHECKING:
    from cds_service.batch.files import SourceFile
    from cds_service.batch.row import Row
    from cds_service.batch.run import Population
    from cds_service.knowledge import Knowledge

_FORMATS = ("table", "json", "ndjson", "csv", "parquet", "fhir", "html")
_URGENCY = {"info": 0, "warning": 1, "critical": 2}
_SIGNALLED = 128
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class _Tally:
    """Counts rows as they pass by."""

    def __init__(self) -> None:
        self.patients = 0
        self.with_cards = 0
        self.cards: Counter[str] = Counter()
        self.skipped: Counter[str] = Counter()

    def watch(self, rows: "Iterator[Row]") -> "Iterator[Row]":
        for row in rows:
            self.patients += 1
            self.with_cards += bool(row.cards)
            self.cards.update(card.indicator for card in row.cards)
            self.skipped.update(row.resources.skipped)
            yield row

    def tell(self, population: "Population") -> None:
        found = ", ".join(f"{self.cards[level]} {level}" for level in reversed(_URGENCY) if self.cards[level])
        cards = f"{self.with_cards} with cards ({found})" if found else "none with a card"
        click.echo(f"{self.patients} patients reviewed, {cards}.", err=True)
        click.echo(f"As of {population.as_of:%Y-%m-%d %H:%M} UTC: {population.chosen}.", err=True)
        for reason, count in sorted(self.skipped.items()):
            click.echo(f"{count} records not or not fully read: {reason}", err=True)

    def exit_code(self, fail_on: str | None, *, bugs: bool, faults: bool) -> int:
        """A bug of ours comes first; then what was found, which holds whatever else was not read."""
        if bugs:
            return cli.BUG
        if fail_on is not None and any(_URGENCY[found] >= _URGENCY[fail_on] for found in self.cards):
            return cli.FINDINGS
        return cli.UNREADABLE if faults or self.skipped else cli.DONE


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option(
    "--format", "form", type=click.Choice(_FORMATS), help="[default: table; parquet with --engine spark]"
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write here instead of to stdout.")
@click.option("--overwrite", is_flag=True, help="Replace the output file if it exists.")
@click.option("--identified", is_flag=True, help="Name the patients in csv, parquet and html, too.")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Review as on this day (UTC).  [default: when the export was made, if it says so, else now]",
)
@click.option(
    "--fail-on", type=click.Choice(list(reversed(_URGENCY))), help="Exit 1 for a card at or above this."
)
@click.option("--jobs", type=click.IntRange(1, 512), help="Processes.  [default: one for each core]")
@click.option("--resume", is_flag=True, help="Go on with a run that did not come to its end.")
@click.option("--engine", type=click.Choice(ENGINES), default=ENGINES[0], show_default=True)
@click.option("--master", metavar="URL", help="The Spark cluster.  [default: spark-submit's, else local[*]]")
@click.option("--quiet", is_flag=True, help="Show no progress.")
def review(  # noqa: PLR0913, PLR0917 - one parameter an option
    paths: tuple[str, ...],
    form: str | None,
    output: Path | None,
    as_of: datetime | None,
    fail_on: str | None,
    jobs: int | None,
    engine: str,
    master: str | None,
    *,
    overwrite: bool,
    identified: bool,
    resume: bool,
    quiet: bool,
) -> None:
    """Review the patients in PATH..., one line a card.

    PATH is a Bundle, NDJSON, a CDS Hooks request, each also compressed with gzip or Zstandard or in a zip or
    tar archive; or a folder of such files, a pattern, or - for stdin. Files given together are joined by
    patient. Data go to stdout, everything else to stderr.
    """
    from msgspec.structs import replace

    from cds_service import memory
    from cds_service.batch.books import Books
    from cds_service.batch.run import Options, review_population
    from cds_service.batch.stopping import StoppedError
    from cds_service.batch.workfolder import work_folder

    books = Books()
    spark = check_engine(engine, master, jobs)
    form = form or ("parquet" if spark else "table")
    files = find_anywhere(paths, books) if spark else find_files(paths, books)
    _check_output(form, output, files, overwrite=overwrite, resume=resume)
    knowledge = load_knowledge()
    memory.settle()
    options = Options(
        as_of=datetime.combine(as_of, time.max, UTC) if as_of else None,
        started=datetime.now(UTC),
        rules=name_rules(knowledge),
        jobs=jobs or 0,
        debug=bool(os.environ.get("LEG_CDS_DEBUG")),
    )
    try:
        with (
            _told(output),
            work_folder(output, resume=resume) as folder,
            show_progress(quiet=quiet) as progress,
            hire(knowledge, master, spark=spark, debug=options.debug) as crew,
            review_population(
                files, knowledge, books, replace(options, hire=crew), progress, folder
            ) as population,
        ):
            report = _Report(knowledge, form, output, folder.path, identified)
            code = report.write(population, fail_on)
    except StoppedError as error:
        if output is not None:
            click.echo("Stopped. The same command with --resume goes on.", err=True)
        sys.exit(_SIGNALLED + error.signal)
    except KeyboardInterrupt:
        sys.exit(_SIGNALLED + signal.SIGINT)
    sys.exit(code)


def _check_output(
    form: str, output: Path | None, files: "list[SourceFile]", *, overwrite: bool, resume: bool
) -> None:
    from cds_service.batch.sinks import SinkError, check_format
    from cds_service.batch.workfolder import is_begun

    try:
        check_format(form)
    except SinkError as error:
        raise click.UsageError(str(error)) from error
    if resume and (output is None or any(file.is_stdin for file in files)):
        raise click.UsageError("--resume needs -o, and input that can be read again")
    if output is None:
        return
    if output.is_dir() or not output.parent.is_dir():
        raise click.UsageError(f"-o {output}: give a file name in a folder that exists")
    if any(output.resolve() == file.path.resolve() for file in files):
        raise click.UsageError(f"-o {output} is one of the files to review")
    if output.exists() and not (overwrite or (resume and is_begun(output))):
        raise click.UsageError(f"-o {output} exists; add --overwrite to replace it")


@contextmanager
def _told(output: Path | None) -> Iterator[None]:
    """What can go wrong with the output, and with the folder a run works in, told in a line."""
    from cds_service.batch.workfolder import InUseError
    from cds_service.batch.workspace import ChangedError, NoRoomError

    try:
        yield
    except InUseError as error:
        raise click.UsageError(f"-o {output}: {error}") from error
    except ChangedError as error:
        raise click.UsageError(f"--resume: {error}; without it the run begins anew") from error
    except NoRoomError as error:
        _say_no_room(output, str(error))
    except OSError as error:
        if error.errno in _NO_ROOM:
            _say_no_room(output, error.strerror or "")
        raise click.UsageError(f"-o {output} cannot be written: {error.strerror}") from error


def _say_no_room(output: Path | None, why: str) -> NoReturn:
    place = f"-o {output}" if output else f"the work folder in {gettempdir()}"
    more = "; make room, then the same command with --resume goes on" if output else "; TMPDIR names another"
    click.echo(f"{place} cannot be written: {why}{more}", err=True)
    sys.exit(cli.NO_ROOM)


class _Report(NamedTuple):
    """Where the rows go, and how."""

    knowledge: "Knowledge"
    form: str
    output: Path | None
    folder: Path
    identified: bool

    def write(self, population: "Population", fail_on: str | None) -> int:
        """Write everything out, tell what there is to tell, and say how the command ends."""
        from cds_service.batch.sinks import Header, open_sink

        header = Header(
            knowledge=self.knowledge,
            as_of=population.as_of,
            chosen=population.chosen,
            identified=self.identified,
        )
        tally, faults = _Tally(), sorted(population.faults())
        try:
            with open_sink(self.form, self.output, header, self.folder if self.output else None) as sink:
                for row in tally.watch(population.rows()):
                    sink.write(row)
                for fault in faults:
                    sink.fault(fault)
                sink.unused(population.not_used())
        except BrokenPipeError:  # the reader, as `head`, has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(PIPE_CLOSED)
        tally.tell(population)
        tell(population.notes(), faults)
        return tally.exit_code(fail_on, bugs=population.bugs, faults=bool(faults))
