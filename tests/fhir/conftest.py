"""A service, the FHIR server of its EHR, and a server it must never reach; all real processes."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cds_service.fixtures import patients
from tests.fhir.ehr import BASES, Ehr, patient_of
from tests.support.processes import running
from tests.support.sekmet_server import SekmetServer, sekmet_server

STUB = "tests.support.stub_fhir_server"


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fhir")


@pytest.fixture(scope="session")
def canary(folder: Path) -> Iterator[str]:
    """A server of somebody else, where no request of the service may ever arrive."""
    nothing = folder / "nothing.json"
    nothing.write_text("[]")
    with running(STUB, [str(nothing), "-"], folder / "canary.txt") as url:
        yield url


@pytest.fixture(scope="session")
def fhir_server(folder: Path, canary: str) -> Iterator[str]:
    """The EHR's FHIR server; what it does wrong is in the address it is asked at."""
    resources = folder / "resources.json"
    resources.write_text(json.dumps(patient_of().resources))
    with running(STUB, [str(resources), canary], folder / "fhir.txt") as url:
        yield url


@pytest.fixture(scope="session")
def sekmet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SekmetServer]:
    """A FHIR server written by others, with every synthetic patient in it."""
    with sekmet_server(tmp_path_factory.mktemp("sekmet")) as server:
        today = datetime.now(UTC).date()
        server.load([resource for patient in patients() for resource in patient.resources(today)])
        yield server


@pytest.fixture(scope="session")
def service_log(folder: Path) -> Path:
    return folder / "service.txt"


@pytest.fixture(scope="session")
def ehr(
    folder: Path, fhir_server: str, canary: str, sekmet: SekmetServer, service_log: Path
) -> Iterator[Ehr]:
    """An EHR that calls a service which may ask its FHIR server at all of `BASES`."""
    bases = [f"{fhir_server}/{base}" for base in BASES] + [sekmet.base]
    config = folder / "config.json"  # JSON is YAML
    settings = {
        "server": {"port": 0, "workers": 1},
        "limits": {"breaker_seconds": 1.0},
        "fhir_servers": [{"base": base, "private_network": True} for base in bases],
    }
    config.write_text(json.dumps(settings))
    with running("cds_service", ["serve", "--config", str(config)], service_log) as url:
        yield Ehr(url, fhir_server, canary)
