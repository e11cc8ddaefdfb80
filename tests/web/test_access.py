"""What a hook call says about its FHIR server, its token, its user and its selections."""

import json
from typing import Any

import pytest

from cds_service.knowledge import Knowledge
from cds_service.web.envelope import HookCall, read_call
from tests.web.calls import MARK, hook_call, with_context

AUTHORIZATION = {
    "access_token": MARK, "token_type": "Bearer", "expires_in": 300, "scope": "user/*.read", "subject": "s",
}  # fmt: skip
SERVER = "https://ehr.example/fhir"


def read(knowledge: Knowledge, body: Any, service: str = "leg-soreness") -> HookCall:
    return read_call(json.dumps(body).encode(), knowledge.services[service])


def test_server_and_token_are_read_and_the_token_does_not_show(knowledge: Knowledge) -> None:
    call = read(knowledge, hook_call(fhirServer=SERVER, fhirAuthorization=AUTHORIZATION))
    assert call.fhir_server == SERVER
    assert call.authorization is not None
    assert call.authorization.token.authorization == f"Bearer {MARK}"
    assert (call.authorization.expires_in, call.authorization.scope) == (300, "user/*.read")
    assert MARK not in repr(call)
    assert MARK not in str(call.authorization.token)


def test_both_may_be_missing(knowledge: Knowledge) -> None:
    call = read(knowledge, hook_call())
    assert (call.fhir_server, call.authorization) == ("", None)
    open_server = read(knowledge, hook_call(fhirServer=SERVER))
    assert (open_server.fhir_server, open_server.authorization) == (SERVER, None)


@pytest.mark.parametrize("user", ["Practitioner/1", "PractitionerRole/2", "Patient/p1", "RelatedPerson/4"])
def test_the_user_keeps_its_type(knowledge: Knowledge, user: str) -> None:
    assert read(knowledge, with_context(userId=user)).user_id == user


def test_selections_belong_to_order_select(knowledge: Knowledge) -> None:
    body = with_context("leg-soreness-order-select", selections=["MedicationRequest/1", "x"])
    assert read(knowledge, body, "leg-soreness-order-select").selections == ("MedicationRequest/1", "x")
    assert read(knowledge, hook_call("leg-soreness-order-sign"), "leg-soreness-order-sign").selections == ()
