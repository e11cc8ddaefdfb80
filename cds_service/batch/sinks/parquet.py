"""Reviews as Parquet for analysts: flat columns, zstd, a row group at a time."""

from contextlib import suppress
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from cds_service.batch.row import Row
from cds_service.batch.sinks.base import Header, Sink
from cds_service.batch.sinks.columns import SCHEMA_VERSION, Column, Value, columns

_GROUP = 8_192  # rows held at once
_TYPES: dict[str, pa.DataType] = {
    "text": pa.string(),
    "count": pa.int32(),
    "number": pa.float64(),
    "day": pa.date32(),
}


class ParquetSink(Sink):
    """One row a review; the metadata say what it was made with.

    Faults have no place in a table of reviews: the metadata count them, stderr names them.
    """

    def __init__(self, out: BinaryIO, header: Header) -> None:
        super().__init__(out, header)
        self._columns = columns(header)
        schema = pa.schema([_field(column) for column in self._columns], metadata=_metadata(header))
        self._writer = pq.ParquetWriter(out, schema, compression="zstd")
        self._schema = schema
        self._group: list[list[Value]] = []

    def write(self, row: Row) -> None:
        """A row, kept until its group is full."""
        self._group.append([column.read(row) for column in self._columns])
        if len(self._group) >= _GROUP:
            self._flush()

    def finish(self) -> None:
        """The last group and the footer."""
        self._flush()
        self._writer.add_key_value_metadata({"leg-cds.faults": str(len(self.faults))})
        self._writer.close()

    def release(self) -> None:
        """Close the writer after a failure too: it would try to when it is collected, into a closed file."""
        if self._writer.is_open:
            with suppress(OSError):  # the failure itself is told
                self._writer.close()

    def _flush(self) -> None:
        if not self._group:
            return
        arrays: list[Any] = [
            pa.array(values, field.type)
            for values, field in zip(zip(*self._group, strict=True), self._schema, strict=True)
        ]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
        self._group.clear()


def _field(column: Column) -> "pa.Field[pa.DataType]":
    return pa.field(column.name, _TYPES[column.type], metadata={"says": column.says})


def _metadata(header: Header) -> dict[bytes | str, bytes | str]:
    return {
        "leg-cds.schema": SCHEMA_VERSION,
        "leg-cds.knowledge": header.knowledge.version,
        "leg-cds.as_of": header.as_of.isoformat(),
        "leg-cds.as_of_chosen": header.chosen,
        "leg-cds.identified": str(header.identified).lower(),
    }
