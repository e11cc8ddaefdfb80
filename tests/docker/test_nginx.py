"""deploy/nginx.conf in front of a real service: the proxy as compose.yaml runs it, on loopback."""

import datetime as dt
import ipaddress
import json
import re
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fhir.resources.R4B.operationoutcome import OperationOutcome

from tests.support.service import serving
from tests.web.calls import MARK, hook_call

CONF = Path(__file__).parents[2] / "deploy/nginx.conf"
URL = "/cds-services/leg-soreness"
WAIT = 20.0
PAUSE = 0.05


class Proxy(NamedTuple):
    """A proxy that runs."""

    url: str
    port: int
    log: Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    day = dt.timedelta(days=1)
    made = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now - day, now + day
    )
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = made.add_extension(address, critical=False).sign(key, hashes.SHA256())
    (folder / "tls.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "tls.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def adapted(folder: Path, service: str, port: int) -> Path:
    """The configuration with the addresses and folders of this machine."""
    text = CONF.read_text()
    swaps = {
        "/tmp/": f"{folder}/",  # noqa: S108 - what the file says
        "/run/secrets/": f"{folder}/",
        "/dev/stdout": f"{folder}/access.txt",
        "service:5000": service.removeprefix("http://"),
        "listen 8443": f"listen 127.0.0.1:{port}",
    }
    for old, new in swaps.items():
        assert old in text
        text = text.replace(old, new)
    file = folder / "nginx.conf"
    file.write_text(text)
    return file


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    program = shutil.which("nginx")
    if program is None:
        pytest.skip("no nginx on this machine")
    folder: Path = tmp_path_factory.mktemp("nginx")
    make_certificate(folder)
    port = free_port()
    with serving(folder, {}) as service:
        command = [program, "-c", str(adapted(folder, service.url, port)), "-p", str(folder)]
        checked = subprocess.run([*command, "-t"], check=False, capture_output=True, text=True, timeout=WAIT)
        assert checked.returncode == 0, checked.stderr
        with subprocess.Popen([*command, "-g", "daemon off;"], stderr=subprocess.DEVNULL) as process:
            try:
                wait_for(port)
                yield Proxy(f"https://127.0.0.1:{port}", port, folder / "access.txt")
            finally:
                process.terminate()
                process.wait(WAIT)


def wait_for(port: int) -> None:
    pause = threading.Event()
    for _ in range(int(WAIT / PAUSE)):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        pause.wait(PAUSE)
    pytest.fail("nginx does not listen")


def ask(proxy: Proxy, method: str, path: str, **more: Any) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(proxy.log.parent / "tls.crt")
        return session.request(method, proxy.url + path, timeout=WAIT, **more)


def is_outcome(answer: requests.Response) -> bool:
    return bool(OperationOutcome.model_validate(answer.json()).issue)


def test_calls_and_answers_pass(proxy: Proxy) -> None:
    assert ask(proxy, "GET", "/cds-services").json()["services"]
    answer = ask(proxy, "POST", URL, json=hook_call())
    assert answer.status_code == 200
    assert answer.json() == {"cards": []}
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    assert re.fullmatch(r"nginx", answer.headers["Server"])


def test_refusals_of_the_service_pass(proxy: Proxy) -> None:
    answer = ask(proxy, "POST", URL, json={})
    assert answer.status_code == 400
    assert "hookInstance" in answer.text


def test_health_is_not_for_the_outside(proxy: Proxy) -> None:
    for path in ("/healthz/live", "/healthz/ready"):
        answer = ask(proxy, "GET", path)
        assert answer.status_code == 404
        assert is_outcome(answer)


def test_a_body_that_is_too_large_is_refused_with_an_outcome(proxy: Proxy) -> None:
    head = {"Content-Type": "application/json"}
    answer = ask(proxy, "POST", URL, data=b"x" * (10 << 20) + b"x", headers=head)
    assert answer.status_code == 413
    assert is_outcome(answer)


def test_half_sent_bodies_do_not_reach_the_service(proxy: Proxy) -> None:
    body = json.dumps(hook_call()).encode()
    lines = [f"POST {URL} HTTP/1.1", "Host: x", "Content-Type: application/json"]
    head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""])
    trust = ssl.create_default_context(cafile=proxy.log.parent / "tls.crt")
    half = []
    try:
        for _ in range(50):  # more than the service has threads
            plain = socket.create_connection(("127.0.0.1", proxy.port), WAIT)
            half.append(trust.wrap_socket(plain, server_hostname="127.0.0.1"))
            half[-1].sendall(head.encode() + body[:20])
        assert ask(proxy, "POST", URL, json=hook_call()).status_code == 200
    finally:
        for connection in half:
            connection.close()


def test_old_tls_is_refused(proxy: Proxy) -> None:
    old = ssl.create_default_context(cafile=proxy.log.parent / "tls.crt")
    old.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.deprecated_call():
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(("127.0.0.1", proxy.port), WAIT) as plain, pytest.raises(ssl.SSLError):
        old.wrap_socket(plain, server_hostname="127.0.0.1")


def test_the_log_holds_no_address_of_a_request(proxy: Proxy) -> None:
    ask(proxy, "GET", f"/{MARK}?patient={MARK}", headers={"Referer": f"https://x.example/{MARK}"})
    assert proxy.log.read_text()
    assert MARK not in proxy.log.read_text()
