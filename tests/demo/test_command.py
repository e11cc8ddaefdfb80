"""`leg-cds demo --ehr`: starts all parts, says where they are, and ends all of them."""

import signal
import socket

import pytest
import requests
from click.testing import CliRunner

from cds_service.cli import commands
from tests.support.demo import SECONDS, running_demo


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_interrupted_and_then_ends_all_parts(
    how: signal.Signals, session: requests.Session
) -> None:
    with running_demo() as demo:
        page = session.get(f"{demo.ehr}/patients/statin-three-weeks-old", timeout=SECONDS)
        assert "Leg soreness: best supported by chart: statin" in page.text
        assert session.get(f"{demo.service}/cds-services", timeout=SECONDS).ok
        assert demo.end(how) == 0
        for url in (demo.ehr, demo.service):
            address = ("127.0.0.1", int(url.rpartition(":")[2]))
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(address, SECONDS)


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = CliRunner().invoke(commands, ["demo", "--ehr", "--port", str(port)])
    assert ended.exit_code == 2
    assert f"cannot listen on port {port}: Address already in use. Try another --port." in ended.stderr


@pytest.mark.parametrize("options", [["--ehr", "--keep"], ["--port", "0"], ["--keep", "--port", "0"]])
def test_options_that_do_not_go_together_are_told(options: list[str]) -> None:
    ended = CliRunner().invoke(commands, ["demo", *options])
    assert ended.exit_code == 2
    assert "--ehr" in ended.stderr


def test_the_demo_minds_neither_strangers_nor_the_settings_of_the_shell(
    monkeypatch: pytest.MonkeyPatch, session: requests.Session
) -> None:
    monkeypatch.setenv("LEG_CDS_PUBLIC_BASE_URL", "https://cds.example")
    with running_demo() as demo:
        stranger = session.post(f"{demo.service}/cds-services/leg-soreness", json={}, timeout=SECONDS)
        page = session.get(f"{demo.ehr}/patients/statin-three-weeks-old", timeout=SECONDS)
    assert stranger.status_code == 401
    assert "The answer of the service (status 200)" in page.text
