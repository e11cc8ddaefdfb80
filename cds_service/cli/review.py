"""`leg-cds review`: cards for patients whose FHIR data are in files."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time
from functools import partial
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, NamedTuple, NoReturn

import click

from cds_service import cli
from cds_service.cli._files import find_files, load_knowledge, name_rules
from cds_service.cli._progress import show_progress
from cds_service.cli._review_report import Report
from cds_service.cli._spark import ENGINES, check_engine, find_anywhere, hire

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from cds_service.batch.books import Books
    from cds_service.batch.crew import Hire
    from cds_service.batch.files import SourceFile
    from cds_service.batch.run import Options
    from cds_service.knowledge import Knowledge

    Cluster = Callable[[], AbstractContextManager[Hire | None]]

_FORMATS = ("table", "json", "ndjson", "csv", "parquet", "fhir", "html")
_URGENCY = {"info": 0, "warning": 1, "critical": 2}
_SIGNALLED = 128


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
@click.option("--quiet", "--no-progress", "quiet", is_flag=True, help="Show no progress.")
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
    from cds_service import memory
    from cds_service.batch.books import Books
    from cds_service.batch.run import Options

    books = Books()
    spark = check_engine(engine, master, jobs)
    form = form or ("parquet" if spark else "table")
    files = find_anywhere(paths, books) if spark else find_files(paths, books)
    output = _check_output(form, output, files, overwrite=overwrite, resume=resume)
    knowledge = load_knowledge()
    memory.settle()
    moment = datetime.combine(as_of, time.max, UTC) if as_of else None
    debug = bool(os.environ.get("LEG_CDS_DEBUG"))
    options = Options(
        as_of=moment, started=datetime.now(UTC), rules=name_rules(knowledge), jobs=jobs or 0, debug=debug
    )
    work = _Work(files, knowledge, books, options, output, resume)
    cluster = partial(hire, knowledge, master, spark=spark, debug=debug)
    sys.exit(work.report(form, fail_on, cluster, identified=identified, quiet=quiet))


class _Work(NamedTuple):
    """A review of files, begun or gone on with."""

    files: "list[SourceFile]"
    knowledge: "Knowledge"
    books: "Books"
    options: "Options"
    output: Path | None
    resume: bool

    def report(
        self, form: str, fail_on: str | None, cluster: "Cluster", *, identified: bool, quiet: bool
    ) -> int:
        """Write the report; returns the exit code, which a signal decides that ended it."""
        from cds_service.batch.stopping import StoppedError

        try:
            return self._report(form, fail_on, cluster, identified=identified, quiet=quiet)
        except StoppedError as error:
            if self.output is not None:
                click.echo("Stopped. The same command with --resume goes on.", err=True)
            return int(_SIGNALLED + error.signal)
        except KeyboardInterrupt:
            return int(_SIGNALLED + signal.SIGINT)

    def _report(
        self, form: str, fail_on: str | None, cluster: "Cluster", *, identified: bool, quiet: bool
    ) -> int:
        from msgspec.structs import replace

        from cds_service.batch.run import review_population
        from cds_service.batch.workfolder import work_folder

        with (
            _told(self.output),
            work_folder(self.output, resume=self.resume) as folder,
            show_progress(quiet=quiet) as progress,
            cluster() as crew,
            review_population(
                self.files, self.knowledge, self.books, replace(self.options, hire=crew), progress, folder
            ) as population,
        ):
            report = Report(self.knowledge, form, self.output, folder.path, identified)
            return report.write(population, fail_on)


def _check_output(
    form: str, output: Path | None, files: "list[SourceFile]", *, overwrite: bool, resume: bool
) -> Path | None:
    """Where to write: the file that a link leads to, and not the link. Wrong usage where that cannot be."""
    from cds_service.batch.sinks import SinkError, check_format
    from cds_service.batch.workfolder import is_begun

    try:
        check_format(form)
    except SinkError as error:
        raise click.UsageError(str(error)) from error
    if resume and (output is None or any(file.is_stdin for file in files)):
        raise click.UsageError("--resume needs -o, and input that can be read again")
    if output is None:
        return None
    output = output.resolve() if output.is_symlink() else output
    if output.is_dir() or not output.parent.is_dir():
        raise click.UsageError(f"-o {output}: give a file name in a folder that exists")
    if output.exists() and not output.is_file():
        raise click.UsageError(f"-o {output} is no regular file; without -o the report goes to stdout")
    if output.exists() and _is_among(output, files):
        raise click.UsageError(f"-o {output} is one of the files to review")
    if output.exists() and not (overwrite or (resume and is_begun(output))):
        raise click.UsageError(f"-o {output} exists; add --overwrite to replace it")
    return output


def _is_among(output: Path, files: "list[SourceFile]") -> bool:
    """Whether a file is one of those; only the like of it are looked at, as there may be very many."""
    known = output.stat()
    alike = (one for one in files if (one.size, one.changed) == (known.st_size, known.st_mtime_ns))
    return any(output.samefile(one.path) for one in alike)


@contextmanager
def _told(output: Path | None) -> Iterator[None]:
    """What can go wrong with the output, and with the folder a run works in, told in a line."""
    from cds_service.batch.output import STDOUT
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
        if error.errno in cli.NO_ROOM_ERRORS and error.filename != STDOUT:
            _say_no_room(output, error.strerror or "")
        if output is None:
            raise
        raise click.UsageError(f"-o {output} cannot be written: {error.strerror}") from error


def _say_no_room(output: Path | None, why: str) -> NoReturn:
    place = f"-o {output}" if output else f"the work folder in {gettempdir()}"
    more = "; make room, then the same command with --resume goes on" if output else "; TMPDIR names another"
    click.echo(f"{place} cannot be written: {why}{more}", err=True)
    sys.exit(cli.NO_ROOM)
