"""One real server process for the tests over HTTP; it ends with the session (one for each xdist worker)."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

START_LIMIT = 30.0  # s until the server must say that it is ready
STOP_LIMIT = 15.0  # s until it must have ended

pytest_plugins = ["tests.support.log_watch"]

Call = Callable[[str, Any], requests.Response]


@pytest.fixture(scope="session")
def service_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a service started as an operator would start it, on a free port of 127.0.0.1."""
    log = tmp_path_factory.mktemp("service") / "stderr.txt"
    command = [sys.executable, "-m", "cds_service", "serve", "--port", "0", "--workers", "1"]
    with log.open("wb") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
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
    if not line.startswith("Ready: "):
        pytest.fail(f"the service did not start; it printed {line!r} and\n{log.read_text(errors='replace')}")
    return line.removeprefix("Ready: ").strip().removesuffix("/cds-services")


def _stop(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.wait(STOP_LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    assert process.stdout is not None
    process.stdout.close()


@pytest.fixture(scope="session")
def call(service_url: str) -> Iterator[Call]:
    """Posts a hook request to a service by its id."""
    with requests.Session() as session:
        session.trust_env = False  # a proxy of this machine has no part in this

        def post(service_id: str, body: Any) -> requests.Response:
            return session.post(f"{service_url}/cds-services/{service_id}", json=body, timeout=20)

        yield post
