"""Log lines: only known fields, and a log that cannot be written stops nobody."""

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.web.log import FIELDS, UnknownFieldError, only_known_fields, told
from cds_service.web.log_writer import LineWriter


def test_known_fields_pass_as_they_are() -> None:
    event = dict.fromkeys(FIELDS - {"left_out"}, "x")
    assert only_known_fields(strict=True)(None, "info", dict(event)) == event


def test_a_strict_log_refuses_an_unknown_field() -> None:
    with pytest.raises(UnknownFieldError, match="patient"):
        only_known_fields(strict=True)(None, "info", {"event": "hook", "patient": "p1"})


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=3), max_size=5))
def test_other_logs_leave_it_out_and_say_so(more: dict[str, str]) -> None:
    event = only_known_fields(strict=False)(None, "info", {**more, "event": "hook"})
    assert isinstance(event, dict)
    assert set(event) <= FIELDS
    unknown = sorted(set(more) - FIELDS)
    assert event.get("left_out", []) == unknown or "left_out" in more


def test_an_exception_is_told_without_its_message() -> None:
    with pytest.raises(KeyError) as caught:
        _ = {}["zq7mark"]
    line = json.dumps(told(caught.value))
    assert "KeyError" in line
    assert "test_log.py" in line
    assert "zq7mark" not in line


def read_lines(descriptor: int, count: int) -> list[str]:
    with os.fdopen(descriptor) as stream:
        return [stream.readline().rstrip("\n") for _ in range(count)]


def test_lines_are_written_in_their_order() -> None:
    reading, writing = os.pipe()
    writer = LineWriter(writing)
    for number in range(100):
        writer.info(f"line {number}")
    assert read_lines(reading, 100) == [f"line {number}" for number in range(100)]
    assert writer.dropped == 0
    os.close(writing)


def test_lines_go_where_they_went_at_first_whatever_is_closed_and_opened_since(tmp_path: Path) -> None:
    log, other = tmp_path / "log.txt", tmp_path / "other.txt"
    with log.open("w") as stream:
        writer, number = LineWriter(stream.fileno()), stream.fileno()
    with other.open("w") as reused:
        assert reused.fileno() == number
        writer.info("a line")
        until(lambda: log.read_text() == "a line\n")
    assert other.read_text() == ""


def until(happened: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(1000):
        if happened():
            return
        pause.wait(0.01)
    pytest.fail("it did not happen")


def test_a_forked_process_writes_its_own_lines() -> None:
    reading, writing = os.pipe()
    writer = LineWriter(writing)
    writer.info("parent")
    child = os.fork()
    if child == 0:
        writer.info("child")
        threading.Event().wait(0.5)  # as long as its thread needs; a worker ends with atexit instead
        os._exit(0)
    assert set(read_lines(reading, 2)) == {"parent", "child"}
    assert os.waitpid(child, 0)[1] == 0
    os.close(writing)


def test_a_blocked_pipe_stops_nobody_and_what_is_dropped_is_counted() -> None:
    reading, writing = os.pipe()
    writer = LineWriter(writing, longest_queue=10)
    for _ in range(200):
        writer.error("x" * 10_000)  # far more than a pipe holds, and nobody reads
    assert writer.dropped >= 100
    os.close(reading)
    os.close(writing)


def test_a_disk_that_is_full_stops_nobody() -> None:
    with open("/dev/full", "wb", buffering=0) as full:  # noqa: PTH123 - a device
        writer = LineWriter(full.fileno())
        writer.info("lost")
        until(lambda: writer.dropped == 1)
