"""Reviews as a table to read, as one JSON document, or as NDJSON, one line a patient."""

from typing import BinaryIO

import msgspec

from cds_service.batch.row import Row
from cds_service.batch.sinks.base import Header, Sink
from cds_service.reading.text import clean

_encode = msgspec.json.Encoder(order="deterministic").encode
_COLUMNS = "{:<36}  {:<8}  {}\n"
_ID_LENGTH = 120


class NdjsonSink(Sink):
    """One line a patient, then one line a fault."""

    def write(self, row: Row) -> None:
        """A line."""
        self.out.write(_encode(row) + b"\n")

    def finish(self) -> None:
        """The faults."""
        for fault in sorted(self.faults):
            self.out.write(_encode(fault) + b"\n")


class JsonSink(Sink):
    """One document: the patients, the faults, and what they were reviewed with."""

    def __init__(self, out: BinaryIO, header: Header) -> None:
        super().__init__(out, header)
        version, as_of = _encode(header.knowledge.version), _encode(header.as_of)
        self.out.write(b'{"knowledge":' + version + b',"as_of":' + as_of + b',"patients":[')
        self._separator = b"\n"

    def write(self, row: Row) -> None:
        """An element of `patients`."""
        self.out.write(self._separator + _encode(row))
        self._separator = b",\n"

    def finish(self) -> None:
        """The faults, what was of no use, and the end of the document."""
        self.out.write(b'\n],"errors":' + _encode(sorted(self.faults)))
        self.out.write(b',"not_used":' + _encode(self.not_used) + b"}\n")


class TableSink(Sink):
    """One line a card; one line for a patient without any, with the reason."""

    def __init__(self, out: BinaryIO, header: Header) -> None:
        super().__init__(out, header)
        self.out.write(_COLUMNS.format("PATIENT", "CARD", "SUMMARY").encode())

    def write(self, row: Row) -> None:
        """The lines of one patient."""
        patient = clean(row.patient, _ID_LENGTH) or "(no id)"
        lines = [(card.indicator, card.summary) for card in row.cards]
        why_none = row.closed_by + (" (data are incomplete)" if row.incomplete else "")
        for indicator, text in lines or [("-", why_none)]:
            self.out.write(_COLUMNS.format(patient, indicator, text).encode())

    def finish(self) -> None:
        """Nothing: faults are told on stderr."""
