"""The figures: how calls end, what fires, what is missing; never an id or a text as a label."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from prometheus_client import generate_latest

from cds_service.fixtures import patients
from cds_service.knowledge import Knowledge
from cds_service.settings import Settings
from cds_service.web import create_app, metrics
from cds_service.web.process import base_aliases
from tests.web.calls import MARK, hook_call, with_context

URL = "/cds-services/leg-soreness"
TODAY = datetime.now(UTC).date()
NAMES = {
    "cds_hook_seconds",
    "cds_cards",
    "cds_cards_held_back",
    "cds_causes",
    "cds_feedback",
    "cds_incomplete",
    "fhir_call_seconds",
    "breaker_state",
    "auth_refused",
    "jwks_age_seconds",
    "inflight",
    "db_write_seconds",
    "audit_lag",
    "audit_lost",
    "log_lines_dropped",
}


@pytest.fixture(scope="module")
def reviewing(knowledge: Knowledge) -> FlaskClient:
    return create_app(knowledge, Settings()).test_client()


def sample(name: str, **labels: str) -> float:
    return metrics.registry.get_sample_value(name, labels) or 0.0


def test_the_figures_are_those_that_are_documented() -> None:
    assert {figure.name for figure in metrics.registry.collect()} == NAMES


@pytest.mark.parametrize(
    ("body", "service", "outcome"),
    [
        (hook_call(), "leg-soreness", "no-cards"),
        (hook_call(prefetch={}), "leg-soreness", "incomplete"),
        (hook_call(hookInstance=MARK), "leg-soreness", "refused"),
        (hook_call("leg-soreness-order-sign"), "leg-soreness-order-sign", "no-cards"),
    ],
)
def test_how_a_call_ends_is_counted(reviewing: FlaskClient, body: Any, service: str, outcome: str) -> None:
    labels = {"service": service, "outcome": outcome}
    before = sample("cds_hook_seconds_count", **labels)
    reviewing.post(f"/cds-services/{service}", json=body)
    assert sample("cds_hook_seconds_count", **labels) == before + 1
    assert sample("inflight") == 0


def test_what_fires_is_counted_by_rule_and_cause(reviewing: FlaskClient) -> None:
    patient, cause, tier = next(
        (patient, cause, tier)
        for patient in patients()
        for cause, tier in patient.tiers.items()
        if tier in {"strong", "moderate", "weak"}
    )
    answer = reviewing.post(URL, json=patient.hook_request(TODAY))
    rules = {
        (card["extension"]["example.leg-soreness.knowledge"]["rule"], card["indicator"])
        for card in answer.get_json()["cards"]
    }
    assert rules
    for rule, indicator in rules:
        labels = {"service": "leg-soreness", "rule": rule, "indicator": indicator}
        before, causes = (
            sample("cds_cards_total", **labels),
            sample("cds_causes_total", cause=cause, tier=tier),
        )
        reviewing.post(URL, json=patient.hook_request(TODAY))
        assert sample("cds_cards_total", **labels) == before + 1
        assert sample("cds_causes_total", cause=cause, tier=tier) == causes + 1


@pytest.mark.parametrize(
    ("missing", "reason"), [(["vitals"], "not-supplied"), (["patient"], "essential"), ([], None)]
)
def test_missing_data_are_counted(reviewing: FlaskClient, missing: list[str], reason: str | None) -> None:
    reasons = ("not-supplied", "essential")
    before = {name: sample("cds_incomplete_total", reason=name) for name in reasons}
    call = hook_call()
    for key in missing:
        del call["prefetch"][key]
    reviewing.post(URL, json=call)
    after = {name: sample("cds_incomplete_total", reason=name) for name in reasons}
    assert [name for name in reasons if after[name] > before[name] and name == reason] == (
        [reason] if reason else []
    )


def test_no_id_of_a_caller_becomes_a_label(reviewing: FlaskClient) -> None:
    for _ in range(2):
        reviewing.post(f"/cds-services/{MARK}", json=hook_call())
        reviewing.post(f"{URL}?{MARK}", json=with_context(patientId=MARK, userId=f"Patient/{MARK}"))
        reviewing.get(f"/{MARK}", headers={"X-Request-Id": MARK})
    assert MARK not in generate_latest(metrics.registry).decode()


def test_each_fhir_server_has_an_alias_of_its_own() -> None:
    settings = Settings.model_validate(
        {
            "public_base_url": "https://cds.example",
            "issuers": [
                {
                    "name": "a",
                    "iss": "x",
                    "jku": "https://a.example",
                    "fhir_servers": [{"base": "https://a.example/1"}, {"base": "https://a.example/2"}],
                }
            ],
            "fhir_servers": [{"base": "https://open.example"}],
        }
    )
    assert base_aliases(settings) == {
        "https://a.example/1": "a",
        "https://a.example/2": "a-2",
        "https://open.example": "open",
    }
