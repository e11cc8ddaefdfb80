"""What the commands that use the store share: its place, its failures, and who runs them."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cds_service.cli import FINDINGS
from cds_service.cli._configuration import read_configuration

if TYPE_CHECKING:
    from cds_service.settings import Database


def read_database(config: Path | None) -> "Database":
    """The store the configuration names; wrong usage when it names none."""
    database = read_configuration(config).database
    if not database.url:
        raise click.UsageError(
            "no database is configured; set database.url in the file, or LEG_CDS_DATABASE_URL"
        )
    return database


def keep_off_the_store(output: Path | None, database: "Database") -> None:
    """Wrong usage when what a command writes would take the place of the store or its key."""
    from cds_service.store.keys import files_of

    with store_told():
        own = {file.resolve() for file in files_of(database)}
    if output is not None and output.resolve() in own:
        raise click.UsageError(f"-o {output} is a file of the store itself; name another one")


@contextmanager
def store_told() -> Iterator[None]:
    """Tell in one line that the store cannot be used, and end with exit code 1."""
    from cds_service.store import StoreError, StoreUnavailableError

    try:
        yield
    except (StoreError, StoreUnavailableError) as error:
        click.echo(f"The store cannot be used: {error}", err=True)
        sys.exit(FINDINGS)


def operator() -> str:
    """Who runs the command, for the audit trail."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container may have a user without a name
        return "unknown"
