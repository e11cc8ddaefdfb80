"""Servers in processes of their own, for the length of a `with` statement."""

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_LIMIT = 60.0  # s until it must say that it is ready
STOP_LIMIT = 15.0  # s until it must have ended
_READY = "Ready: "


@contextmanager
def running(module: str, arguments: Sequence[str], log: Path) -> Iterator[str]:
    """The URL a Python module prints as `Ready: URL` once it serves; its stderr goes to `log`."""
    command = [sys.executable, "-m", module, *arguments]
    with log.open("wb") as errors:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        yield _ready_url(process, log)
    finally:
        _stop(process)


def _ready_url(process: "subprocess.Popen[str]", log: Path) -> str:
    assert process.stdout is not None
    limit = threading.Timer(START_LIMIT, process.kill)  # a killed process ends the wait for its line
    limit.start()
    line = process.stdout.readline()
    limit.cancel()
    assert line.startswith(_READY), f"{line!r}\n{log.read_text(errors='replace')}"
    return line.removeprefix(_READY).strip().removesuffix("/cds-services")


def _stop(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.communicate(timeout=STOP_LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
