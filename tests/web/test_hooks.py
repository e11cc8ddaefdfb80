"""POST /cds-services/{id}: which members are accepted, which refused, and how."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.web.calls import CARD, HOOKS, MARK, PATIENT, Remembering, assert_refused, hook_call, with_context

URL = "/cds-services/leg-soreness"


@pytest.mark.parametrize("service", HOOKS)
def test_a_valid_call_gets_the_cards_of_the_review(
    client: FlaskClient, review: Remembering, service: str
) -> None:
    answer = client.post(f"/cds-services/{service}", json=hook_call(service))
    assert answer.status_code == 200
    (card,) = answer.get_json()["cards"]
    assert "/source-attributes#" in card["source"].pop("url")
    assert card == CARD
    assert review.calls == [{"service": service, "instance": hook_call()["hookInstance"]}]


def test_a_slash_at_the_end_is_the_same_address(client: FlaskClient) -> None:
    assert client.post(URL + "/", json=hook_call()).status_code == 200


def test_unknown_members_and_extensions_are_ignored(client: FlaskClient) -> None:
    call = hook_call(unknown=1, extension={"com.example.x": {}}, __proto__={}, __class__=[])
    assert client.post(URL + "?hook=x&_method=DELETE", json=call).status_code == 200


@pytest.mark.parametrize(
    "media", ["application/json", "application/fhir+json", "application/json; charset=UTF-8"]
)
def test_json_media_types_are_accepted(client: FlaskClient, media: str) -> None:
    assert client.post(URL, data=json.dumps(hook_call()), content_type=media).status_code == 200


@pytest.mark.parametrize(
    "user", ["Practitioner/1", "PractitionerRole/a.b-c", "Patient/p1", "RelatedPerson/r_1"]
)
def test_all_kinds_of_users_may_call(client: FlaskClient, user: str) -> None:
    assert client.post(URL, json=with_context(userId=user)).status_code == 200


@pytest.mark.parametrize("patient_id", ["p1", "Patient/p1"])
def test_the_patient_id_may_name_its_type(client: FlaskClient, patient_id: str) -> None:
    assert client.post(URL, json=with_context(patientId=patient_id)).status_code == 200


@pytest.mark.parametrize("patient_id", ["a_b", "a" * 64])
def test_ids_of_real_servers_are_accepted(client: FlaskClient, patient_id: str) -> None:
    call = with_context(patientId=patient_id)
    call["prefetch"]["patient"] = PATIENT | {"id": patient_id}
    assert client.post(URL, json=call).status_code == 200


@pytest.mark.parametrize(
    "instance",
    ["D1577C69-DFBE-44AD-BA6D-3E05E953B2EA", "d1577c69dfbe44adba6d3e05e953b2ea"],
)
def test_the_hook_instance_may_be_written_as_real_clients_do(client: FlaskClient, instance: str) -> None:
    assert client.post(URL, json=hook_call(hookInstance=instance)).status_code == 200


@pytest.mark.parametrize("name", ["hook", "hookInstance", "context"])
@pytest.mark.parametrize("value", [None, "", 0, True, [], [MARK], {"x": MARK}, MARK])
def test_required_members_are_checked(client: FlaskClient, name: str, value: Any) -> None:
    assert_refused(client.post(URL, json=hook_call(**{name: value})), 400, name)


@pytest.mark.parametrize("name", ["patientId", "userId"])
@pytest.mark.parametrize("value", [None, "", 0, [MARK], f"{MARK}\r\nX: y"])
def test_required_members_of_the_context_are_checked(client: FlaskClient, name: str, value: Any) -> None:
    assert_refused(client.post(URL, json=with_context(**{name: value})), 400, f"context.{name}")


HOSTILE_IDS = [
    "..",
    ".",
    "../x",
    "a/b",
    "a?b",
    "%2e%2e",
    "a b",
    "a\r\nb",
    "a\n",
    "a\x00",
    "a" * 65,
    "Patient/",
    "é",
    "x/p1",
]


@pytest.mark.parametrize("value", HOSTILE_IDS)
@pytest.mark.parametrize("name", ["patientId", "encounterId"])
def test_hostile_ids_are_refused(client: FlaskClient, name: str, value: str) -> None:
    assert_refused(client.post(URL, json=with_context(**{name: value})), 400, f"context.{name}")


@pytest.mark.parametrize(
    "value", [*HOSTILE_IDS, "d1", "Device/1", "Practitioner/..", "Practitioner/1/x", "practitioner/1"]
)
def test_hostile_users_are_refused(client: FlaskClient, value: str) -> None:
    assert_refused(client.post(URL, json=with_context(userId=value)), 400, "context.userId")


@pytest.mark.parametrize(
    "value", ["1", MARK, "d1577c69-dfbe-44ad-ba6d", "d1577c69-dfbe44ad-ba6d-3e05e953b2ea", " "]
)
def test_a_hook_instance_must_be_a_uuid(client: FlaskClient, value: str) -> None:
    assert_refused(client.post(URL, json=hook_call(hookInstance=value)), 400, "hookInstance")


@pytest.mark.parametrize("value", [MARK, [MARK], 7, True, ""])
def test_the_prefetch_must_be_an_object(client: FlaskClient, value: Any) -> None:
    assert_refused(client.post(URL, json=hook_call(prefetch=value)), 400, "prefetch")


def test_all_problems_are_told_at_once(client: FlaskClient) -> None:
    answer = client.post(URL, json={"hook": MARK, "context": {"patientId": ".."}, "prefetch": [MARK]})
    members = {issue["expression"][0] for issue in answer.get_json()["issue"]}
    assert_refused(answer, 400)
    assert members == {"hook", "hookInstance", "context.patientId", "context.userId", "prefetch"}


def test_an_encounter_start_needs_its_encounter(client: FlaskClient) -> None:
    service = "leg-soreness-encounter-start"
    answer = client.post(f"/cds-services/{service}", json=with_context(service, encounterId=None))
    assert_refused(answer, 400, "context.encounterId")


@pytest.mark.parametrize("value", [None, [], "x", 3])
@pytest.mark.parametrize("service", ["leg-soreness-order-select", "leg-soreness-order-sign"])
def test_order_hooks_need_their_drafts(client: FlaskClient, service: str, value: Any) -> None:
    answer = client.post(f"/cds-services/{service}", json=with_context(service, draftOrders=value))
    assert_refused(answer, 400, "context.draftOrders")


@pytest.mark.parametrize("value", [None, "x", [1]])
def test_order_select_needs_its_selections(client: FlaskClient, value: Any) -> None:
    service = "leg-soreness-order-select"
    answer = client.post(f"/cds-services/{service}", json=with_context(service, selections=value))
    assert_refused(answer, 400, "context.selections")


AUTHORIZATION = {
    "access_token": "t0ken",
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "patient/*.rs",
    "subject": "us",
}


def test_an_authorization_with_its_server_is_accepted(client: FlaskClient) -> None:
    call = hook_call(
        fhirServer="https://ehr.example/fhir", fhirAuthorization=AUTHORIZATION | {"patient": "p1"}
    )
    assert client.post(URL, json=call).status_code == 200


@pytest.mark.parametrize("server", [None, "", 1, "file:///etc/passwd", "{{server}}", f"ftp://{MARK}"])
def test_an_authorization_needs_its_server(client: FlaskClient, server: Any) -> None:
    call = hook_call(fhirServer=server, fhirAuthorization=AUTHORIZATION)
    assert_refused(client.post(URL, json=call), 400, "fhirServer")


@pytest.mark.parametrize(
    "authorization",
    [
        MARK,
        [],
        {},
        AUTHORIZATION | {"access_token": f"{MARK}\r\nX: y"},
        AUTHORIZATION | {"access_token": 5},
        AUTHORIZATION | {"token_type": MARK},
        AUTHORIZATION | {"expires_in": -1},
        AUTHORIZATION | {"expires_in": MARK},
        AUTHORIZATION | {"scope": [MARK]},
        AUTHORIZATION | {"patient": "someone-else"},
    ],
)
def test_a_malformed_authorization_is_refused(client: FlaskClient, authorization: Any) -> None:
    call = hook_call(fhirServer="https://ehr.example/fhir", fhirAuthorization=authorization)
    assert_refused(client.post(URL, json=call), 400, "fhirAuthorization")
