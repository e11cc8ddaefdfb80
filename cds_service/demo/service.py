"""The service under demonstration: a process of its own, started as an operator would start it."""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import msgspec

from cds_service.demo.addresses import Addresses
from cds_service.demo.authorization import CLIENT, SCOPES
from cds_service.demo.keys import ALGORITHM

_SECONDS_TO_END = 15
_PREFIX = "LEG_CDS_"


class ServiceNotStarted(RuntimeError):  # noqa: N818 - it is told to the user
    """The service ended before it was ready; the message has its own words."""


@contextmanager
def running_service(options: Sequence[str], environment: dict[str, str] | None = None) -> Iterator[str]:
    """The URL of a service with these options of `serve`; it is ended afterwards.

    Raises `ServiceNotStarted`.
    """
    always = ["--host", "127.0.0.1", "--workers", "1"]
    command = [sys.executable, "-m", "cds_service", "serve", *always, *options]
    with tempfile.TemporaryFile("w+") as log:
        service = subprocess.Popen(  # noqa: S603 - our own
            command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment, start_new_session=True
        )
        try:
            yield _await_url(service, log)
        finally:
            _end(service)


@contextmanager
def service_for(addresses: Addresses) -> Iterator[str]:
    """A service that knows the demo EHR as its one caller. Raises `ServiceNotStarted`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_PREFIX)}
    with tempfile.TemporaryDirectory(prefix="leg-cds-demo-") as folder:
        file = Path(folder) / "leg-cds.yaml"
        # JSON is YAML too
        file.write_bytes(msgspec.json.encode(_configuration(addresses)))
        with running_service(["--config", str(file)], environment) as url:
            yield url


def free_port() -> int:
    """A loopback port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _configuration(addresses: Addresses) -> dict[str, Any]:
    """The settings of profile sandbox with the EHR as issuer, FHIR server and SMART client."""
    smart = {"client_id": CLIENT, "scopes": list(SCOPES)}
    issuer = {
        "name": "demo-ehr",
        "iss": addresses.ehr,
        "algorithms": [ALGORITHM],
        "jku": addresses.key_set,
        "fhir_servers": [{"base": addresses.fhir, "private_network": True}],
        "smart": smart,
    }
    return {
        "profile": "sandbox",
        "public_base_url": addresses.service,
        "server": {"port": int(addresses.service.rpartition(":")[2])},
        "issuers": [issuer],
    }


def _await_url(service: "subprocess.Popen[str]", log: TextIO) -> str:
    line = service.stdout.readline() if service.stdout else ""
    if not line:
        log.seek(0)
        raise ServiceNotStarted(f"the service did not start:\n{log.read()}")
    return line.removeprefix("Ready: ").strip().removesuffix("/cds-services")


def _end(service: "subprocess.Popen[str]") -> None:
    service.terminate()
    try:
        service.communicate(timeout=_SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        service.kill()
        service.communicate()
