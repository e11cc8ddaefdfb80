"""How a patient is called where identifiers are hidden: by a number that runs with the rows."""

from cds_service.batch.row import Row
from cds_service.batch.sinks.base import Header
from cds_service.reading.text import clean

_ID_LENGTH = 120


class Patients:
    """Names for the rows of one output, asked once a row and in their order.

    Rows come in the order of the patients' ids, so the same input gives the same numbers in every format;
    who is behind a number is seen in the same output made with `--identified`, row by row. A number says
    nothing about an id to somebody who only has the output.
    """

    def __init__(self, header: Header) -> None:
        self._identified = header.identified
        self._count = 0

    def name(self, row: Row) -> str:
        """The id, or the next number."""
        self._count += 1
        return clean(row.patient, _ID_LENGTH) if self._identified else str(self._count)
