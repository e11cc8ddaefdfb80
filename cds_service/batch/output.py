"""Rows out: as a table to read, as one JSON document, or as NDJSON, one line a patient."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import msgspec

from cds_service.batch.books import Books
from cds_service.batch.row import Row
from cds_service.reading.text import clean

_encode = msgspec.json.Encoder(order="deterministic").encode
_COLUMNS = "{:<36}  {:<8}  {}\n"
_ID_LENGTH = 120


def as_ndjson(rows: Iterable[Row], books: Books) -> Iterator[bytes]:
    """One line a patient, then one line a fault."""
    for row in rows:
        yield _encode(row) + b"\n"
    for fault in sorted(books.faults):
        yield _encode(fault) + b"\n"


def as_json(rows: Iterable[Row], books: Books, now: datetime, version: str) -> Iterator[bytes]:
    """One document: the patients, the faults, and what they were reviewed with."""
    yield b'{"knowledge":' + _encode(version) + b',"as_of":' + _encode(now) + b',"patients":['
    for number, row in enumerate(rows):
        yield (b",\n" if number else b"\n") + _encode(row)
    yield b'\n],"errors":' + _encode(sorted(books.faults))
    yield b',"not_used":' + _encode(books.not_used) + b"}\n"


def as_table(rows: Iterable[Row]) -> Iterator[bytes]:
    """One line a card; one line for a patient without any, with the reason."""
    yield _COLUMNS.format("PATIENT", "CARD", "SUMMARY").encode()
    for row in rows:
        patient = clean(row.patient, _ID_LENGTH) or "(no id)"
        lines = [(card.indicator, card.summary) for card in row.cards]
        why_none = row.closed_by + (" (data are incomplete)" if row.incomplete else "")
        for indicator, text in lines or [("-", why_none)]:
            yield _COLUMNS.format(patient, indicator, text).encode()


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `path` at once when it is complete, and else leaves nothing."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    written = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        written.replace(path)
        _sync(path.parent)
    except BaseException:
        written.unlink(missing_ok=True)
        raise


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
