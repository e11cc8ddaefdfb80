"""A FHIR server written by others (sekmet-fhir), on loopback, with tokens of different scopes."""

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

Json = dict[str, Any]

START_LIMIT = 60.0  # s until it must answer
_STOP_LIMIT = 15.0
_PAUSE = 0.1  # s between two looks whether it answers
_LOADER, _SECRET = "loader-" + "x" * 24, "secret-of-the-tests"
_CLIENTS = {
    "all": "user/*.read",
    "without-observations": "user/Patient.read user/Encounter.read user/Condition.read "
    "user/MedicationRequest.read user/MedicationStatement.read user/Medication.read "
    "user/QuestionnaireResponse.read",
}


class SekmetServer:
    """A running server; `base` is its FHIR base."""

    def __init__(self, root: str) -> None:
        self.base = f"{root}/fhir"
        self._root = root
        self._session = requests.Session()
        self._session.trust_env = False

    def load(self, resources: Sequence[Json]) -> None:
        """Put resources there."""
        entries = [
            {"resource": one, "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}}
            for one in resources
        ]
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        answer = self._session.post(
            self.base, json=bundle, timeout=60, headers={"Authorization": f"Bearer {_LOADER}"}
        )
        assert answer.ok, answer.text

    def authorization(self, client: str) -> Json:
        """A `fhirAuthorization` with a fresh token of a client: `all` or `without-observations`."""
        answer = self._session.post(
            f"{self._root}/auth/token",
            data={"grant_type": "client_credentials", "scope": _CLIENTS[client]},
            auth=(client, _SECRET),
            timeout=20,
        )
        assert answer.ok, answer.text
        granted = answer.json()
        return {**granted, "token_type": "Bearer", "subject": client}

    def answers(self) -> bool:
        """Whether it is up."""
        try:
            return self._session.get(f"{self.base}/metadata", timeout=5).status_code < 500
        except requests.ConnectionError:
            return False


@contextmanager
def sekmet_server(folder: Path) -> Iterator[SekmetServer]:
    """A server with its data in `folder`, for the length of a `with` statement."""
    port = _free_port()
    config = folder / "settings.json"  # JSON is YAML
    config.write_text(json.dumps(_settings(folder, port)))
    command = [str(Path(sys.executable).with_name("sekmet")), "serve", "-c", str(config)]
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    server = SekmetServer(f"http://127.0.0.1:{port}")
    try:
        _await(server, process, folder / "log.txt")
        yield server
    finally:
        process.terminate()
        try:
            process.wait(_STOP_LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _settings(folder: Path, port: int) -> Json:
    clients = [
        {"client_id": name, "client_secret": _SECRET, "scopes": scopes} for name, scopes in _CLIENTS.items()
    ]
    auth = {
        "types": ["bearer", "smart"],
        "tokens": [_LOADER],
        "smart_clients": clients,
        "enforce_scopes": True,
    }
    return {
        "base_url": f"http://127.0.0.1:{port}/fhir",
        "host": "127.0.0.1",
        "port": port,
        "data_dir": str(folder / "data"),
        "server_auth": auth,
        "validation": {"inbound": "off"},
        "simulator": {"enabled": False},
    }


def _await(server: SekmetServer, process: "subprocess.Popen[bytes]", log: Path) -> None:
    pause = threading.Event()
    for _ in range(int(START_LIMIT / _PAUSE)):
        if process.poll() is None and server.answers():
            return
        pause.wait(_PAUSE)
    raise AssertionError(f"sekmet does not answer:\n{log.read_text(errors='replace')}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port
