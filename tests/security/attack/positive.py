"""What must keep working while the rest is refused."""

from tests.fhir.ehr import patient_of
from tests.scenarios import card_rules
from tests.security.attack.registry import attack
from tests.security.attack.stage import Stage, advice, hook


@attack(1)
def discovery_answers(stage: Stage) -> None:
    services = stage.get("/cds-services").json["services"]
    assert {service["hook"] for service in services} >= {"patient-view", "order-select", "order-sign"}


@attack(2)
def a_right_call_gets_cards(stage: Stage) -> None:
    assert stage.call().json["cards"]


@attack(3)
def cards_are_as_specified(stage: Stage) -> None:
    answer = stage.call().json
    card_rules.check(answer, patient_of().request["context"]["patientId"])


@attack(4)
def unknown_members_are_accepted(stage: Stage) -> None:
    body = hook(extension={"x": [1]}, newer={"a": {"b": None}}, version="9.9")
    body["context"] = body["context"] | {"newer": {"x": 1}, "extension": {}}
    assert advice(stage.call(body)) == stage.first


@attack(5)
def the_same_call_gets_the_same_advice(stage: Stage) -> None:
    body = hook()
    assert advice(stage.call(body)) == advice(stage.call(body)) == stage.first
