"""`leg-cds database`: create, check, back up and tidy the store."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cds_service.cli import FINDINGS
from cds_service.cli._configuration import config_option
from cds_service.cli._store import operator, read_database, store_told

if TYPE_CHECKING:
    from cds_service.settings import Database


@click.group()
def database() -> None:
    """Create, check, back up and tidy the store of cards shown, feedback and audit."""


@database.command("migrate")
@config_option
def migrate_database(config: Path | None) -> None:
    """Create the store, or move it to the schema of this version.

    Run it once before the first start, and after an upgrade. It waits for whoever writes; two at once do no
    harm, and when it is killed nothing has changed. There is no way back: take a backup first.
    """
    from cds_service.store import migrate_store

    with store_told():
        before, after = migrate_store(read_database(config))
    moved = "is up to date" if before == after else f"moved from schema {before or '(empty)'}"
    click.echo(f"The store {moved}; its schema is {after}.")


@database.command("check")
@config_option
def check_database(config: Path | None) -> None:
    """Check the store as `leg-cds serve` does at its start; exit code 1 with what is wrong."""
    from cds_service.store import open_store
    from cds_service.store.sizes import LARGE_LOG, log_bytes

    with store_told():
        store = open_store(read_database(config))
    click.echo(f"{store.address} can be used.")
    log = log_bytes(store.address)
    if log > LARGE_LOG:
        click.echo(f"Its write-ahead log has {log >> 20} MB: some program reads without end.", err=True)
        sys.exit(FINDINGS)


@database.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@config_option
def back_up_database(file: Path, config: Path | None) -> None:
    """Copy an SQLite store to FILE while the service runs. The pseudonym key is not in it: keep that too."""
    from cds_service.store.backup import back_up
    from cds_service.store.opening import record_act

    chosen = read_database(config)
    source = _sqlite_file(chosen, "pg_dump")
    with store_told():
        record_act(chosen, "backup", {"by": operator(), "to": file.name})
        back_up(source, file.absolute())
    click.echo(f"Written to {file}.")


@database.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Move the present store aside first.")
@config_option
def restore_database(file: Path, replace: bool, config: Path | None) -> None:
    """Put the backup FILE in the place of an SQLite store. Stop the service first."""
    from cds_service.store.backup import restore
    from cds_service.store.opening import record_act

    chosen = read_database(config)
    target = _sqlite_file(chosen, "psql or pg_restore")
    with store_told():
        moved = restore(file, target, replace=replace)
        record_act(chosen, "restore", {"by": operator(), "from": file.name})
    click.echo(f"Restored from {file}." + (f" The old store is now {moved}." if moved else ""))


def _sqlite_file(chosen: "Database", instead: str) -> Path:
    from cds_service.store.address import Address

    file = Address(chosen.url).file
    if file is None:
        raise click.UsageError(f"this is for SQLite; use {instead}, see docs/how-to/postgresql.md")
    return file


@database.command("retention")
@config_option
def delete_old(config: Path | None) -> None:
    """Delete what is older than database.keep_days says, in small batches; run it once a day.

    The audit trail says what was deleted, and can still be verified.
    """
    from cds_service.store import open_store
    from cds_service.store.retention import retain

    chosen = read_database(config)
    with store_told():
        open_store(chosen)
        removed = retain(chosen, int(time.time()), by=operator())
    click.echo(
        f"Deleted: {removed.audit} audit lines, {removed.feedback} feedback items, "
        f"{removed.shown} cards shown, {removed.tokens} used tokens."
    )


@database.command("accept-key")
@config_option
@click.confirmation_option(prompt="Patients, encounters and users get new names; memory of them ends. Go on?")
def accept_new_key(config: Path | None) -> None:
    """Let the store go on with another pseudonym key than it was written with."""
    from cds_service.store.opening import change_key

    with store_told():
        change_key(read_database(config), by=operator())
    click.echo("The store now belongs to this key.")
