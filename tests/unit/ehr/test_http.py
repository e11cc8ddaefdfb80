"""The one place that sends requests: where it goes, what it says, what it believes."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from cds_service.ehr.connections import is_public
from cds_service.ehr.deadline import Deadline
from cds_service.ehr.http import SafeHttp, Target
from cds_service.ehr.token import Token
from cds_service.ehr.unavailable import Reason, Unavailable
from cds_service.settings import Limits
from tests.support.key_host import KeyHost, key_host, text

SECONDS = 10.0
LIMIT = 1000
DOCUMENT = json.dumps({"a": 1}).encode()
TOKEN = Token("secret-of-one-call")


@pytest.fixture
def host() -> Iterator[KeyHost]:
    with key_host() as found:
        found.serve(DOCUMENT)
        yield found


@pytest.fixture
def http() -> SafeHttp:
    return SafeHttp(Limits())


def fetch(http: SafeHttp, url: str, **target: object) -> bytes:
    with Deadline(SECONDS) as deadline:
        wanted = {"url": url, "base": url, "private_network": True, **target}
        return http.get(Target(**wanted), deadline, LIMIT).body  # type: ignore[arg-type]


def refusal(http: SafeHttp, url: str, **target: object) -> Reason:
    with pytest.raises(Unavailable) as refused:
        fetch(http, url, **target)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None
    return refused.value.reason


def test_environment_files_and_variables_are_not_read(
    host: KeyHost, http: SafeHttp, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")
    said: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        said.append(handler.headers["Authorization"])
        text(DOCUMENT)(handler)

    host.answer = answer
    assert fetch(http, host.url, token=TOKEN) == DOCUMENT
    assert said == ["Bearer secret-of-one-call"]


def test_one_connection_serves_several_calls(http: SafeHttp) -> None:
    sources = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.protocol_version = "HTTP/1.1"
        handler.close_connection = False
        sources.append(handler.client_address)
        text(DOCUMENT)(handler)

    with key_host() as host:
        host.answer = answer
        for _ in range(3):
            assert fetch(http, host.url) == DOCUMENT
    assert len(sources) == 3
    assert len(set(sources)) == 1


def test_loopback_is_not_public(host: KeyHost, http: SafeHttp) -> None:
    assert refusal(http, host.url, private_network=False) is Reason.UNREACHABLE
    assert (
        refusal(http, host.url.replace("127.0.0.1", "localhost"), private_network=False) is Reason.UNREACHABLE
    )
    assert host.requests == []


def test_the_address_must_stay_below_its_base(host: KeyHost, http: SafeHttp) -> None:
    root = host.url.partition("/keys")[0]
    for url in (f"{root}/fhir/../keys", f"{root}/fhirx", root, "http://other.invalid/fhir"):
        assert refusal(http, url, base=f"{root}/fhir") is Reason.FOREIGN_PAGE
    assert host.requests == []
    assert fetch(http, f"{root}/fhir/x", base=f"{root}/fhir") == DOCUMENT


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": 302, "Location": "/elsewhere"}, Reason.REDIRECTED),
        ({"status": 304}, Reason.REDIRECTED),
        ({"status": 204}, Reason.REFUSED),
        ({"Content_Type": "text/html"}, Reason.NOT_JSON),
        ({"Content_Encoding": "gzip"}, Reason.NOT_JSON),
        ({"Content_Length": "9"}, Reason.BROKEN_OFF),
        ({"Content_Length": "x"}, Reason.BROKEN_OFF),
    ],
)
def test_what_is_no_whole_json_document_is_none(
    host: KeyHost, http: SafeHttp, change: dict[str, object], reason: Reason
) -> None:
    host.answer = text(DOCUMENT, **change)  # type: ignore[arg-type]
    assert refusal(http, host.url) is reason
    assert len(host.requests) == 1


def test_a_document_may_be_as_long_as_allowed_and_no_longer(host: KeyHost, http: SafeHttp) -> None:
    host.serve(b" " * LIMIT)
    assert len(fetch(http, host.url)) == LIMIT
    host.serve(b" " * (LIMIT + 1))
    assert refusal(http, host.url) is Reason.TOO_LARGE


def test_nobody_listening_is_unreachable(http: SafeHttp) -> None:
    with key_host() as host:
        url = host.url
    assert refusal(http, url) is Reason.UNREACHABLE


def test_a_name_that_does_not_exist_is_unreachable(http: SafeHttp) -> None:
    assert refusal(http, "http://nowhere.invalid/x") in (Reason.UNREACHABLE, Reason.BROKEN_OFF)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True), ("2001:4860:4860::8888", True), ("127.0.0.1", False), ("10.1.2.3", False),
        ("192.168.0.1", False), ("172.16.0.1", False), ("169.254.169.254", False), ("100.64.0.1", False),
        ("0.0.0.0", False), ("::1", False), ("::ffff:127.0.0.1", False), ("::ffff:8.8.8.8", True),  # noqa: S104
        ("fe80::1%eth0", False), ("fd00::1", False), ("2002:7f00:1::1", False), ("224.0.0.1", False),
        ("64:ff9b::7f00:1", False), ("64:ff9b::808:808", True),
    ],
)  # fmt: skip
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public
