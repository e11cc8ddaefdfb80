"""`leg-cds review`: cards for patients whose FHIR data are in files."""

import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cds_service import cli
from cds_service.cli._files import find_files, load_knowledge, progress, tell

if TYPE_CHECKING:
    from cds_service.batch.books import Books
    from cds_service.batch.files import SourceFile
    from cds_service.batch.row import Row

_URGENCY = {"info": 0, "warning": 1, "critical": 2}
_INTERRUPTED = 130
_PIPE_CLOSED = 141


class _Tally:
    """Counts rows as they pass by."""

    def __init__(self) -> None:
        self.patients = 0
        self.with_cards = 0
        self.bugs: list[Exception] = []
        self.cards: Counter[str] = Counter()
        self.skipped: Counter[str] = Counter()

    def watch(self, rows: "Iterable[Row]") -> "Iterator[Row]":
        for row in rows:
            self.patients += 1
            self.with_cards += bool(row.cards)
            self.cards.update(card.indicator for card in row.cards)
            self.skipped.update(row.resources.skipped)
            yield row

    def tell(self) -> None:
        found = ", ".join(f"{self.cards[level]} {level}" for level in reversed(_URGENCY) if self.cards[level])
        cards = f"{self.with_cards} with cards ({found})" if found else "none with a card"
        click.echo(f"{self.patients} patients reviewed, {cards}.", err=True)
        for reason, count in sorted(self.skipped.items()):
            click.echo(f"{count} records not or not fully read: {reason}", err=True)

    def exit_code(self, books: "Books", fail_on: str | None) -> int:
        """A bug of ours comes first; then what was found, which holds whatever else was not read."""
        if self.bugs:
            return cli.BUG
        if fail_on is not None and any(_URGENCY[found] >= _URGENCY[fail_on] for found in self.cards):
            return cli.FINDINGS
        return cli.UNREADABLE if books.faults or self.skipped else cli.DONE


@click.command()
@click.argument("paths", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "--format", "form", type=click.Choice(["table", "json", "ndjson"]), default="table", show_default=True
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write here instead of to stdout.")
@click.option("--overwrite", is_flag=True, help="Replace the output file if it exists.")
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Review as on this day (UTC).  [default: now]"
)
@click.option(
    "--fail-on", type=click.Choice(list(reversed(_URGENCY))), help="Exit 1 for a card at or above this."
)
def review(
    paths: tuple[str, ...],
    form: str,
    output: Path | None,
    overwrite: bool,
    as_of: datetime | None,
    fail_on: str | None,
) -> None:
    """Review the patients in FILE..., one line a card.

    FILE is a Bundle, a resource, NDJSON, a CDS Hooks request, a folder of such files, or - for stdin.
    Files given together are joined by patient. Data go to stdout, everything else to stderr.
    """
    from cds_service.batch.books import Books

    books, tally = Books(), _Tally()
    files = find_files(paths, books)
    if output is not None:
        _check_output(output, files, overwrite=overwrite)
    now = datetime.combine(as_of, time.max, UTC) if as_of else datetime.now(UTC)
    try:
        _write(_review(files, books, tally, form, now), output)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    tally.tell()
    tell(books)
    if tally.bugs and os.environ.get("LEG_CDS_DEBUG"):
        raise tally.bugs[0]
    sys.exit(tally.exit_code(books, fail_on))


def _check_output(output: Path, files: "list[SourceFile]", *, overwrite: bool) -> None:
    if output.is_dir() or not output.parent.is_dir():
        raise click.UsageError(f"-o {output}: give a file name in a folder that exists")
    if any(output.resolve() == file.path.resolve() for file in files):
        raise click.UsageError(f"-o {output} is one of the files to review")
    if output.exists() and not overwrite:
        raise click.UsageError(f"-o {output} exists; add --overwrite to replace it")


def _review(
    files: "list[SourceFile]", books: "Books", tally: _Tally, form: str, now: datetime
) -> Iterator[bytes]:
    """The output piece by piece."""
    from cds_service.batch import output
    from cds_service.batch.reviews import Reviewer
    from cds_service.batch.run import gather

    knowledge = load_knowledge()
    reviewer = Reviewer(now, knowledge, books)
    with progress(files) as shown:
        gathering = gather(shown, knowledge, books)
    rows = tally.watch(reviewer.rows(gathering))
    if form == "table":
        yield from output.as_table(rows)
    elif form == "ndjson":
        yield from output.as_ndjson(rows, books)
    else:
        yield from output.as_json(rows, books, now, knowledge.version)
    tally.bugs = reviewer.bugs


def _write(pieces: Iterator[bytes], path: Path | None) -> None:
    from cds_service.batch.output import replacing

    if path is not None:
        try:
            with replacing(path) as file:
                file.writelines(pieces)
        except OSError as error:
            raise click.UsageError(f"-o {path} cannot be written: {error.strerror}") from error
        return
    try:
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
    except BrokenPipeError:  # the reader, as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(_PIPE_CLOSED)
