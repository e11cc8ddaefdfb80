"""`leg-cds check`: what can be read of FHIR data in files, and what cannot."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click
import msgspec

from cds_service import cli
from cds_service.cli._files import find_files, load_knowledge, progress, tell

if TYPE_CHECKING:
    from cds_service.batch.books import Books
    from cds_service.batch.files import SourceFile
    from cds_service.batch.inventory import Inventory

_LISTED = 20


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--validate/--no-validate", default=True, help="Validate each resource as FHIR R4.  [default: on]"
)
def check(paths: tuple[str, ...], form: str, *, validate: bool) -> None:
    """Count what the FHIR data in PATH... hold, and name what is not read, not valid, not recognised.

    PATH is anything `leg-cds review` takes. Nobody is reviewed. Exits 3 when records could not be read, or
    when there is neither a patient nor a record of one; an invalid resource that can be read is no reason.
    """
    from cds_service.batch.books import Books

    books = Books()
    files = find_files(paths, books)
    inventory = _take_stock(files, books, validate=validate)
    totals = inventory.totals()
    if form == "json":
        said = {**totals, "complaints": inventory.invalid, "errors": sorted(books.faults)}
        click.echo(msgspec.json.format(msgspec.json.encode(said)).decode())
    else:
        click.echo("\n".join([*_lines(totals), *inventory.invalid]))
    tell(books.notes, sorted(books.faults))
    nothing = "" if books.faults else _say_nothing(files, totals)
    if nothing:
        click.echo(nothing, err=True)
    sys.exit(cli.UNREADABLE if books.faults or nothing else cli.DONE)


def _say_nothing(files: "list[SourceFile]", totals: dict[str, Any]) -> str:
    """Why there is nothing to review, "" where there is; records may be of a Patient in another file."""
    from cds_service.reading.medication_resources import Medication

    if not files:
        return "No file was found in what was given."
    of_patients = totals["resources"]["read"].keys() - {Medication.__name__}
    return "" if of_patients else "No patient, and no record of one, was found in what was given."


def _take_stock(files: "list[SourceFile]", books: "Books", *, validate: bool) -> "Inventory":
    from cds_service.batch.intake import take_in
    from cds_service.batch.inventory import Inventory

    if validate:
        from cds_service.batch.validation import complaints_about
    inventory = Inventory(load_knowledge(), books, complaints_about if validate else None)
    with progress(files) as shown:
        for file in shown:
            take_in(file, inventory, books)
    return inventory


def _lines(totals: dict[str, Any], above: str = "") -> Iterator[str]:
    """The totals in words: a line a group, without what is not there."""
    for name, found in totals.items():
        title = f"{above} {name}".strip().replace("_", " ")
        if not isinstance(found, dict):
            yield f"{title}: {found}"
        elif any(isinstance(count, dict) for count in found.values()):
            yield from _lines(found, title)
        elif there := [f"{what} {count}" for what, count in found.items() if count]:
            more = [f"and {len(there) - _LISTED} more"] if len(there) > _LISTED else []
            yield f"{title}: {', '.join([*there[:_LISTED], *more])}".replace("by_", "by ")
