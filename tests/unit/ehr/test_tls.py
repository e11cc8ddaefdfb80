"""A server proves who it is, or it is not asked. Its certificates come from the configuration alone."""

import contextlib
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cds_service.ehr.deadline import Deadline
from cds_service.ehr.http import SafeHttp, Target
from cds_service.ehr.unavailable import Reason, Unavailable
from cds_service.settings import Limits

LOOPBACK = ipaddress.ip_address("127.0.0.1")
DAY = timedelta(days=1)


class Authority:
    """Signs certificates; `file` holds its own."""

    def __init__(self, folder: Path) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        self._folder = folder
        self.file = folder / "authority.pem"
        self.file.write_bytes(self._sign(self._key, self._name, None, DAY))

    def certificate(self, address: str = "127.0.0.1", age: timedelta = DAY) -> Path:
        """A file with a key and a certificate that ends two days after it began, `age` ago."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")])
        file = self._folder / "server.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.write_bytes(private + self._sign(key, name, ipaddress.ip_address(address), age))
        return file

    def _sign(self, key: Any, name: x509.Name, address: Any, age: timedelta) -> bytes:
        begin = datetime.now(UTC) - age
        extension = (
            x509.SubjectAlternativeName([x509.IPAddress(address)])
            if address
            else x509.BasicConstraints(ca=True, path_length=0)
        )
        builder = (
            x509.CertificateBuilder()
            .subject_name(name).issuer_name(self._name).public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin).not_valid_after(begin + 2 * DAY)
            .add_extension(extension, critical=address is None)
        )  # fmt: skip
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


Serve = Callable[..., str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serves https with the certificate in a file; gives the URL."""
    with contextlib.ExitStack() as stack:

        def start(certificate: Path, **options: Any) -> str:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            for name, value in options.items():
                setattr(context, name, value)
            server = _Quiet(("127.0.0.1", 0), _Handler)
            server.socket = context.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
            thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
            thread.start()
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
            return f"https://127.0.0.1:{server.server_port}/fhir"

        yield start


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Handshakes that fail are what is tested."""


def outcome(url: str, ca_file: Path | None, seconds: float = 10.0) -> Reason | None:
    try:
        with Deadline(seconds) as deadline:
            target = Target(url=url, base=url, private_network=True, ca_file=ca_file)
            SafeHttp(Limits()).get(target, deadline, 100)
    except Unavailable as error:
        return error.reason
    return None


def test_the_configured_certificates_are_believed(serve: Serve, authority: Authority) -> None:
    assert outcome(serve(authority.certificate()), authority.file) is None


def test_others_are_not_whatever_the_environment_says(
    serve: Serve, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, str(authority.file))
    assert outcome(serve(authority.certificate()), None) is Reason.NOT_SECURE


def test_nor_is_a_certificate_of_another_authority(
    serve: Serve, authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Authority(tmp_path_factory.mktemp("other"))
    assert outcome(serve(other.certificate()), authority.file) is Reason.NOT_SECURE


def test_an_expired_certificate_is_refused(serve: Serve, authority: Authority) -> None:
    assert outcome(serve(authority.certificate(age=5 * DAY)), authority.file) is Reason.NOT_SECURE


def test_a_certificate_of_another_address_is_refused(serve: Serve, authority: Authority) -> None:
    assert outcome(serve(authority.certificate("127.0.0.2")), authority.file) is Reason.NOT_SECURE


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")
def test_an_outdated_protocol_is_refused(serve: Serve, authority: Authority) -> None:
    url = serve(
        authority.certificate(),
        minimum_version=ssl.TLSVersion.TLSv1_1,
        maximum_version=ssl.TLSVersion.TLSv1_1,
    )
    assert outcome(url, authority.file) is Reason.NOT_SECURE


def test_a_handshake_that_is_never_finished_ends_with_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/fhir"
        assert outcome(url, None, seconds=0.2) is Reason.LATE
