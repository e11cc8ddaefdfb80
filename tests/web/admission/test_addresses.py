"""Client authentication over HTTP: which address takes which token."""

from http import HTTPStatus
from pathlib import Path

from flask.testing import FlaskClient

from cds_service.settings import Issuer
from tests.security.token_making import payload, token
from tests.support.admission import FEEDBACK, PATH, Make, call, refusals
from tests.support.gate import issuer_with_file
from tests.support.signing import AUDIENCE, BASE, EC_KID, ec_key, header, key_set, public_jwk, sign
from tests.web.calls import assert_refused, hook_call


def test_each_address_wants_a_token_of_its_own(client: FlaskClient) -> None:
    paths = {
        "/cds-services": "discovery",
        PATH: "hook",
        FEEDBACK: "feedback",
        "/cds-services/leg-soreness-order-sign": "another service",
    }
    for made_for in paths:
        for path in (PATH, FEEDBACK):
            answer = call(client, token(aud=BASE + made_for), path)
            expected = HTTPStatus.OK if path == made_for else HTTPStatus.UNAUTHORIZED
            assert answer.status_code == expected, (made_for, path)


def test_the_address_is_the_configured_one(client: FlaskClient) -> None:
    assert AUDIENCE == BASE + PATH
    assert call(client, token(), f"{PATH}/").status_code == HTTPStatus.OK


def test_what_the_request_says_of_our_own_address_does_not_count(client: FlaskClient) -> None:
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Prefix": "/x"}
    evil = {"Authorization": f"Bearer {token(aud=f'https://evil.example{PATH}')}"}
    assert (
        client.post(PATH, json=hook_call(), headers={**headers, **evil}).status_code
        == HTTPStatus.UNAUTHORIZED
    )
    good = {"Authorization": f"Bearer {token()}"}
    assert client.post(PATH, json=hook_call(), headers={**headers, **good}).status_code == HTTPStatus.OK


def test_discovery_is_public(client: FlaskClient) -> None:
    assert client.get("/cds-services").status_code == HTTPStatus.OK
    assert client.get("/").status_code == HTTPStatus.OK
    assert client.get("/healthz/live").status_code == HTTPStatus.OK


def test_a_token_that_is_shown_at_discovery_must_be_right(client: FlaskClient) -> None:
    good = token(aud=f"{BASE}/cds-services")
    statuses = [
        client.get("/cds-services", headers={"Authorization": f"Bearer {text}"}).status_code
        for text in (good, good, token(), "x")
    ]
    assert statuses == [HTTPStatus.OK, *[HTTPStatus.UNAUTHORIZED] * 3]


def test_an_issuer_may_be_kept_to_some_services(make: Make, known: Issuer) -> None:
    client = make(known.model_copy(update={"services": ("leg-soreness-order-sign",)}))
    before = refusals().get("service", 0)
    for path in (PATH, FEEDBACK):
        assert_refused(call(client, token(aud=BASE + path), path), HTTPStatus.FORBIDDEN, "may not call")
    assert refusals()["service"] == before + 2
    sign_hook = "/cds-services/leg-soreness-order-sign/feedback"
    assert call(client, token(aud=BASE + sign_hook), sign_hook).status_code == HTTPStatus.OK
    assert call(client, None).status_code == HTTPStatus.UNAUTHORIZED


def test_a_second_issuer_is_apart(make: Make, known: Issuer, tmp_path: Path) -> None:
    (tmp_path / "second").mkdir()
    keys = key_set(public_jwk(ec_key("second"), EC_KID))
    second = issuer_with_file(tmp_path / "second", keys, name="second", iss="https://second.example")
    client = make(known, second)
    assert (
        call(client, sign(header(), payload(iss=second.iss), ec_key("second"))).status_code == HTTPStatus.OK
    )
    assert call(client, sign(header(), payload(iss=second.iss))).status_code == HTTPStatus.UNAUTHORIZED
    assert call(client, sign(header(), payload(), ec_key("second"))).status_code == HTTPStatus.UNAUTHORIZED


def test_preflights_need_no_token(client: FlaskClient) -> None:
    headers = {"Origin": "https://sandbox.cds-hooks.org", "Access-Control-Request-Method": "POST"}
    answer = client.options(PATH, headers=headers)
    assert answer.status_code == HTTPStatus.NO_CONTENT
    assert "authorization" in answer.headers["Access-Control-Allow-Headers"]


def test_pages_of_the_sandbox_may_read_that_they_were_refused(client: FlaskClient) -> None:
    answer = client.post(PATH, json=hook_call(), headers={"Origin": "https://sandbox.cds-hooks.org"})
    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    assert answer.headers["Access-Control-Allow-Origin"] == "https://sandbox.cds-hooks.org"
