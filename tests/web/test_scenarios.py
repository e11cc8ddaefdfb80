"""Every scenario over real HTTP: the cards, their ranking, suggestions and words."""

import copy
import uuid
from datetime import UTC, datetime

import pytest

from tests.conftest import Call
from tests.scenarios import card_rules, expectations
from tests.scenarios.codes import Json
from tests.scenarios.to_fhir import hook_request, scenarios, service_of

GIVEN = scenarios("scenarios.json")
MORE = scenarios("more.json")


def _answer(call: Call, service: str, request: Json) -> Json:
    response = call(service, request)
    assert response.status_code == 200, response.text
    found: Json = response.json()
    return found


@pytest.mark.parametrize("scenario", [*GIVEN, *MORE], ids=lambda scenario: scenario["id"])
def test_scenario(scenario: Json, call: Call) -> None:
    request = hook_request(scenario, datetime.now(UTC))
    answer = _answer(call, service_of(scenario), request)
    expectations.check(answer, scenario["expect"])
    card_rules.check(answer, request["context"]["patientId"])
    card_rules.check_filled(answer)


@pytest.mark.parametrize("scenario", GIVEN, ids=lambda scenario: scenario["id"])
def test_uuid_names_the_card_shown_and_fingerprint_the_facts(scenario: Json, call: Call) -> None:
    request = hook_request(scenario, datetime.now(UTC))
    first = _answer(call, "leg-soreness", request)
    again = _answer(call, "leg-soreness", request)
    other = _answer(call, "leg-soreness", {**request, "hookInstance": str(uuid.uuid4())})
    assert again == first
    assert card_rules.without_identity(other) == card_rules.without_identity(first)
    for name, (shown, facts) in card_rules.identity(first).items():
        assert card_rules.identity(other)[name][0] != shown
        assert card_rules.identity(other)[name][1] == facts


def test_other_facts_have_another_fingerprint(call: Call) -> None:
    scenario = next(it for it in GIVEN if it["id"] == "V42")
    changed = copy.deepcopy(scenario)
    changed["input"]["labs"][0]["value"] = 900
    now = datetime.now(UTC)
    before = card_rules.identity(_answer(call, "leg-soreness", hook_request(scenario, now)))
    after = card_rules.identity(_answer(call, "leg-soreness", hook_request(changed, now)))
    assert before["ls-ck-raised"][1] != after["ls-ck-raised"][1]
    assert before["ls-causes"][1] != after["ls-causes"][1]


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        (["patient"], "patient"),
        (["medicationRequests", "medicationStatements"], "medication"),
        (["conditions", "symptoms", "questionnaireResponses", "encounter"], "symptom"),
    ],
)
def test_essential_data_that_cannot_be_obtained(missing: list[str], named: str, call: Call) -> None:
    scenario = {"id": "R10", "input": {**GIVEN[1]["input"], "not_supplied": missing}}
    request = hook_request(scenario, datetime.now(UTC))
    response = call("leg-soreness", request)
    assert response.status_code == 412
    outcome = response.json()
    assert outcome["resourceType"] == "OperationOutcome"
    assert named in str(outcome["issue"]).lower()


@pytest.mark.parametrize("order", ["leg-soreness-order-select", "leg-soreness-order-sign"])
def test_order_services_return_their_three_cards_only(order: str, call: Call) -> None:
    hook = order.removeprefix("leg-soreness-")
    for scenario in GIVEN:
        drafts = [{"drug": "simvastatin", "dose": 40}, {"drug": "clarithromycin", "dose": 1000}]
        ordering = {**scenario, "input": {**scenario["input"], "hook": hook, "drafts": drafts}}
        answer = _answer(call, order, hook_request(ordering, datetime.now(UTC)))
        assert set(expectations.indicators(answer)) <= card_rules.ORDER_CARDS
