"""The fetch of a key set, from a real HTTP server on loopback."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from cds_service.ehr.deadline import Deadline
from cds_service.ehr.http import Answer, SafeHttp, Target
from cds_service.ehr.key_fetch import key_fetch, key_file_problems
from cds_service.ehr.key_sets import LARGEST, KeysUnavailable
from cds_service.settings import FhirServer, Limits
from tests.support.gate import issuer, settings
from tests.support.key_host import KeyHost, key_host, text
from tests.support.signing import key_set


@pytest.fixture
def host() -> Iterator[KeyHost]:
    with key_host() as started:
        started.serve(key_set())
        yield started


def fetch(host: KeyHost) -> Answer:
    return key_fetch(issuer(jku=host.url), SafeHttp(Limits()))()


def reason(host: KeyHost) -> str:
    with pytest.raises(KeysUnavailable) as refusal:
        fetch(host)
    return refusal.value.reason


def test_the_registered_address_is_asked_as_it_is_written(host: KeyHost) -> None:
    host.serve(key_set(), Cache_Control="max-age=600")
    assert fetch(host) == Answer(key_set(), "max-age=600")
    assert host.requests == ["/keys?of=ehr"]


def test_nothing_is_asked_before_it_is_needed(host: KeyHost) -> None:
    key_fetch(issuer(jku=host.url), SafeHttp(Limits()))
    assert host.requests == []


def test_a_redirect_is_not_followed(host: KeyHost) -> None:
    with key_host() as canary:
        canary.serve(key_set())
        host.answer = text(b"", 302, Location=canary.url)
        assert reason(host) == "redirected"
        assert canary.requests == []


def test_a_document_is_as_large_as_may_be(host: KeyHost) -> None:
    host.serve(key_set() + b" " * (LARGEST - len(key_set())))
    assert len(fetch(host).body) == LARGEST
    host.serve(key_set() + b" " * (LARGEST + 1 - len(key_set())))
    assert reason(host) == "too-large"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (text(b"", 404), "not-found"),
        (text(b"", 500), "failed"),
        (text(b"<html>", Content_Type="text/html"), "not-json"),
        (text(key_set(), Content_Encoding="gzip"), "not-json"),
        (text(key_set(), Content_Length="9999"), "broken-off"),
    ],
)
def test_other_answers_have_a_reason(
    host: KeyHost, answer: Callable[[BaseHTTPRequestHandler], None], expected: str
) -> None:
    host.answer = answer
    assert reason(host) == expected


def test_a_host_that_is_down_has_a_reason(host: KeyHost) -> None:
    host.stop()
    assert reason(host) == "unreachable"


def test_a_host_that_never_ends_its_answer_is_left(host: KeyHost) -> None:
    over = threading.Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.end_headers()
        while not over.wait(0.1):
            try:
                handler.wfile.write(b" ")
            except OSError:
                return

    host.answer = drip
    assert reason(host) == "late"
    over.set()


def test_a_proxy_of_the_environment_is_not_used(host: KeyHost, monkeypatch: pytest.MonkeyPatch) -> None:
    with key_host() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "")
        assert fetch(host).body == key_set()
        assert proxy.requests == []


def test_a_file_is_read_each_time(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_bytes(key_set())
    fetch = key_fetch(issuer(jwks_file=file), SafeHttp(Limits()))
    assert fetch() == Answer(key_set())
    file.write_bytes(b"{}")
    assert fetch() == Answer(b"{}")
    file.unlink()
    with pytest.raises(KeysUnavailable) as refusal:
        fetch()
    assert refusal.value.reason == "unreadable"


def test_a_file_wins_over_the_address_tokens_may_name(tmp_path: Path, host: KeyHost) -> None:
    file = tmp_path / "keys.json"
    file.write_bytes(b"{}")
    assert key_fetch(issuer(jwks_file=file, jku=host.url), SafeHttp(Limits()))() == Answer(b"{}")
    assert host.requests == []


def test_files_without_a_usable_key_are_told_before_the_start(tmp_path: Path, host: KeyHost) -> None:
    documents = {"good": key_set(), "empty": b'{"keys": []}', "page": b"<html>"}
    for name, document in documents.items():
        (tmp_path / name).write_bytes(document)
    files = [tmp_path / name for name in (*documents, "gone")]
    issuers = [issuer(name=file.name, iss=file.name, jwks_file=file) for file in files]
    fetched = issuer(name="fetched", iss="fetched", jku=host.url)
    assert list(key_file_problems(settings(fetched, *issuers))) == [
        f"issuers[2].jwks_file: {tmp_path / 'empty'} is of no use: no-usable-key",
        f"issuers[3].jwks_file: {tmp_path / 'page'} is of no use: not-a-key-set",
        f"issuers[4].jwks_file: {tmp_path / 'gone'} is of no use: unreadable",
    ]
    assert host.requests == []


class Asked:
    """Stands in for the HTTP client: keeps whom it was to ask."""

    def __init__(self) -> None:
        self.targets: list[Target] = []

    def get(self, target: Target, deadline: Deadline, max_bytes: int) -> Answer:
        assert (deadline.seconds, max_bytes) == (1.5, 262_144)
        self.targets.append(target)
        return Answer(b"{}")


def target_of(jku: str, *servers: FhirServer) -> Target:
    asked = Asked()
    key_fetch(issuer(jku=jku, fhir_servers=servers), asked)()  # type: ignore[arg-type]
    return asked.targets[0]


def test_a_key_host_is_public_unless_the_issuer_has_a_private_network() -> None:
    public = FhirServer(base="https://fhir.example/r4")
    private = FhirServer(base="https://fhir.hospital.example/r4", private_network=True)
    jku = "https://keys.example/jwks"
    assert target_of(jku) == Target(url=jku, base=jku)
    assert target_of(jku, public) == Target(url=jku, base=jku)
    assert target_of(jku, public, private) == Target(url=jku, base=jku, private_network=True)
    assert target_of("http://127.0.0.1:1/keys").private_network


def test_a_key_host_has_the_certificates_of_the_fhir_server_on_the_same_host(tmp_path: Path) -> None:
    ca_file = tmp_path / "ca.pem"
    ca_file.write_text("x")
    servers = (
        FhirServer(base="https://other.example/r4"),
        FhirServer(base="https://ehr.example/r4", ca_file=ca_file),
    )
    assert target_of("https://ehr.example/keys", *servers).ca_file == ca_file
    assert target_of("https://keys.example/keys", *servers).ca_file is None


def test_an_address_that_is_not_public_is_not_asked(monkeypatch: pytest.MonkeyPatch, host: KeyHost) -> None:
    """A registered name that leads into this network, although the issuer is not of it."""
    monkeypatch.setattr("cds_service.ehr.key_fetch.is_loopback", lambda _host: False)
    assert reason(host) == "unreachable"
    assert host.requests == []
