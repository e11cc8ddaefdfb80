"""Reviews as CSV (RFC 4180, UTF-8), one row a review, safe to open in a spreadsheet."""

import csv
import io
from datetime import date
from typing import BinaryIO

from cds_service.batch.row import Row
from cds_service.batch.sinks.base import Header, Sink
from cds_service.batch.sinks.columns import Value, columns
from cds_service.wording import clean

_FORMULA = "=+-@\uff1d\uff0b\uff0d\uff20"  # as spreadsheets read them, the full-width forms too
_CONTROL = "\t\r\n"


class CsvSink(Sink):
    """All cells quoted; a text that a spreadsheet would take for a formula begins with an apostrophe.

    Faults have no place in a table of reviews: they are told on stderr.
    """

    def __init__(self, out: BinaryIO, header: Header) -> None:
        super().__init__(out, header)
        self._columns = columns(header)
        self._line([column.name for column in self._columns])

    def write(self, row: Row) -> None:
        """A line."""
        self._line([_cell(column.read(row)) for column in self._columns])

    def finish(self) -> None:
        """Nothing comes last."""

    def _line(self, cells: list[str]) -> None:
        text = io.StringIO()
        csv.writer(text, quoting=csv.QUOTE_ALL).writerow(cells)
        self.out.write(text.getvalue().encode("utf-8", "replace"))


def _cell(value: Value) -> str:
    """A value as text; numbers stay numbers, a negative one too."""
    if isinstance(value, str):
        return as_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def as_text(text: str) -> str:
    """A text that opens as text: one line, and an apostrophe before what would be a formula."""
    cleaned = clean(text)
    risky = text[:1] in _CONTROL or cleaned[:1] in _FORMULA
    return f"'{cleaned}" if text and risky else cleaned
