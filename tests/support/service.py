"""The service as an operator runs it: a process with a configuration file, to be watched and ended."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).resolve().parents[2]
START_LIMIT = 60.0  # s until it must say that it is ready
STOP_LIMIT = 30.0  # s until it must have ended
SECONDS = 20.0  # that an answer may take


class Service:
    """A service that runs. `url` is what comes before /cds-services, `metrics` the page with the figures."""

    def __init__(self, process: "subprocess.Popen[str]", log: Path, url: str, metrics: str) -> None:
        self.process = process
        self.log = log
        self.url = url
        self.metrics = metrics

    def get(self, path: str) -> requests.Response:
        """An answer, without any proxy of this machine."""
        with requests.Session() as session:
            session.trust_env = False
            return session.get(path if "://" in path else self.url + path, timeout=SECONDS)

    def post(self, path: str, body: Any, **headers: str) -> requests.Response:
        """The answer to a JSON body."""
        with requests.Session() as session:
            session.trust_env = False
            return session.post(self.url + path, json=body, headers=headers, timeout=SECONDS)

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it and return its exit code."""
        self.process.send_signal(how)
        return self.process.wait(STOP_LIMIT)


@contextmanager
def serving(folder: Path, settings: dict[str, Any], *options: str) -> Iterator[Service]:
    """A service with these settings on a free port; its files are in `folder`."""
    config, log = folder / "leg-cds.yaml", folder / "stderr.txt"
    server = {"port": 0, "workers": 1} | settings.get("server", {})
    config.write_text(json.dumps(settings | {"server": server}))  # JSON is YAML
    command = [sys.executable, "-m", "cds_service", "serve", "--config", str(config), *options]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LEG_CDS_")}
    with log.open("wb") as errors:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment
        )
    try:
        url = _told(process, "Ready: ", log).removesuffix("/cds-services")
        metrics = _told(process, "Metrics: ", log) if settings.get("metrics") else ""
        yield Service(process, log, url, metrics)
    finally:
        _stop(process)


def _told(process: "subprocess.Popen[str]", what: str, log: Path) -> str:
    assert process.stdout is not None
    limit = threading.Timer(START_LIMIT, process.kill)  # a killed process ends the wait for its line
    limit.start()
    line = process.stdout.readline()
    limit.cancel()
    assert line.startswith(what), f"{line!r}\n{log.read_text(errors='replace')}"
    return line.removeprefix(what).strip()


def _stop(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.communicate(timeout=STOP_LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
