"""What the commands that read files have in common."""

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from cds_service import __version__
from cds_service.settings import read_settings

if TYPE_CHECKING:
    from cds_service.batch.books import Books, Fault
    from cds_service.batch.files import SourceFile
    from cds_service.knowledge import Knowledge

_FAULTS_TOLD = 20


def find_files(paths: Iterable[str], books: "Books") -> "list[SourceFile]":
    """The files behind the paths of the command line; wrong usage when one cannot be read."""
    from cds_service.batch.files import PathError
    from cds_service.batch.files import find_files as find

    try:
        return find(paths, books)
    except PathError as error:
        raise click.UsageError(str(error)) from error


def load_knowledge() -> "Knowledge":
    """The rules, with the overlays and the base address the environment names."""
    from cds_service.knowledge import DEFAULT_BASE, load

    settings = read_settings(os.environ)
    return load(settings.knowledge.overlays, base=settings.knowledge.base or DEFAULT_BASE)


def name_rules(knowledge: "Knowledge") -> str:
    """Everything in the rules, and in this program, that a review depends on."""
    overlays = read_settings(os.environ).knowledge.overlays
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in overlays)).hexdigest()[:12]
    return f"{__version__} {knowledge.version} {knowledge.base} {digest}"


def tell(notes: "Iterable[str]", faults: "list[Fault]") -> None:
    """Notes and faults on stderr; the faults in their order."""
    for note in notes:
        click.echo(note, err=True)
    for fault in faults[:_FAULTS_TOLD]:
        click.echo(str(fault), err=True)
    more = len(faults) - _FAULTS_TOLD
    if more > 0:
        click.echo(f"{more} more of these; --format json lists all.", err=True)


@contextmanager
def progress(files: "list[SourceFile]") -> "Iterator[Iterable[SourceFile]]":
    """The files, with a bar on stderr where that is a terminal."""
    with click.progressbar(files, label="Reading", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        yield bar
