"""Every refusal is an OperationOutcome that says what to do and repeats nothing."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from tests.web.calls import HOOKS, MARK, Remembering, assert_refused, hook_call

URL = "/cds-services/leg-soreness"


@pytest.mark.parametrize(
    "path",
    [
        f"/{MARK}",
        f"/cds-services/{MARK}",
        f"//cds-services/{MARK}",
        f"/cds-services/../{MARK}",
        f"/cds-services/leg-soreness/{MARK}",
    ],
)
def test_an_unknown_address_is_404(client: FlaskClient, path: str) -> None:
    assert_refused(client.post(path, json=hook_call()), 404, "GET /cds-services")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "TRACE"])
def test_another_method_is_405_and_says_which_are_allowed(client: FlaskClient, method: str) -> None:
    answer = client.open(URL, method=method)
    assert_refused(answer, 405)
    assert "POST" in answer.headers["Allow"]


def test_discovery_does_not_take_a_post(client: FlaskClient) -> None:
    assert_refused(client.post("/cds-services", json=hook_call()), 405)


def test_a_method_override_has_no_effect(client: FlaskClient) -> None:
    answer = client.post(URL, json=hook_call(), headers={"X-HTTP-Method-Override": "DELETE"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "media",
    ["", "text/plain", "application/xml", "multipart/form-data; boundary=x", f"text/{MARK}",
     "application/json; charset=utf-16", "application/json; charset=latin-1"],
)  # fmt: skip
def test_another_media_type_is_415(client: FlaskClient, media: str) -> None:
    assert_refused(client.post(URL, data=json.dumps(hook_call()), content_type=media), 415, "UTF-8")


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", MARK])
def test_a_content_coding_is_415(client: FlaskClient, coding: str) -> None:
    answer = client.post(URL, json=hook_call(), headers={"Content-Encoding": coding})
    assert_refused(answer, 415, "content coding")


def test_a_body_of_the_limit_is_read_and_one_byte_more_is_413(
    make_client: Callable[..., FlaskClient],
) -> None:
    client = make_client(Remembering(), limits={"body_bytes": 2048})
    body = json.dumps(hook_call()).encode().ljust(2048)
    assert client.post(URL, data=body, content_type="application/json").status_code == 200
    assert_refused(client.post(URL, data=body + b" ", content_type="application/json"), 413, "2048")


@pytest.mark.parametrize(("excess", "status"), [(0, 200), (1, 413), (5000, 413)])
def test_a_body_without_a_length_is_limited_too(
    make_client: Callable[..., FlaskClient], excess: int, status: int
) -> None:
    client = make_client(Remembering(), limits={"body_bytes": 2048})
    body = json.dumps(hook_call()).encode().ljust(2048 + excess)
    answer = client.post(
        URL,
        input_stream=io.BytesIO(body),
        content_type="application/json",
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
    )
    assert answer.status_code == status


def test_a_body_that_breaks_off_is_400(client: FlaskClient) -> None:
    class Broken(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, _buffer: object) -> int:
            raise OSError(MARK)

    broken = {"wsgi.input": io.BufferedReader(Broken()), "wsgi.input_terminated": True}
    answer = client.post(URL, content_type="application/json", environ_overrides=broken)
    assert_refused(answer, 400, "did not arrive complete")


def test_a_bug_is_500_and_never_an_empty_card_list(make_client: Callable[..., FlaskClient]) -> None:
    def failing(*_: Any, **__: Any) -> None:
        raise KeyError(MARK)

    with capture_logs() as logs:
        assert_refused(make_client(failing).post(URL, json=hook_call()), 500, "exception")
    (entry,) = logs
    assert entry["exception"] == "KeyError"
    assert entry["instance"] == hook_call()["hookInstance"]
    assert any("failing" in frame for frame in entry["at"])
    assert MARK not in str(logs)


def test_more_calls_than_can_be_served_get_503_at_once(make_client: Callable[..., FlaskClient]) -> None:
    inner: list[Any] = []

    class Reentrant(Remembering):
        def __call__(self, *arguments: Any, **call: Any) -> Any:
            if not inner:
                inner.append(client.post(URL, json=hook_call()))
            return super().__call__(*arguments, **call)

    client = make_client(Reentrant(), limits={"in_flight": 1})
    assert client.post(URL, json=hook_call()).status_code == 200
    assert_refused(inner[0], 503, "throttled")
    assert inner[0].headers["Retry-After"] == "1"
    assert client.post(URL, json=hook_call()).status_code == 200


@pytest.mark.parametrize("path", ["/", "/cds-services", "/healthz/live", "/healthz/ready", URL, f"/{MARK}"])
def test_every_answer_carries_the_security_headers(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["Referrer-Policy"] == "no-referrer"


def test_the_host_header_is_not_repeated(client: FlaskClient) -> None:
    for path in ("/", "/cds-services", f"/{MARK}"):
        answer = client.get(path, headers={"Host": f"{MARK}.example", "X-Forwarded-Host": MARK})
        assert MARK not in answer.get_data(as_text=True) + str(answer.headers)


def test_a_call_leaves_one_log_line_without_patient_data(client: FlaskClient) -> None:
    with capture_logs() as logs:
        client.post(URL, json=hook_call(extension={"x": MARK}))
    (entry,) = logs
    assert entry["service"] == "leg-soreness"
    assert entry["cards"] == 1
    assert "p1" not in str(logs)
    assert "1960" not in str(logs)
    assert MARK not in str(logs)


def test_a_refusal_leaves_one_log_line_that_names_members(client: FlaskClient) -> None:
    with capture_logs() as logs:
        client.post(URL, json=hook_call(hookInstance=MARK))
    assert logs == [
        {
            "event": "refused",
            "status": 400,
            "about": ["hookInstance"],
            "instance": "",
            "issuer": "open",
            "tenant": "",
            "log_level": "info",
        }
    ]


def test_the_start_page_names_every_service(client: FlaskClient) -> None:
    page = client.get("/")
    assert page.mimetype == "text/html"
    assert all(service in page.text for service in HOOKS)


def test_health_says_live_and_ready(client: FlaskClient) -> None:
    assert client.get("/healthz/live").get_json() == {"status": "live"}
    assert client.get("/healthz/ready").get_json()["status"] == "ready"
