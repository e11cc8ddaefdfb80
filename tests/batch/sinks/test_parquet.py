"""Parquet: what analysts read back, and what the file says of itself."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cds_service.batch.books import Fault
from cds_service.batch.sinks import parquet
from cds_service.batch.sinks.columns import SCHEMA_VERSION, columns
from tests.batch.sinks.rows import NOW, fixture_rows, header, many, written
from tests.unit.charts import knowledge

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "parquet.md"
TYPES = {"text": pa.string(), "count": pa.int32(), "number": pa.float64(), "day": pa.date32()}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    written(tmp_path, "parquet", fixture_rows(), [Fault("a", 0, "b")], identified=True)
    return tmp_path / "out.parquet"


def test_pyarrow_reads_back_what_the_rows_say(path: Path) -> None:
    lines = {line["patient"]: line for line in pq.read_table(path).to_pylist()}
    assert list(lines) == [one.patient for one in fixture_rows()]
    for one in fixture_rows():
        line = lines[one.patient]
        assert line["closed_by"] == one.closed_by
        assert sum(line[f"cards_{level}"] for level in ("critical", "warning", "info")) == len(one.cards)
        assert {name: line[f"cause_{name}_tier"] for name in knowledge().causes if one.ranking} == {
            entry["cause"]: entry["tier"] for entry in one.ranking
        }
        for card in one.cards:
            assert line[f"card_{card.id.replace('-', '_')}"] == card.indicator
        assert line["records_skipped"] == len(one.skipped)
        assert line["read_patient"] == 1
    three = lines["three-medicines-at-once"]
    assert (three["potassium_value"], three["vitamin_d_value"]) == (3.1, 14.0)
    assert (three["onset_days_fewest"], three["onset_days_most"]) == (20, 20)
    assert three["onset_first"] == three["onset_last"] == date(2026, 11, 16)
    assert (three["top_cause"], three["top_tier"], three["urgency"]) == ("statin", "strong", "warning")


def test_duckdb_reads_the_same(path: Path) -> None:
    found = duckdb.read_parquet(str(path)).filter("closed_by = ''")
    answer = found.aggregate("urgency, count(*)").fetchall()
    urgencies = [{card.indicator for card in one.cards} for one in fixture_rows() if not one.closed_by]
    assert dict(answer)["critical"] == sum("critical" in levels for levels in urgencies)
    assert sum(count for _, count in answer) == len(urgencies)


def test_the_file_says_what_it_was_made_with(path: Path) -> None:
    found = pq.ParquetFile(path)
    told = {
        key.decode(): value.decode()
        for key, value in found.metadata.metadata.items()
        if key.startswith(b"leg-cds.")
    }
    assert told == {
        "leg-cds.schema": SCHEMA_VERSION,
        "leg-cds.knowledge": knowledge().version,
        "leg-cds.as_of": NOW.isoformat(),
        "leg-cds.as_of_chosen": "chosen by the test",
        "leg-cds.identified": "true",
        "leg-cds.faults": "1",
    }
    assert {found.metadata.row_group(0).column(0).compression} == {"ZSTD"}
    assert all(field.metadata[b"says"] for field in found.schema_arrow)


def test_rows_are_written_a_group_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "_GROUP", 10)
    written(tmp_path, "parquet", many(25))
    found = pq.ParquetFile(tmp_path / "out.parquet")
    sizes = [found.metadata.row_group(number).num_rows for number in range(found.num_row_groups)]
    assert sizes == [10, 10, 5]
    assert found.read()["patient"].to_pylist() == [str(number) for number in range(1, 26)]


def test_no_row_gives_a_table_with_all_columns(tmp_path: Path) -> None:
    written(tmp_path, "parquet", [])
    assert pq.read_table(tmp_path / "out.parquet").column_names == [one.name for one in columns(header())]


def documented() -> Iterator[tuple[str, str]]:
    """The rows of the table of columns in the reference: name and type."""
    for line in REFERENCE.read_text().splitlines():
        if match := re.match(r"\| `([a-z0-9_<>]+)` \| (text|count|number|day) \|", line):
            yield match[1], match[2]


def pattern(name: str, within: dict[str, Any]) -> str:
    """A documented name as a pattern: `<cause>` stands for any cause."""
    return "".join(
        "(?:" + "|".join(within[part]) + ")" if part in within else re.escape(part)
        for part in re.split(r"(<\w+>)", name)
    )


def test_the_reference_documents_exactly_these_columns() -> None:
    within = {
        "<cause>": knowledge().causes,
        "<card>": [card.replace("-", "_") for card in (*knowledge().signs, "ls-causes", "ls-notice")],
        "<level>": knowledge().pictures.levels,
    }
    entries = [(re.compile(pattern(name, within)), kind) for name, kind in documented()]
    for column in columns(header(identified=True)):
        kinds = [kind for name, kind in entries if name.fullmatch(column.name)]
        assert kinds == [column.type], column.name
    names = [column.name for column in columns(header(identified=True))]
    for name, _ in entries:
        assert any(map(name.fullmatch, names)), name.pattern
