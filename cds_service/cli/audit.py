"""`leg-cds audit`: check the audit trail, and hand it out."""

import re
import sys
from contextlib import closing
from datetime import datetime
from pathlib import Path

import click

from cds_service.cli import FINDINGS
from cds_service.cli._configuration import config_option, read_configuration
from cds_service.cli._store import keep_off_the_store, operator, read_database, store_told

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
def verify_audit(since: datetime | None, noted: tuple[int, str] | None, config: Path | None) -> None:
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
def export_audit(
    since: datetime | None, until: datetime | None, output: Path | None, config: Path | None
) -> None:
    """Write the audit trail as FHIR AuditEvent resources, NDJSON. The export is itself in the trail."""
    from cds_service.cli._output import write_out
    from cds_service.knowledge import DEFAULT_BASE
    from cds_service.store.audit_event import export_lines
    from cds_service.store.opening import questions, record_act

    if since and until and since > until:
        raise click.UsageError("--since is after --until; no line is of such a time")
    settings = read_configuration(config)
    base = settings.knowledge.base or DEFAULT_BASE
    chosen = read_database(config)
    keep_off_the_store(output, chosen)
    span = {"since": _iso(since), "until": _iso(until)}
    with store_told():
        record_act(chosen, "export", {"by": operator(), **span})
        with questions(chosen) as connection, closing(export_lines(connection, base, **span)) as lines:
            write_out((f"{line}\n".encode() for line in lines), output)


def _iso(day: datetime | None) -> str:
    return f"{day:%Y-%m-%d}" if day else ""
