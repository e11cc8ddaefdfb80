"""What an operator sees of a service that runs: health, figures, its end."""

import json
import signal
import sqlite3
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from cds_service.fixtures import patients
from tests.support.processes import running
from tests.support.service import Service, serving

URL = "/cds-services/leg-soreness"
PATIENT = next(patient for patient in patients() if patient.id == "three-medicines-at-once")
WAIT = 20.0  # s until something that must happen has happened
PAUSE = 0.05


def hook_request() -> dict[str, Any]:
    return PATIENT.hook_request(datetime.now(UTC).date(), instance=str(uuid.uuid4()))


def until(happened: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(int(WAIT / PAUSE)):
        if happened():
            return
        pause.wait(PAUSE)
    pytest.fail("it did not happen")


def health(service: Service) -> str:
    """What the health check of a container says."""
    port = service.url.rpartition(":")[2]
    command = [sys.executable, "-m", "cds_service", "health", "--port", port]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=WAIT)
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    settings = {"server": {"workers": 2}, "metrics": {"port": 0}}
    with serving(tmp_path_factory.mktemp("service"), settings) as running_service:
        yield running_service


def figures(service: Service) -> dict[str, float]:
    lines = service.get(service.metrics).text.splitlines()
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if line[0] != "#"}


def test_the_figures_of_all_processes_add_up(service: Service) -> None:
    for _ in range(12):
        assert service.post(URL, hook_request()).status_code == 200
    found = figures(service)
    counted = {
        name: value for name, value in found.items() if name.startswith("cds_hook_seconds_count") and value
    }
    assert sum(counted.values()) == 12
    assert found['cds_hook_seconds_count{outcome="cards",service="leg-soreness"}'] == 12
    assert found["db_write_seconds_count"] > 0
    assert found["inflight"] == 0
    assert found["audit_lag"] == 0


def test_the_figures_are_not_where_callers_call(service: Service) -> None:
    assert service.get("/metrics").status_code == 404


def test_health_needs_no_token_and_says_nothing_of_patients(service: Service) -> None:
    assert service.get("/healthz/live").json() == {"status": "live"}
    ready = service.get("/healthz/ready").json()
    assert set(ready) == {"status", "knowledgeVersion"}


def test_a_replaced_worker_is_no_longer_counted_as_present(service: Service) -> None:
    found = figures(service)
    assert not any("pid=" in name for name in found)


def test_a_port_for_the_figures_that_is_taken_is_said_at_start(service: Service, tmp_path: Path) -> None:
    port = int(service.metrics.rpartition(":")[2].partition("/")[0])
    with (
        pytest.raises(AssertionError, match="METRICS_PORT"),
        serving(tmp_path, {"metrics": {"port": port}}),
    ):
        pass


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_order_and_leaves_nothing_behind(tmp_path: Path, how: signal.Signals) -> None:
    with serving(tmp_path, {"metrics": {"port": 0}}) as service:
        assert service.post(URL, hook_request()).status_code == 200
        store = Path(service.log.read_text().partition("Store: ")[2].partition(", deleted")[0])
        assert store.exists()
        assert service.end(how) == 0
    assert not store.parent.exists()
    lines = [json.loads(line) for line in service.log.read_text().splitlines() if line.startswith("{")]
    assert [line["event"] for line in lines] == ["hook"]


def test_before_its_end_it_is_not_ready_and_still_answers(tmp_path: Path) -> None:
    with serving(tmp_path, {"server": {"drain_seconds": 5}}) as service:
        assert service.get("/healthz/ready").status_code == 200
        service.process.send_signal(signal.SIGTERM)
        until(lambda: service.get("/healthz/ready").status_code == 503)
        assert "not ready: HTTP 503" in health(service)
        answer = service.post(URL, hook_request())
        assert answer.status_code == 200
        assert answer.json()["cards"]
        assert service.process.wait(WAIT) == 0


def test_calls_under_way_are_answered_when_it_ends(tmp_path: Path) -> None:
    with serving(tmp_path, {"server": {"drain_seconds": 1}}) as service:
        answers: list[int] = []
        threads = [
            threading.Thread(target=lambda: answers.append(service.post(URL, hook_request()).status_code))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        until(lambda: bool(answers))
        assert service.end() == 0
        for thread in threads:
            thread.join(WAIT)
    assert answers == [200] * 8


def test_a_call_that_is_stuck_makes_it_not_live_until_it_has_passed(tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.json"
    nothing.write_text("[]")
    with running("tests.support.stub_fhir_server", [str(nothing), "-"], tmp_path / "fhir.txt") as fhir:
        base = f"{fhir}/hang/all"
        settings = {
            "limits": {"stuck_seconds": 0.2},
            "fhir_servers": [{"base": base, "private_network": True}],
        }
        with serving(tmp_path, settings) as service:
            body = hook_request() | {"fhirServer": base}
            del body["prefetch"]["labs"]
            answers: list[requests.Response] = []
            call = threading.Thread(target=lambda: answers.append(service.post(URL, body)))
            call.start()
            until(lambda: service.get("/healthz/live").status_code == 500)
            assert service.post(URL, hook_request()).status_code == 200  # others are answered
            call.join(WAIT)
            assert answers[0].status_code == 200
            assert "the FHIR server did not answer in time" in answers[0].text
            until(lambda: service.get("/healthz/live").status_code == 200)


def test_a_store_that_cannot_be_written_makes_it_not_ready_and_cards_still_come(tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    with serving(tmp_path, {"database": {"url": f"sqlite:///{file}"}}) as service:
        assert service.get("/healthz/ready").status_code == 200
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        until(lambda: service.get("/healthz/ready").status_code == 503)
        answer = service.post(URL, hook_request())
        assert answer.status_code == 200
        assert answer.json()["cards"]
        other.execute("ROLLBACK")
        other.close()
        until(lambda: service.get("/healthz/ready").status_code == 200)
    with sqlite3.connect(file) as reader:
        assert reader.execute("select count(*) from audit where event = 'hook'").fetchone() == (1,)
