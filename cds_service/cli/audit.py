"""`leg-cds audit`: check the audit trail, and hand it out."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import click

from cds_service.cli import FINDINGS
from cds_service.cli._configuration import config_option, read_configuration
from cds_service.cli._store import operator, read_database, store_told

_DAY = click.DateTime(["%Y-%m-%d"])
_NOTED = re.compile(r"(\d{1,18}):([0-9a-f]{64})", re.ASCII)


@click.group()
def audit() -> None:
    """Check the audit trail, and hand it out as FHIR AuditEvent resources."""


def _noted(_ctx: click.Context, _param: click.Parameter, value: str | None) -> tuple[int, str] | None:
    if value is None:
        return None
    match = _NOTED.fullmatch(value)
    if not match:
        raise click.BadParameter("write it as `audit verify` printed it: sequence:hash")
    return int(match[1]), match[2]


@audit.command("verify")
@click.option("--since", type=_DAY, help="Only the lines since this UTC day, 2026-11-22.")
@click.option("--noted", callback=_noted, help="An end of the chain printed before: it must still be in it.")
@config_option
def verify_audit(since: object, noted: tuple[int, str] | None, config: Path | None) -> None:
    """Compute every link of the audit trail again; exit code 1 names the first that is broken.

    Prints the end of the chain. Note it outside of the database, and give it to a later run as --noted:
    who can write the database can compute a whole new chain, but not one with that link in it.
    """
    from cds_service.store.chain import verify
    from cds_service.store.opening import questions

    with store_told(), questions(read_database(config)) as connection:
        found = verify(connection, since=_iso(since), noted=noted)
    if found.broken:
        click.echo(f"Broken at line {found.broken.sequence}: {found.broken.why}.", err=True)
        sys.exit(FINDINGS)
    click.echo(f"{found.lines} lines, every link holds. The chain ends with {found.sequence}:{found.hash}")


@audit.command("export")
@click.option("--since", type=_DAY, help="First UTC day, 2026-11-22.")
@click.option("--until", type=_DAY, help="Last UTC day.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write.")
@config_option
def export_audit(since: object, until: object, output: Path | None, config: Path | None) -> None:
    """Write the audit trail as FHIR AuditEvent resources, NDJSON. The export is itself in the trail."""
    from cds_service.knowledge import DEFAULT_BASE
    from cds_service.store.audit_event import export_lines
    from cds_service.store.opening import questions, record_act

    settings = read_configuration(config)
    base = settings.knowledge.base or DEFAULT_BASE
    chosen = read_database(config)
    span = {"since": _iso(since), "until": _iso(until)}
    with store_told():
        record_act(chosen, "export", {"by": operator(), **span})
        with questions(chosen) as connection, _private(output) as out:
            for line in export_lines(connection, base, **span):
                out.write(f"{line}\n")


@contextmanager
def _private(output: Path | None) -> Iterator[TextIO]:
    """Standard output, or a file that nobody else can read."""
    if output is None:
        yield sys.stdout
        return
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        yield out


def _iso(day: object) -> str:
    return f"{day:%Y-%m-%d}" if day else ""
