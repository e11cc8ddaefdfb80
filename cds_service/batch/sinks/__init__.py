"""Where reviews go: a table, JSON, NDJSON, CSV, Parquet, FHIR, or one HTML report.

with open_sink("ndjson", path, header) as sink:
    for row in rows:
        sink.write(row)
    for fault in books.faults:
        sink.fault(fault)
    sink.unused(books.not_used)
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib import import_module
from pathlib import Path
from typing import BinaryIO, cast

from cds_service.batch.output import Stdout, replacing
from cds_service.batch.sinks.base import Header, Sink, SinkError

__all__ = ["FORMATS", "Header", "Sink", "SinkError", "check_format", "open_sink"]

_KINDS = {
    "table": ("text", "TableSink"),
    "json": ("text", "JsonSink"),
    "ndjson": ("text", "NdjsonSink"),
    "csv": ("spreadsheet", "CsvSink"),
    "parquet": ("parquet", "ParquetSink"),
    "fhir": ("fhir", "FhirSink"),
    "html": ("report", "HtmlSink"),
}
FORMATS = tuple(_KINDS)


def check_format(form: str) -> None:
    """Raise `SinkError` when one of `FORMATS` needs what is not installed."""
    _kind(form).check()


def _kind(form: str) -> type[Sink]:
    module, name = _KINDS[form]  # heavy imports wait for the format that needs them
    kind: type[Sink] = getattr(import_module(f"cds_service.batch.sinks.{module}"), name)
    return kind


@contextmanager
def open_sink(form: str, path: Path | None, header: Header, folder: Path | None = None) -> Iterator[Sink]:
    """A sink of one of `FORMATS` into a file, or to stdout without `path`.

    The file takes its place at once when the block ends, and is not touched when it fails; until then it
    is in `folder`, or beside `path`. Raises
    `SinkError` before anything is written when the format needs what is not installed, `OSError` as
    writing does.
    """
    kind = _kind(form)
    kind.check()
    with replacing(path, folder) if path else nullcontext(cast("BinaryIO", Stdout())) as out:
        sink = kind(out, header)
        try:
            yield sink
            sink.finish()
        finally:
            sink.release()
        out.flush()
