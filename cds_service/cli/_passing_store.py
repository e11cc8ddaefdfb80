"""A store for trying things: it lasts as long as the service that uses it."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from cds_service.settings import Database


@contextmanager
def passing_database() -> "Iterator[Database | None]":
    """A database in a new temporary folder; None, said on stderr, where no file can be written."""
    from cds_service.settings import Database
    from cds_service.store import StoreError, create_store

    try:
        folder = tempfile.mkdtemp(prefix="leg-cds-")
    except OSError:
        click.echo("No store: no temporary file can be written. Feedback is not taken.", err=True)
        yield None
        return
    maker = os.getpid()
    try:
        database = Database(url=f"sqlite:///{folder}/store.db")
        try:
            create_store(database)
        except (StoreError, OSError):
            click.echo(f"No store: {folder} cannot be written. Feedback is not taken.", err=True)
            yield None
            return
        click.echo(
            f"Store: {folder}/store.db, deleted at the end. LEG_CDS_DATABASE_URL names one that lasts.",
            err=True,
        )
        yield database
    finally:
        if os.getpid() == maker:  # workers leave this way too
            shutil.rmtree(folder, ignore_errors=True)
