"""Logs of the whole test run tell of nobody: a pytest plugin that makes every test fail whose logs do.

It listens to the log of the service in this process, to Python's logging and standard error as pytest
captures them, and to what every process of ours that a test starts writes. A test that puts such a value
into a log itself, to show something, says so: `@pytest.mark.plants_in_log("why")`.
"""

import os
import subprocess
import sys
import weakref
from collections.abc import Generator, Iterator
from typing import IO, Any

import pytest

from tests.support.canaries import canaries

_MARK = "plants_in_log"
_OURS = ("cds_service", "leg-cds", "tests.support.store_process")
_LOG_MODULE = "cds_service.web.log"
_SECTIONS = ("Captured stderr", "Captured log")
_LONGEST = 300  # characters of a line that is told

_heard: list[tuple[str, str]] = []
"""Where from, and a text, since the last test."""
_files: list["_File"] = []


class _File:
    """A file that a process of ours writes; it is read through a descriptor that outlives its name."""

    def __init__(self, process: "subprocess.Popen[Any]", file: IO[Any]) -> None:
        self.name = f"{file.name} of {_words(process.args)}"
        self._process = weakref.ref(process)
        self._descriptor = os.open(str(file.name), os.O_RDONLY)
        self._begun = b""  # a line without its end

    def read(self) -> str:
        """What was written since, in whole lines; everything once the process has ended."""
        ended = self.is_over
        parts = [self._begun, *iter(lambda: os.read(self._descriptor, 1 << 20), b"")]
        lines, end, self._begun = b"".join(parts).rpartition(b"\n")
        if ended:
            os.close(self._descriptor)
            end, self._begun = end + self._begun, b""
        return (lines + end).decode("utf-8", "replace")

    @property
    def is_over(self) -> bool:
        process = self._process()
        return process is None or process.returncode is not None


class _Listening:
    """Stands before the logger of the service and hears what it is given, before any of it is left out."""

    def __init__(self, logger: Any) -> None:
        self._logger = logger

    def __getattr__(self, name: str) -> Any:
        say = getattr(self._logger, name)

        def hear(event: str, **fields: Any) -> Any:
            _heard.append(("the log of the service", f"{event} {fields}"))
            return say(event, **fields)

        return hear


def _words(command: Any) -> str:
    return command if isinstance(command, str) else " ".join(map(str, command))


def _is_ours(command: Any) -> bool:
    return any(name in _words(command) for name in _OURS)


def _watch_processes() -> None:
    start, communicate = subprocess.Popen.__init__, subprocess.Popen.communicate

    def started(self: Any, args: Any, *more: Any, **options: Any) -> None:
        start(self, args, *more, **options)
        file = options.get("stderr")
        if _is_ours(args) and isinstance(getattr(file, "name", None), str):
            _files.append(_File(self, file))

    def communicated(self: Any, *given: Any, **options: Any) -> Any:
        answer = communicate(self, *given, **options)
        if _is_ours(self.args) and answer[1]:
            text = answer[1] if isinstance(answer[1], str) else answer[1].decode("utf-8", "replace")
            _heard.append((f"standard error of {_words(self.args)}", text))
        return answer

    subprocess.Popen.__init__ = started  # type: ignore[method-assign]
    subprocess.Popen.communicate = communicated  # type: ignore[method-assign]


def _leaks(report: pytest.TestReport) -> Iterator[str]:
    """Where from, and the line, of everything found since the last test."""
    _heard.extend((file.name, file.read()) for file in _files)
    _files[:] = [file for file in _files if not file.is_over]
    _heard.extend((name, text) for name, text in report.sections if name.startswith(_SECTIONS))
    for place, text in _heard:
        if text and canaries().search(text):
            for line in filter(canaries().search, text.splitlines()):
                found = canaries().search(line)
                yield f"{place}: {found[0] if found else ''!r} in\n  {line[:_LONGEST]}"
    _heard.clear()


def pytest_configure(config: pytest.Config) -> None:
    """Listen from the beginning."""
    config.addinivalue_line("markers", f"{_MARK}(why): the test puts a canary into a log itself")
    _watch_processes()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Stand before the logger as soon as there is one; refuse an exemption without a reason."""
    mark = item.get_closest_marker(_MARK)
    if mark is not None and not (mark.args and mark.args[0]):
        pytest.fail(f"{_MARK} needs a reason")
    module = sys.modules.get(_LOG_MODULE)
    if module is not None and not isinstance(module._logger, _Listening):  # type: ignore[attr-defined]  # noqa: SLF001
        module._logger = _Listening(module._logger)  # type: ignore[attr-defined]  # noqa: SLF001


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Look at the logs when all of a test is torn down, with the last test the servers of the session too."""
    report = yield
    if call.when == "teardown":
        leaks = [*_leaks(report)]
        if leaks and item.get_closest_marker(_MARK) is None and report.passed:
            report.outcome = "failed"
            report.longrepr = "A log tells of a patient or holds a token:\n" + "\n".join(leaks)
    return report
