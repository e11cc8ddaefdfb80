"""The demo as a person starts it, for tests that talk to it over HTTP or in a browser."""

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import NamedTuple

import pytest
import requests

START_LIMIT = 60.0  # s until it must say that it is ready
STOP_LIMIT = 30.0  # s until it must have ended
SECONDS = 20.0  # that an answer may take


class Demo(NamedTuple):
    """The addresses of a demo that runs, without a slash at their ends, and its process."""

    ehr: str
    service: str
    process: "subprocess.Popen[str]"

    def end(self, how: signal.Signals) -> int:
        """End it and return its exit code."""
        self.process.send_signal(how)
        return self.process.wait(STOP_LIMIT)


@contextmanager
def running_demo() -> Iterator[Demo]:
    """A demo on free ports; it is ended afterwards if it still runs."""
    command = [sys.executable, "-m", "cds_service", "demo", "--ehr", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    limit = threading.Timer(START_LIMIT, process.kill)  # a killed process ends the wait for its lines
    limit.start()
    try:
        assert process.stdout is not None
        said = "".join(islice(process.stdout, 3))
        limit.cancel()
        ehr, service = re.findall(r"http://127\.0\.0\.1:\d+", said)
        yield Demo(ehr, service, process)
    finally:
        limit.cancel()
        process.terminate()
        process.communicate(timeout=STOP_LIMIT)


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    """One demo for all tests that leave the patients of others alone."""
    with running_demo() as running:
        yield running


@pytest.fixture
def session() -> Iterator[requests.Session]:
    """HTTP without any proxy of this machine."""
    with requests.Session() as opened:
        opened.trust_env = False
        yield opened
