"""Numbers that are none, and numbers no double holds, in every place of a call.

NaN and Infinity are not JSON: the whole call is refused. 1e400 and an integer of 5000 digits are JSON: they
cost the clinician the one record they stand in, which the card names, and never the cards of all others.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cds_service.fixtures import patients
from cds_service.knowledge import Knowledge
from cds_service.settings import Settings
from cds_service.web import create_app
from tests.web.calls import assert_refused

Json = dict[str, Any]
STORY = next(story for story in patients() if story.id == "creatine-kinase-twelvefold")
NO_JSON = ("NaN", "Infinity", "-Infinity", "-NaN", "nan", "inf")
NO_DOUBLE = ("1e400", "-1e400", "9" * 5000, "-" + "9" * 5000, "9" * 5000 + ".5")
PLACE = '"@@"'
REASON = "could not be read: the JSON text cannot be read"


@pytest.fixture(scope="module")
def client(knowledge: Knowledge) -> FlaskClient:
    return create_app(knowledge, Settings()).test_client()


def first(call: Json, key: str) -> Json:
    resource: Json = call["prefetch"][key]["entry"][0]["resource"]
    return resource


def in_a_result(call: Json) -> None:
    resources = [entry["resource"] for entry in call["prefetch"]["labs"]["entry"]]
    next(one for one in resources if "valueQuantity" in one)["valueQuantity"]["value"] = "@@"


def in_a_dose(call: Json) -> None:
    first(call, "medicationRequests")["dosageInstruction"] = [
        {"doseAndRate": [{"doseQuantity": {"value": "@@", "unit": "mg"}}]}
    ]


def in_an_extension_nobody_reads(call: Json) -> None:
    first(call, "labs")["extension"] = [{"url": "http://x.example", "valueDecimal": "@@"}]


def in_an_extension_of_the_patient(call: Json) -> None:
    call["prefetch"]["patient"]["extension"] = [{"url": "http://x.example", "valueDecimal": "@@"}]


def in_the_bundle(call: Json) -> None:
    call["prefetch"]["labs"]["total"] = "@@"


def in_the_context(call: Json) -> None:
    call["context"]["weight"] = "@@"


def in_a_member_nobody_knows(call: Json) -> None:
    call["extension"] = {"x": {"y": ["@@"]}}


def in_the_encounter(call: Json) -> None:
    call["context"]["encounterId"] = "@@"


def in_the_token(call: Json) -> None:
    call["fhirServer"] = "https://ehr.example/fhir"
    call["fhirAuthorization"] = {"access_token": "@@", "token_type": "Bearer"}


Change = Callable[[Json], None]
READ = (in_a_result, in_a_dose)
UNREAD = (
    in_an_extension_nobody_reads,
    in_an_extension_of_the_patient,
    in_the_bundle,
    in_the_context,
    in_a_member_nobody_knows,
)
ENVELOPE = (in_the_encounter, in_the_token)


def post(client: FlaskClient, change: Change, number: str) -> TestResponse:
    call = STORY.hook_request(datetime.now(UTC).date())
    change(call)
    body = json.dumps(call)
    assert body.count(PLACE) == 1
    path = "/cds-services/leg-soreness"
    return client.post(path, data=body.replace(PLACE, number), content_type="application/json")


def topics(answer: TestResponse) -> list[str]:
    assert answer.status_code == HTTPStatus.OK, answer.text
    return [card["source"]["topic"]["code"] for card in answer.get_json()["cards"]]


@pytest.mark.parametrize("number", NO_JSON)
@pytest.mark.parametrize("change", [*READ, *UNREAD, *ENVELOPE], ids=lambda change: change.__name__)
def test_what_is_no_json_is_refused_wherever_it_stands(
    client: FlaskClient, change: Change, number: str
) -> None:
    assert_refused(post(client, change, number), HTTPStatus.BAD_REQUEST, "not valid JSON")


@pytest.mark.parametrize("number", NO_DOUBLE, ids=lambda number: number[:6])
@pytest.mark.parametrize("change", ENVELOPE, ids=lambda change: change.__name__)
def test_a_member_of_the_call_is_refused_and_named(client: FlaskClient, change: Change, number: str) -> None:
    member = "encounterId" if change is in_the_encounter else "access_token"
    assert_refused(post(client, change, number), HTTPStatus.BAD_REQUEST, member)


@pytest.mark.parametrize("number", NO_DOUBLE, ids=lambda number: number[:6])
def test_a_result_is_left_out_and_named_and_the_others_count(client: FlaskClient, number: str) -> None:
    assert len(topics(post(client, in_a_result, "2400"))) > 1
    answer = post(client, in_a_result, number)
    details = [card["detail"] for card in answer.get_json()["cards"]]
    assert topics(answer) == ["ls-causes"], "the result never reaches a rule"
    assert any(f"Observation/{STORY.id}-3 {REASON}" in detail for detail in details)


@pytest.mark.parametrize("number", NO_DOUBLE, ids=lambda number: number[:6])
@pytest.mark.parametrize("change", UNREAD, ids=lambda change: change.__name__)
def test_where_nobody_reads_it_nothing_changes(client: FlaskClient, change: Change, number: str) -> None:
    answer = post(client, change, number)
    assert topics(answer) == topics(post(client, change, "1"))
    assert not any(REASON in card["detail"] for card in answer.get_json()["cards"])


@pytest.mark.parametrize("number", NO_DOUBLE, ids=lambda number: number[:6])
def test_an_odd_dose_is_never_silence(client: FlaskClient, number: str) -> None:
    assert topics(post(client, in_a_dose, number))
