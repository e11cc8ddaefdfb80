"""The authorization server of the demo EHR: codes for the one app, good once, for one patient."""

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cds_service.demo.addresses import Addresses
from cds_service.demo.app import create_ehr
from cds_service.demo.authorization import CLIENT
from cds_service.ehr.authorization import Endpoints
from cds_service.ehr.identity import read_user
from cds_service.fixtures import patients

EHR, SERVICE = "http://127.0.0.1:5080", "http://127.0.0.1:5000"
ROSA, TRIA = "statin-three-weeks-old", "three-medicines-at-once"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
CALLBACK = f"{SERVICE}/smart/callback"
SCOPE = "launch openid fhirUser patient/*.rs patient/QuestionnaireResponse.c"


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_ehr(patients(), Addresses(EHR, SERVICE)).test_client()


class Office:
    """The EHR as the app and the browser see it."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def authorize(self, **changes: str | None) -> TestResponse:
        asked = {
            "response_type": "code",
            "client_id": CLIENT,
            "redirect_uri": CALLBACK,
            "scope": SCOPE,
            "state": "s1",
            "aud": f"{EHR}/fhir",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            "nonce": "n1",
            "picked": ROSA,
        } | changes
        given = {name: value for name, value in asked.items() if value is not None}
        return self.client.get("/oauth/authorize", base_url=EHR, query_string=given)

    def code(self, **changes: str | None) -> str:
        answer = self.authorize(**changes)
        assert answer.status_code == 302, answer.text
        assert answer.location.startswith(f"{CALLBACK}?")
        query = parse_qs(urlsplit(answer.location).query)
        assert query["state"] == ["s1"]
        return query["code"][0]

    def token(self, code: str, **changes: str) -> TestResponse:
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
            "client_id": CLIENT,
        } | changes
        return self.client.post("/oauth/token", base_url=EHR, data=sent)

    def get(self, path: str, token: str = "") -> TestResponse:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.client.get(path, base_url=EHR, headers=headers)


@pytest.fixture
def office(client: FlaskClient) -> Office:
    return Office(client)


def granted(office: Office, **changes: str | None) -> dict[str, Any]:
    answer = office.token(office.code(**changes))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def test_the_configuration_names_what_is_there(office: Office) -> None:
    told = office.get("/fhir/.well-known/smart-configuration").json
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert told["authorization_endpoint"] == f"{EHR}/oauth/authorize"
    assert told["issuer"] == f"{EHR}/fhir"
    keys = office.get("/jwks.json").json["keys"]
    assert all("d" not in key and key["alg"] == "ES384" for key in keys)


def test_a_code_becomes_a_token_for_the_patient(office: Office) -> None:
    grant = granted(office)
    assert grant["token_type"] == "Bearer"  # noqa: S105
    assert grant["patient"] == ROSA
    assert grant["encounter"]
    assert grant["scope"] == SCOPE
    assert office.get(f"/fhir/Patient/{ROSA}", grant["access_token"]).status_code == 200
    assert office.get(f"/fhir/Patient/{TRIA}", grant["access_token"]).status_code == 403


def test_the_id_token_is_one_the_service_believes(office: Office) -> None:
    endpoints = Endpoints("", "", issuer=f"{EHR}/fhir", jwks_uri=f"{EHR}/jwks.json")
    user = read_user(
        granted(office)["id_token"], endpoints, CLIENT, "n1", lambda _: office.get("/jwks.json").data
    )
    assert user == "Practitioner/demo"


def test_only_known_scopes_are_granted(office: Office) -> None:
    grant = granted(office, scope="patient/*.rs patient/*.cruds system/*.rs")
    assert grant["scope"] == "patient/*.rs"
    assert "id_token" not in grant


def test_a_launch_nobody_made_is_refused(office: Office) -> None:
    refused = office.authorize(picked=None, launch="nobody")
    assert refused.status_code == 400
    assert "launch is over" in refused.text


def test_without_a_launch_the_user_chooses_the_patient(office: Office) -> None:
    answer = office.authorize(picked=None)
    assert answer.status_code == 200
    assert f"picked={ROSA}" in answer.text
    assert office.authorize(picked="nobody").status_code == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "another"},
        {"client_id": None},
        {"redirect_uri": "http://127.0.0.1:9/smart/callback"},
        {"redirect_uri": None},
        {"code_challenge": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
        {"nonce": None},
        {"response_type": "token"},
        {"aud": "http://127.0.0.1:9/fhir"},
        {"aud": None},
    ],
    ids=str,
)
def test_another_request_is_refused_with_a_page_and_sends_nobody_anywhere(
    office: Office, changes: dict[str, str | None]
) -> None:
    answer = office.authorize(**changes)
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert "This is not possible" in answer.text


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "w" * 43},
        {"code_verifier": ""},
        {"redirect_uri": f"{CALLBACK}/x"},
        {"client_id": "another"},
        {"grant_type": "password"},
    ],
    ids=str,
)
def test_a_wrong_token_request_gets_no_token(office: Office, changes: dict[str, str]) -> None:
    answer = office.token(office.code(), **changes)
    assert answer.status_code in (400, 401)
    assert "access_token" not in answer.text


@pytest.mark.parametrize("host", ["evil.example", "localhost:5080"])
def test_another_host_name_is_only_told_the_right_one(client: FlaskClient, host: str) -> None:
    answer = client.get("/", headers={"Host": host})
    assert answer.status_code == 400
    assert answer.text == f"Open {EHR}/ : the demo EHR answers at this address only.\n"


def test_a_code_is_good_once_even_after_a_wrong_try(office: Office) -> None:
    code = office.code()
    assert office.token(code, code_verifier="w" * 43).status_code == 400
    assert office.token(code).status_code == 400
