"""The feedback report and export as a table to read, as CSV, as JSON and as NDJSON."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from cds_service.batch.sinks.spreadsheet import as_text
from cds_service.store.feedback_export import ExportRow
from cds_service.store.feedback_report import Comment, FeedbackReport, RuleReport
from cds_service.wording import clean

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

_WIDTH = 150  # columns where no terminal says how many there are
_RULE_COLUMNS = tuple(name for name in RuleReport.__struct_fields__ if name != "overridden_by_reason")


def report_as_json(report: FeedbackReport, since: str) -> Iterator[bytes]:
    """One document; `comments` only where they were asked for."""
    whole = {"since": since or None, **msgspec.to_builtins(report)}
    if report.comments is None:
        del whole["comments"]
    yield msgspec.json.format(msgspec.json.encode(whole)) + b"\n"


def report_as_csv(report: FeedbackReport) -> Iterator[bytes]:
    """A line a rule and version; the last columns hold the reasons and, if asked for, the comments."""
    asked = report.comments is not None
    yield _line([*_RULE_COLUMNS, "overridden_by_reason", *(["comments"] if asked else [])])
    for rule in report.rules:
        cells = [_cell(getattr(rule, name)) for name in _RULE_COLUMNS]
        said = [_of(rule, report.comments or ())] if asked else []
        yield _line([*cells, _cell(_reasons(rule)), *said])


def report_as_table(report: FeedbackReport) -> Iterator[bytes]:
    """For people; as wide as the terminal."""
    from rich.console import Console

    out = io.StringIO()
    terminal = Console()
    console = Console(
        file=out,
        width=terminal.width if terminal.is_terminal else _WIDTH,
        force_terminal=terminal.is_terminal,
        no_color=terminal.no_color,
    )
    console.print(_rules_table(report.rules) if report.rules else "No card was shown.")
    if report.items_about_unknown_cards:
        console.print(f"Feedback items about cards that are not known: {report.items_about_unknown_cards}")
    if report.comments:
        console.print(_comments_table(report.comments))
    yield out.getvalue().encode()


def export_as_ndjson(rows: Iterable[ExportRow]) -> Iterator[bytes]:
    """One object an item."""
    for row in rows:
        yield msgspec.json.encode(row) + b"\n"


def export_as_csv(rows: Iterable[ExportRow]) -> Iterator[bytes]:
    """A line an item."""
    yield _line(ExportRow.__struct_fields__)
    for row in rows:
        yield _line([_cell(getattr(row, name)) for name in ExportRow.__struct_fields__])


def _cell(value: Any) -> str:
    """A value as text that no spreadsheet takes for a formula."""
    if isinstance(value, list):
        return as_text("; ".join(value))
    return as_text(value) if isinstance(value, str) else "" if value is None else str(value)


def _line(cells: Iterable[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerow(cells)
    return text.getvalue().encode()


def _reasons(rule: RuleReport) -> list[str]:
    return [f"{reason}: {count}" for reason, count in rule.overridden_by_reason.items()]


def _of(rule: RuleReport, comments: Iterable[Comment]) -> str:
    """The comments on one rule, in one cell."""
    key = (rule.rule, rule.version)
    return as_text(" | ".join(said.comment for said in comments if (said.rule, said.version) == key))


def _rules_table(rules: Iterable[RuleReport]) -> "Table":
    from rich.table import Table

    table = Table(title="Cards shown, and what became of them")
    for name in ("Rule", "Version"):
        table.add_column(name, no_wrap=True)
    for name in ("Shown", "Accepted", "Overridden", "%", "Never answered", "Median s"):
        table.add_column(name, justify="right")
    table.add_column("Overridden because")
    table.add_column("Review", style="yellow")
    for rule in rules:
        answered = "" if rule.median_seconds_to_answer is None else rule.median_seconds_to_answer
        counts = (rule.shown, rule.accepted, rule.overridden, rule.override_percent, rule.never_answered)
        cells = [[rule.rule], [rule.version], *([str(count)] for count in (*counts, answered))]
        table.add_row(*(_lines(cell) for cell in (*cells, _reasons(rule), rule.flags)))
    return table


def _lines(texts: Iterable[str]) -> "Text":
    """A cell of a table. Never markup: reasons and comments come from outside."""
    from rich.text import Text

    return Text("\n").join(Text(clean(text)) for text in texts)


def _comments_table(comments: Iterable[Comment]) -> "Table":
    from rich.table import Table

    table = Table("Rule", "Version", "Reason", "Comment", title="Comments (they may hold patient data)")
    for said in comments:
        table.add_row(*(_lines([text]) for text in (said.rule, said.version, said.reason, said.comment)))
    return table
