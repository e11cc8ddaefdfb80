"""Opening a sink: what it leaves behind when all goes well, and when it does not."""

import errno
import sys
from importlib import import_module
from io import BytesIO, TextIOWrapper
from pathlib import Path

import msgspec
import pytest

from cds_service.batch.books import Fault
from cds_service.batch.row import Row
from cds_service.batch.sinks import FORMATS, SinkError, open_sink
from tests.batch.sinks.rows import fixture_rows, header, row, written


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_rows_give_the_same_bytes(form: str, tmp_path: Path) -> None:
    rows = [*fixture_rows(), row("=x")]
    faults = [Fault("b.json", 2, "not valid JSON"), Fault("a.json", 0, "empty")]
    first = written(tmp_path, form, rows, faults)
    assert first == written(tmp_path, form, rows, reversed(faults))
    assert first != written(tmp_path, form, rows[:-1], faults)


@pytest.mark.parametrize("form", FORMATS)
def test_a_failure_leaves_the_old_file(form: str, tmp_path: Path) -> None:
    output = tmp_path / "out"
    output.write_text("old")

    def fail() -> None:
        with open_sink(form, output, header()) as sink:
            sink.write(row())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


class Full(BytesIO):
    """A disk without room."""

    def write(self, _: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("form", FORMATS)
def test_a_disk_without_room_is_told(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill() -> None:
        with open_sink(form, None, header()) as sink:
            sink.write(row())
            sink.unused({"Procedure": 2})

    monkeypatch.setattr(sys, "stdout", TextIOWrapper(Full()))
    with pytest.raises(OSError, match="No space left"):
        fill()


@pytest.mark.parametrize("form", FORMATS)
def test_stdout_gets_what_a_file_would_get(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = TextIOWrapper(BytesIO())
    monkeypatch.setattr(sys, "stdout", out)
    with open_sink(form, None, header()) as sink:
        sink.write(row())
        sink.unused({"Procedure": 2})
    assert out.buffer.getvalue() == written(tmp_path, form, [row()])  # type: ignore[attr-defined]


@pytest.mark.parametrize("form", FORMATS)
def test_no_patient_at_all_is_still_an_answer(form: str, tmp_path: Path) -> None:
    content = written(tmp_path, form, [], [Fault("a.json", 0, "empty; nothing to review")])
    assert content


def test_without_the_chart_library_the_report_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = import_module("cds_service.batch.sinks.report")
    monkeypatch.setattr(report, "find_spec", lambda name: None if name == "altair" else name)
    with (
        pytest.raises(SinkError, match=r"pip install 'leg-soreness-cds\[report\]'"),
        open_sink("html", tmp_path / "out", header()),
    ):
        pass
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("one", fixture_rows(), ids=lambda one: one.patient)
def test_a_row_survives_being_written_down(one: Row) -> None:
    assert msgspec.json.decode(msgspec.json.encode(one), type=Row) == one
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(one), type=Row) == one
