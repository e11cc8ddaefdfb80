"""Browser pages of admitted origins may call; nobody else, and never with credentials."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.web.calls import Remembering, hook_call

URL = "/cds-services/leg-soreness"
SANDBOX = "https://sandbox.cds-hooks.org"
PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type",
}


@pytest.mark.parametrize("path", ["/cds-services", URL, URL + "/feedback"])
@pytest.mark.parametrize(
    "origin", [SANDBOX, "http://localhost:8080", "http://127.0.0.1:3000", "http://[::1]:1"]
)
def test_a_preflight_of_an_admitted_origin_is_answered(client: FlaskClient, path: str, origin: str) -> None:
    answer = client.options(path, headers=PREFLIGHT | {"Origin": origin})
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, POST"
    assert answer.headers["Access-Control-Allow-Headers"] == "authorization, content-type"


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", SANDBOX + ".evil.example", "http://localhost.evil.example", "http://localhost:x",
     "http://sandbox.cds-hooks.org", "https://SANDBOX.cds-hooks.org", "http://localhost:80@evil.example", ""],
)  # fmt: skip
def test_other_origins_are_not_admitted(client: FlaskClient, origin: str) -> None:
    for answer in (
        client.options(URL, headers=PREFLIGHT | {"Origin": origin}),
        client.get(URL, headers={"Origin": origin}),
    ):
        assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [(URL, {}, 400), (URL + "x", {}, 404), (URL, hook_call(), 200), (URL, hook_call(prefetch={}), 412)],
)
def test_answers_and_refusals_can_be_read_by_the_page(
    client: FlaskClient, path: str, body: dict[str, object], status: int
) -> None:
    answer = client.post(path, json=body, headers={"Origin": SANDBOX})
    assert answer.status_code == status
    assert answer.headers["Access-Control-Allow-Origin"] == SANDBOX


def test_a_bug_can_be_read_by_the_page(make_client: Callable[..., FlaskClient]) -> None:
    answer = make_client(None).post(URL, json=hook_call(), headers={"Origin": SANDBOX})
    assert answer.status_code == 500
    assert answer.headers["Access-Control-Allow-Origin"] == SANDBOX


def test_credentials_are_never_allowed_and_caches_are_told(client: FlaskClient) -> None:
    for answer in (client.get("/cds-services"), client.get("/cds-services", headers={"Origin": SANDBOX})):
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert "Origin" in answer.headers["Vary"]


def test_origins_are_the_operators_choice(make_client: Callable[..., FlaskClient]) -> None:
    client = make_client(Remembering(), cors_origins=("https://ehr.example",))
    assert "Access-Control-Allow-Origin" not in client.get("/", headers={"Origin": SANDBOX}).headers
    assert client.get("/", headers={"Origin": "https://ehr.example"}).headers["Access-Control-Allow-Origin"]


def test_loopback_pages_are_admitted_only_by_a_service_on_loopback(
    make_client: Callable[..., FlaskClient],
) -> None:
    client = make_client(Remembering(), server={"host": "0.0.0.0", "allow_open": True})  # noqa: S104 - nothing is bound
    assert (
        "Access-Control-Allow-Origin" not in client.get("/", headers={"Origin": "http://localhost:1"}).headers
    )


def test_options_without_preflight_lists_the_methods(client: FlaskClient) -> None:
    answer = client.options("/cds-services")
    assert answer.status_code == 200
    assert "GET" in answer.headers["Allow"]
