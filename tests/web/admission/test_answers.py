"""Client authentication over HTTP: who comes in, and the one answer to everybody who does not."""

from http import HTTPStatus
from typing import Any

import pytest
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from cds_service.ehr import callers
from tests.security.token_making import Case, token
from tests.security.token_table import admitted, refused
from tests.support.admission import PATH, call, can_be_sent, refusals
from tests.support.signing import NOW
from tests.web.calls import assert_refused, hook_call


@pytest.mark.parametrize(
    "case", [case for case in admitted() if can_be_sent(case.make())], ids=lambda case: case.name
)
def test_tokens_as_ehrs_send_them_come_in(client: FlaskClient, case: Case) -> None:
    assert call(client, case.make()).status_code == HTTPStatus.OK


def test_all_who_do_not_come_in_get_the_same_answer(client: FlaskClient) -> None:
    replayed = token()
    assert call(client, replayed).status_code == HTTPStatus.OK
    credentials = [case.make() for case in refused()]
    answers = [call(client, text) for text in [*filter(can_be_sent, credentials), replayed, None]]
    assert len(answers) > 200
    assert len({(answer.status, answer.data, str(answer.headers)) for answer in answers}) == 1
    assert_refused(answers[0], HTTPStatus.UNAUTHORIZED)
    assert answers[0].headers["WWW-Authenticate"] == "Bearer"
    assert answers[0].json == {
        "resourceType": "OperationOutcome",
        "issue": [
            {
                "severity": "error",
                "code": "login",
                "details": {"text": "Send a valid token for this address."},
            }
        ],
    }


def test_the_reason_goes_to_the_log_and_the_metric_alone(client: FlaskClient) -> None:
    before = refusals()
    with capture_logs() as lines:
        answer = call(client, token(jti="secret-jti", aud="https://elsewhere.example"))
    assert [line for line in lines if line["event"] != "key set"] == [
        {"event": "not admitted", "reason": "audience", "issuer": "ehr", "log_level": "info"}
    ]
    assert refusals()["audience"] == before.get("audience", 0) + 1
    assert "audience" not in answer.text
    assert "secret-jti" not in str(lines)
    assert "elsewhere" not in str(lines)


def test_clocks_that_differ_are_counted(client: FlaskClient) -> None:
    before = refusals().get("time", 0)
    for seconds in (-120, 120):
        late = {"iat": NOW + seconds - 60, "exp": NOW + seconds} if seconds < 0 else {"iat": NOW + seconds}
        assert call(client, token(**late)).status_code == HTTPStatus.UNAUTHORIZED
    for seconds in (-20, 20):
        late = {"iat": NOW + seconds - 60, "exp": NOW + seconds} if seconds < 0 else {"iat": NOW + seconds}
        assert call(client, token(**late)).status_code == HTTPStatus.OK
    assert refusals()["time"] == before + 2


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_written_in_any_case(client: FlaskClient, scheme: str) -> None:
    answer = client.post(PATH, json=hook_call(), headers={"Authorization": f"{scheme} {token()}"})
    assert answer.status_code == HTTPStatus.OK


@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer ", "Basic dTpw", "Token x", "x", "Bearer a.b", "Bearer ,"]
)
def test_other_credentials_do_not_come_in(client: FlaskClient, value: str) -> None:
    answer = client.post(PATH, json=hook_call(), headers={"Authorization": value})
    assert answer.status_code == HTTPStatus.UNAUTHORIZED


def test_a_token_counts_in_the_header_alone(client: FlaskClient) -> None:
    text = token()
    for path in (f"{PATH}?access_token={text}", f"{PATH}?token={text}"):
        assert call(client, None, path).status_code == HTTPStatus.UNAUTHORIZED
    answer = client.post(PATH, json={**hook_call(), "access_token": text, "Authorization": f"Bearer {text}"})
    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    client.set_cookie("Authorization", f"Bearer {text}")
    assert call(client, None).status_code == HTTPStatus.UNAUTHORIZED


def test_two_headers_do_not_come_in(client: FlaskClient) -> None:
    two = [("Authorization", f"Bearer {token()}"), ("Authorization", f"Bearer {token()}")]
    assert client.post(PATH, json=hook_call(), headers=two).status_code == HTTPStatus.UNAUTHORIZED


def test_strangers_learn_nothing_about_their_request(client: FlaskClient) -> None:
    for more in ({"data": b"{"}, {"data": b"x", "content_type": "text/plain"}, {"data": b""}):
        assert client.post(PATH, **more).status_code == HTTPStatus.UNAUTHORIZED


def test_a_token_for_a_body_that_cannot_be_read_is_used_up(client: FlaskClient) -> None:
    text = token()
    headers = {"Authorization": f"Bearer {text}"}
    assert client.post(PATH, data=b"{", content_type="application/json", headers=headers).status_code == 400
    assert call(client, text).status_code == HTTPStatus.UNAUTHORIZED


MARKED = "the message may quote the token"


def test_a_failure_of_ours_looks_like_any_refusal_and_is_logged(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise TypeError(MARKED)

    monkeypatch.setattr(callers, "check_signature", fail)
    with capture_logs() as lines:
        answer = call(client, token())
    assert answer.data == call(client, None).data
    (bug,) = [line for line in lines if line["event"] == "bug"]
    assert bug["exception"] == "TypeError"
    assert MARKED not in str(lines)
