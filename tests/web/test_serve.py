"""The service as a real process: what only the HTTP server can get wrong."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
import requests
from fhir.resources.R4B.operationoutcome import OperationOutcome

from tests.web.calls import HOOKS, MARK, hook_call

SERVE = [sys.executable, "-m", "cds_service", "serve"]
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("LEG_CDS_")}
BODY = json.dumps(hook_call()).encode()
SECONDS = 20


@pytest.fixture(scope="module")
def service() -> Iterator[tuple[str, int]]:
    command = [*SERVE, "--port", "0", "--workers", "1"]
    environment = ENVIRONMENT | {"LEG_CDS_BODY_LIMIT": "100000"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout
        ready = re.fullmatch(r"Ready: http://(127\.0\.0\.1):(\d+)/cds-services\n", process.stdout.readline())
        assert ready
        yield ready[1], int(ready[2])
        process.terminate()
        assert process.wait(SECONDS) == 0


def browse(service: tuple[str, int], seconds: float = SECONDS) -> requests.Response:
    """Discovery, without any proxy of this machine."""
    with requests.Session() as session:
        session.trust_env = False
        return session.get("http://{}:{}/cds-services".format(*service), timeout=seconds)


def send(service: tuple[str, int], *parts: bytes) -> bytes:
    """What comes back for these bytes, until the service closes or has answered in full."""
    with socket.create_connection(service, SECONDS) as connection:
        for part in parts:
            connection.sendall(part)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    return answer


def post(headers: str, body: bytes = b"") -> bytes:
    head = (
        f"POST /cds-services/leg-soreness HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{headers}"
    )
    return head.encode() + b"Connection: close\r\n\r\n" + body


def status_of(answer: bytes) -> int:
    """The status; an error must carry a valid OperationOutcome that repeats nothing."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status = int(head.split()[1])
    if status >= 400:
        assert OperationOutcome.model_validate(json.loads(body)).issue
        assert MARK.encode() not in answer
    return status


def test_discovery_and_a_hook_are_answered(service: tuple[str, int]) -> None:
    answer = browse(service)
    assert {entry["id"] for entry in answer.json()["services"]} == set(HOOKS)
    assert "Server" not in answer.headers
    hook = send(service, post(f"Content-Length: {len(BODY)}\r\n", BODY))
    assert status_of(hook) == 200
    assert json.loads(hook.partition(b"\r\n\r\n")[2]) == {"cards": []}


def test_a_chunked_body_is_read(service: tuple[str, int]) -> None:
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
    assert status_of(send(service, post("Transfer-Encoding: chunked\r\n", chunks))) == 200


def test_a_chunked_body_over_the_limit_is_413(service: tuple[str, int]) -> None:
    big = BODY.ljust(150_000)
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(big), big)
    assert status_of(send(service, post("Transfer-Encoding: chunked\r\n", chunks))) == 413


def test_a_declared_length_over_the_limit_is_413_without_reading(service: tuple[str, int]) -> None:
    assert status_of(send(service, post("Content-Length: 100000000000\r\n", b"{"))) == 413


@pytest.mark.parametrize(
    "headers",
    ["Content-Length: -1\r\n", f"Content-Length: {MARK}\r\n", "Content-Length: 5\r\nContent-Length: 6\r\n",
     "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", f"Transfer-Encoding: {MARK}\r\n", f"{MARK}\r\n",
     f"Authorization : Bearer {MARK}\r\n"],
)  # fmt: skip
def test_broken_framing_is_refused(service: tuple[str, int], headers: str) -> None:
    assert status_of(send(service, post(headers, b"{}"))) in {400, 501}


def test_a_bad_chunk_size_is_400(service: tuple[str, int]) -> None:
    assert status_of(send(service, post("Transfer-Encoding: chunked\r\n", b"zz\r\n{}\r\n0\r\n\r\n"))) == 400


def test_a_body_cut_off_in_the_middle_is_400(service: tuple[str, int]) -> None:
    assert status_of(send(service, post(f"Content-Length: {len(BODY)}\r\n", BODY[:50]))) == 400


@pytest.mark.parametrize(
    ("request_line", "status"),
    [(f"GET /{MARK} HTP\r\n", 400), (f"GET /{'a' * 9000}{MARK} HTTP/1.1\r\n", 414), (f"{MARK}\r\n", 400)],
)
def test_broken_request_lines_are_refused(service: tuple[str, int], request_line: str, status: int) -> None:
    assert status_of(send(service, request_line.encode() + b"Host: x\r\n\r\n")) == status


def test_too_many_headers_are_refused(service: tuple[str, int]) -> None:
    headers = "".join(f"X-{number}: {MARK}\r\n" for number in range(300))
    assert status_of(send(service, post(headers))) == 431


def test_half_sent_bodies_do_not_stop_other_callers(service: tuple[str, int]) -> None:
    half = [socket.create_connection(service, SECONDS) for _ in range(20)]
    try:
        for connection in half:
            connection.sendall(post(f"Content-Length: {len(BODY)}\r\n", BODY[:20]))
        assert browse(service, seconds=2).status_code == 200
    finally:
        for connection in half:
            connection.close()


def test_health_is_seen_from_the_command_line(service: tuple[str, int]) -> None:
    health = [sys.executable, "-m", "cds_service", "health", "--port"]
    assert subprocess.run([*health, str(service[1])], check=False, timeout=SECONDS).returncode == 0
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound, not listening: nobody answers there
        port = str(unused.getsockname()[1])
        ended = subprocess.run([*health, port], check=False, timeout=SECONDS, capture_output=True)
    assert ended.returncode == 1
    assert b"not live" in ended.stderr


def run_serve(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [*SERVE, *options]
    return subprocess.run(
        command, check=False, timeout=SECONDS, capture_output=True, text=True, env=ENVIRONMENT | environment
    )


def test_an_open_address_is_refused_and_the_way_out_named() -> None:
    ended = run_serve("--host", "0.0.0.0")  # noqa: S104 - it must not be bound
    assert ended.returncode == 2
    assert "LEG_CDS_ALLOW_OPEN" in ended.stderr
    assert ended.stdout == ""


def test_a_port_in_use_is_said(service: tuple[str, int]) -> None:
    ended = run_serve("--port", str(service[1]))
    assert ended.returncode == 2
    assert "--port" in ended.stderr


def test_unusable_settings_are_all_named() -> None:
    ended = run_serve(LEG_CDS_PORT="x", LEG_CDS_WORKERS="0")
    assert ended.returncode == 2
    assert "LEG_CDS_PORT" in ended.stderr
    assert "LEG_CDS_WORKERS" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_ctrl_c_ends_the_service_in_order() -> None:
    command = [*SERVE, "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT
    ) as process:
        assert process.stdout
        assert process.stdout.readline().startswith("Ready: ")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    assert "Traceback" not in errors
