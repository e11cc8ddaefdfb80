"""`leg-cds feedback`: what clinicians did with the cards."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click

from cds_service.cli._configuration import config_option
from cds_service.cli._store import keep_off_the_store, operator, read_database, store_told

_SINCE = click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Only what is of this UTC day, 2026-11-22, or later.",
)
_OUTPUT = click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write here instead of to stdout; replaces the file.",
)
_COMMENTS = click.option(
    "--comments",
    is_flag=True,
    help="With what users wrote. It may hold patient data; the audit trail notes it.",
)


@click.group()
def feedback() -> None:
    """What clinicians did with the cards: counted by rule, or item by item."""


@feedback.command("report")
@_SINCE
@click.option(
    "--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True
)
@_OUTPUT
@_COMMENTS
@config_option
def report(
    since: datetime | None, form: str, output: Path | None, comments: bool, config: Path | None
) -> None:
    """Count the cards shown, by rule and version: accepted, overridden by reason, never answered.

    Rules that are overridden too often, or never accepted, are flagged; cards/alarms.yaml says when.
    """
    from cds_service.cli import _feedback_output as written
    from cds_service.cli._output import write_out
    from cds_service.knowledge.alarms import load_rule_review
    from cds_service.knowledge.files import cards_dir
    from cds_service.store.feedback_report import report_feedback
    from cds_service.store.opening import questions

    database, review = read_database(config), load_rule_review(cards_dir())
    keep_off_the_store(output, database)
    with store_told():
        if comments:
            _note(config, "feedback report with comments", since)
        with questions(database) as connection:
            counted = report_feedback(connection, review, _microseconds(since), comments=comments)
    if form == "table":
        write_out(written.report_as_table(counted), output)
    elif form == "csv":
        write_out(written.report_as_csv(counted), output)
    else:
        write_out(written.report_as_json(counted, _day(since)), output)


@feedback.command("export")
@_SINCE
@click.option("--format", "form", type=click.Choice(["csv", "ndjson"]), default="csv", show_default=True)
@_OUTPUT
@_COMMENTS
@config_option
def export(
    since: datetime | None, form: str, output: Path | None, comments: bool, config: Path | None
) -> None:
    """Write every feedback item: intervention, action, feedback, user, date, location.

    Users are pseudonyms, the location is the tenant. The export is noted in the audit trail.
    """
    from cds_service.cli import _feedback_output as written
    from cds_service.cli._output import write_out
    from cds_service.store.feedback_export import export_feedback
    from cds_service.store.opening import questions

    database = read_database(config)
    keep_off_the_store(output, database)
    as_bytes = written.export_as_csv if form == "csv" else written.export_as_ndjson
    with store_told():
        _note(config, "feedback with comments" if comments else "feedback", since)
        with (
            questions(database) as connection,
            closing(export_feedback(connection, _microseconds(since), comments=comments)) as rows,
        ):
            write_out(as_bytes(rows), output)


def _note(config: Path | None, what: str, since: datetime | None) -> None:
    """Leave a line in the audit trail."""
    from cds_service.store.opening import record_act

    record_act(read_database(config), "export", {"by": operator(), "what": what, "since": _day(since)})


def _day(since: datetime | None) -> str:
    return f"{since:%Y-%m-%d}" if since else ""


def _microseconds(since: datetime | None) -> int:
    """The beginning of the day, in microseconds since 1970-01-01 UTC."""
    return int(since.replace(tzinfo=UTC).timestamp()) * 1_000_000 if since else 0
