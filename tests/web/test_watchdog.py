"""Calls that are stuck, and the end of the service, seen by every process."""

import os
import threading
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from cds_service.knowledge import Knowledge
from cds_service.settings import Settings
from cds_service.web import create_app
from cds_service.web.process import Process
from cds_service.web.watchdog import Watchdog
from tests.web.calls import Remembering, assert_refused


@pytest.fixture
def process(knowledge: Knowledge) -> Process:
    return Process(knowledge, Settings())


@pytest.fixture
def client(knowledge: Knowledge, process: Process) -> FlaskClient:
    return create_app(knowledge, Settings(), Remembering(), process).test_client()


def in_a_child(act: Callable[[], None]) -> None:
    """Do something in a forked process, which shares the memory made before."""
    child = os.fork()
    if child == 0:
        act()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


def test_no_call_is_stuck_at_first() -> None:
    watchdog = Watchdog(1)
    with watchdog.watching():
        assert not watchdog.is_stuck()
    assert not watchdog.is_stuck()


def test_a_call_that_takes_too_long_is_stuck_and_one_that_ended_is_not() -> None:
    watchdog = Watchdog(0)
    with watchdog.watching():
        assert watchdog.is_stuck()
    fresh = Watchdog(0)
    with fresh.watching():
        pass
    assert not fresh.is_stuck()


def test_a_call_is_watched_also_when_it_fails() -> None:
    watchdog = Watchdog(0)
    with pytest.raises(KeyError), watchdog.watching():
        raise KeyError
    assert not watchdog.is_stuck()


def test_what_is_stuck_in_another_process_is_known_here() -> None:
    watchdog = Watchdog(0)

    def be_stuck() -> None:
        with watchdog.watching():
            watchdog.is_stuck()

    assert not watchdog.is_stuck()
    in_a_child(be_stuck)
    assert watchdog.is_stuck()


def test_the_end_is_known_in_every_process() -> None:
    watchdog = Watchdog(1)
    assert not watchdog.is_draining
    in_a_child(watchdog.drain)
    assert watchdog.is_draining


def test_it_looks_by_itself_and_does_what_else_is_due() -> None:
    watchdog, looked = Watchdog(1), threading.Event()
    watchdog.start(looked.set)
    assert looked.wait(10)


def test_liveness_is_500_while_a_call_is_stuck(knowledge: Knowledge) -> None:
    settings = Settings.model_validate({"limits": {"stuck_seconds": 1e-9}})
    process = Process(knowledge, settings)
    client = create_app(knowledge, settings, Remembering(), process).test_client()
    assert client.get("/healthz/live").get_json() == {"status": "live"}
    with process.watchdog.watching():
        assert_refused(client.get("/healthz/live"), 500, "stuck")


def test_readiness_is_503_before_the_end_while_calls_are_still_answered(
    client: FlaskClient, process: Process
) -> None:
    assert client.get("/healthz/ready").get_json()["status"] == "ready"
    process.watchdog.drain()
    answer = client.get("/healthz/ready")
    assert_refused(answer, 503, "about to end")
    assert answer.headers["Retry-After"] == "1"
    assert client.get("/cds-services").status_code == 200
    assert client.get("/healthz/live").status_code == 200
