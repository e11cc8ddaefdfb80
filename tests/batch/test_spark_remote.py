"""Files behind addresses, as far as that can be tried without a server: on the disk, through Arrow."""

import gzip
import pickle
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("pyarrow.fs")

from cds_service.batch.books import Books
from cds_service.batch.bounds import HEAD
from cds_service.batch.files import PathError
from cds_service.batch.parts import parts_of, whole
from cds_service.batch.remote import find_remote, is_address
from cds_service.batch.units import plan
from tests.batch.conftest import write

LINE = b'{"resourceType":"Patient","id":"one"}\n'


def test_addresses_are_told_from_paths() -> None:
    assert all(map(is_address, ["hdfs://names/export", "s3a://bucket/a", "file:/data", "file:///data"]))
    assert not any(map(is_address, ["export", "/data", "./a:b", "a:b", "-", "C:/data"]))


def test_a_folder_stands_for_its_fhir_files(tmp_path: Path) -> None:
    write(tmp_path, a__ndjson=LINE, b__json=LINE, notes__txt=b"x", old__xml=b"<a/>")
    (tmp_path / "below").mkdir()
    write(tmp_path / "below", c__jsonl=LINE)
    books = Books()
    found = find_remote([f"file://{tmp_path}/"], books)
    assert [file.label for file in found] == [
        f"file://{tmp_path}/{name}" for name in ("a.ndjson", "b.json", "below/c.jsonl")
    ]
    assert {file.size for file in found} == {len(LINE)}
    assert not any(file.named for file in found)
    assert [fault.error for fault in books.faults] == ["XML is not read; convert it to JSON"]
    assert books.notes == [f"file://{tmp_path}: files of other kinds left alone: 1 .txt"]


@pytest.mark.parametrize("root", ["file:", "file://"])
def test_a_pattern_stands_for_what_it_matches(tmp_path: Path, root: str) -> None:
    write(tmp_path, a__ndjson=LINE, b__ndjson=LINE, c__json=LINE)
    found = find_remote([f"{root}{tmp_path}/*.ndjson", f"{root}{tmp_path}/a.ndjson"], Books())
    assert [file.name for file in found] == ["a.ndjson", "b.ndjson"]
    assert all(file.named for file in found)


@pytest.mark.parametrize("name", ["missing.ndjson", "*.ndjson", "missing/*.ndjson"])
def test_what_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(PathError, match=r"does not exist|matches nothing"):
        find_remote([f"file://{tmp_path}/{name}"], Books())


def test_an_address_nobody_can_open_is_named_without_its_password() -> None:
    with pytest.raises(PathError) as told:
        find_remote(["unheard://user:secret@host/export"], Books())
    assert "unheard://host/export cannot be read" in str(told.value)
    assert "secret" not in str(told.value)


def test_compressed_files_and_archives_are_read_after_the_way_to_an_executor(tmp_path: Path) -> None:
    write(tmp_path, a__ndjson=LINE)
    tmp_path.joinpath("b.ndjson.gz").write_bytes(gzip.compress(LINE))
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("d.ndjson", LINE)
    books = Books()
    found = find_remote([f"file://{tmp_path}"], books)
    files = pickle.loads(pickle.dumps(found))  # noqa: S301 - as Spark does
    parts = [(part.label, whole(part.chunks)) for file in files for part in parts_of(file, books)]
    shown = ("a.ndjson", "b.ndjson.gz", "c.zip/d.ndjson")
    assert parts == [(f"file://{tmp_path}/{name}", LINE) for name in shown]
    assert not books.faults


def test_a_large_file_of_lines_is_shared_out(tmp_path: Path) -> None:
    lines = LINE * (40 * HEAD // len(LINE))
    tmp_path.joinpath("a.ndjson").write_bytes(lines)
    units = plan(find_remote([f"file://{tmp_path}"], Books()), Books())
    assert len(units) > 1
    assert b"".join(chunk for unit in units for chunk in unit.lines()) == lines
