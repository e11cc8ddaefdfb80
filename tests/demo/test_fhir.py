"""The FHIR server of the demo EHR: whom it answers, and what."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cds_service.demo import fhir
from cds_service.demo.permits import Passes, Permit
from cds_service.demo.records import Records
from cds_service.fixtures import patients

BASE = "http://127.0.0.1:5080/fhir"
ROSA, TRIA = "statin-three-weeks-old", "three-medicines-at-once"
ALL = "user/*.crs"
RESPONSE = {
    "resourceType": "QuestionnaireResponse",
    "status": "completed",
    "subject": {"reference": f"Patient/{ROSA}"},
    "identifier": {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:1"},
}


class Server:
    """The server, asked with a token of some scope."""

    def __init__(self) -> None:
        today = datetime.now(UTC).date()
        self.permits: Passes[Permit] = Passes(60)
        app = Flask(__name__)
        records = Records(one for patient in patients() for one in patient.resources(today))
        app.register_blueprint(fhir.blueprint(records, self.permits, BASE))
        self.client: FlaskClient = app.test_client()

    def headers(self, scope: str, patient: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.permits.issue(Permit(scope, patient))}"}

    def get(self, path: str, scope: str = ALL, patient: str = "") -> TestResponse:
        return self.client.get(f"/fhir/{path}", headers=self.headers(scope, patient))

    def post(self, path: str, body: Any, scope: str = ALL, patient: str = "", **headers: str) -> TestResponse:
        data = body if isinstance(body, bytes) else json.dumps(body)
        return self.client.post(f"/fhir/{path}", data=data, headers=self.headers(scope, patient) | headers)

    def found(self, path: str, **more: str) -> list[str]:
        answer = self.get(path, **more)
        assert answer.status_code == 200, answer.text
        return [entry["resource"]["id"] for entry in answer.json.get("entry", [])]


@pytest.fixture
def server() -> Server:
    return Server()


def outcome(answer: TestResponse) -> str:
    assert answer.json["resourceType"] == "OperationOutcome"
    code: str = answer.json["issue"][0]["code"]
    return code


def test_a_patient_is_read(server: Server) -> None:
    answer = server.get(f"Patient/{ROSA}")
    assert (answer.status_code, answer.mimetype) == (200, "application/fhir+json")
    assert answer.json["name"][0]["given"] == ["Roman"]
    assert answer.json["meta"]["tag"][0]["code"] == "HTEST"


@pytest.mark.parametrize(
    "header", [{}, {"Authorization": "Bearer nobody"}, {"Authorization": "Basic bm9ib2R5"}]
)
def test_without_a_token_nobody_is_answered(server: Server, header: dict[str, str]) -> None:
    answer = server.client.get(f"/fhir/Patient/{ROSA}", headers=header)
    assert (answer.status_code, outcome(answer)) == (401, "login")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_token_ends(server: Server) -> None:
    server.permits.seconds = 0
    assert server.get(f"Patient/{ROSA}").status_code == 401


@pytest.mark.parametrize(
    ("scope", "path", "status"),
    [
        ("patient/Patient.r", f"Patient/{ROSA}", 200),
        ("patient/Patient.s", f"Patient/{ROSA}", 403),
        ("patient/Observation.rs", f"Patient/{ROSA}", 403),
        ("patient/*.rs", f"Condition?patient={ROSA}", 200),
        ("patient/*.r", f"Condition?patient={ROSA}", 403),
        ("openid fhirUser", f"Patient/{ROSA}", 403),
        ("", f"Patient/{ROSA}", 403),
        ("patient/*.read", f"Patient/{ROSA}", 403),
    ],
)
def test_the_scope_decides(server: Server, scope: str, path: str, status: int) -> None:
    assert server.get(path, scope).status_code == status


def test_a_token_for_one_patient_shows_no_other(server: Server) -> None:
    assert server.get(f"Patient/{TRIA}", patient=ROSA).status_code == 403
    assert server.found(f"MedicationRequest?patient={TRIA}", patient=ROSA) == []
    assert server.found("Patient", patient=ROSA) == [ROSA]
    assert len(server.found(f"MedicationRequest?patient={ROSA}", patient=ROSA)) == 1


def test_a_medication_belongs_to_nobody(server: Server) -> None:
    path = "Medication/medicine-by-reference-medication"
    assert server.get(path, patient=ROSA).status_code == 200


def test_questionnaire_responses_are_those_of_the_patient(server: Server) -> None:
    assert server.found(f"QuestionnaireResponse?patient={ROSA}&_sort=-authored&_count=20") == [f"{ROSA}-1"]


def test_every_page_is_reached_by_its_link_and_nothing_twice(server: Server) -> None:
    seen: list[str] = []
    url: str | None = f"{BASE}/Patient?_count=7"
    while url:
        page = server.get(url.removeprefix(f"{BASE}/")).json
        assert page["total"] == len(patients())
        seen += [entry["resource"]["id"] for entry in page["entry"]]
        assert all(entry["fullUrl"].startswith(f"{BASE}/Patient/") for entry in page["entry"])
        url = next((link["url"] for link in page["link"] if link["relation"] == "next"), None)
    assert sorted(seen) == sorted(patient.id for patient in patients())
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("Patient/nobody", 404, "not-found"),
        ("Claim/1", 404, "not-supported"),
        ("Patient?shoe-size=42", 400, "not-supported"),
        ("Patient?_include=Patient:link", 400, "not-supported"),
        ("Observation?date=yesterday", 400, "not-supported"),
        ("Observation?_sort=size", 400, "not-supported"),
        ("Patient?_count=many", 400, "value"),
    ],
)
def test_what_is_not_known_is_refused(server: Server, path: str, status: int, code: str) -> None:
    answer = server.get(path)
    assert (answer.status_code, outcome(answer)) == (status, code)


def test_what_is_created_is_found_and_marked_synthetic(server: Server) -> None:
    answer = server.post("QuestionnaireResponse", RESPONSE)
    assert answer.status_code == 201
    identifier = answer.json["id"]
    assert answer.headers["Location"] == f"{BASE}/QuestionnaireResponse/{identifier}/_history/1"
    kept = server.get(f"QuestionnaireResponse/{identifier}").json
    assert kept["meta"]["tag"][0]["code"] == "HTEST"
    assert identifier in server.found(f"QuestionnaireResponse?patient=Patient/{ROSA}")


def test_what_may_exist_once_is_created_once(server: Server) -> None:
    once = {"If-None-Exist": "identifier=urn:ietf:rfc:3986|urn:uuid:1"}
    first = server.post("QuestionnaireResponse", RESPONSE, **once)
    second = server.post("QuestionnaireResponse", RESPONSE, **once)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json["id"] == second.json["id"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "structure"),
        (b"[]", 400, "structure"),
        ({"resourceType": "Observation"}, 400, "invalid"),
        (RESPONSE | {"status": ["completed"]}, 422, "invalid"),
        (RESPONSE | {"colour": "red"}, 422, "invalid"),
    ],
)
def test_what_is_no_such_resource_is_not_kept(server: Server, body: Any, status: int, code: str) -> None:
    before = server.found("QuestionnaireResponse")
    answer = server.post("QuestionnaireResponse", body)
    assert (answer.status_code, outcome(answer)) == (status, code)
    assert server.found("QuestionnaireResponse") == before


def test_nobody_writes_into_the_chart_of_another_patient(server: Server) -> None:
    assert server.post("QuestionnaireResponse", RESPONSE, patient=TRIA).status_code == 403
    assert server.post("QuestionnaireResponse", RESPONSE, "patient/*.rs").status_code == 403
    assert server.post("Patient", {"resourceType": "Patient"}).status_code == 405
