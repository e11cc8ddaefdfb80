"""The pages that show the basis of every card: complete, and only what `cards/` says."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from cds_service.knowledge import Knowledge
from cds_service.settings import Settings
from cds_service.web import create_app


@pytest.fixture(scope="module")
def browser(knowledge: Knowledge) -> FlaskClient:
    return create_app(knowledge, Settings()).test_client()


@pytest.fixture(scope="module")
def basis(browser: FlaskClient) -> dict[str, Any]:
    said: dict[str, Any] = browser.get("/source-attributes.json").json
    return said


def test_the_thirteen_attributes_are_answered(basis: dict[str, Any]) -> None:
    attributes = basis["about"]["attributes"]

    assert [entry["number"] for entry in attributes] == list(range(1, 14))
    assert {entry["number"] for entry in attributes if entry["uses"]} == {10, 11, 13}
    assert all(entry["uses"] is not None or entry["answer"] for entry in attributes)


def test_every_rule_stands_with_all_its_points_and_sources(
    basis: dict[str, Any], knowledge: Knowledge
) -> None:
    shown = {rule["id"]: rule for rule in basis["rules"]}
    for cause in knowledge.causes.values():
        points = [point.add for way in cause.ways for group in way.points for point in group.first_of]

        assert [entry["points"] for entry in shown[cause.id]["support"]] == points
        assert [entry["key"] for entry in shown[cause.id]["sources"]] == cause.because
    for sign in knowledge.signs.values():
        assert [entry["indicator"] for entry in shown[sign.id]["cards"]] == [
            firing.indicator for firing in sign.fires
        ]


def test_every_threshold_has_its_source_and_mark(basis: dict[str, Any], knowledge: Knowledge) -> None:
    assert basis["thresholds"].keys() == knowledge.thresholds.amounts.keys()
    for entry in basis["thresholds"].values():
        assert entry["because"] in knowledge.sources
        assert entry["mark"] in basis["marks"]


def test_the_numbers_of_the_design_choices_are_those_in_force(
    basis: dict[str, Any], knowledge: Knowledge
) -> None:
    choices = "\n".join(basis["design_choices"])

    assert f"{knowledge.reading.condition_recent_days} days" in choices
    assert knowledge.alarms.quiet.info in choices
    assert "{" not in choices


def test_the_page_has_an_anchor_for_every_version_of_a_rule(
    browser: FlaskClient, basis: dict[str, Any]
) -> None:
    page = browser.get("/source-attributes").text

    for rule in basis["rules"]:
        assert f'id="{rule["id"]}-{rule["version"]}"' in page
        for source in rule["sources"]:
            assert source["key"] in page


def test_pages_carry_strict_headers(browser: FlaskClient) -> None:
    for path in ("/source-attributes", "/rules"):
        answer = browser.get(path)
        policy = answer.headers["Content-Security-Policy"]

        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert "<script" not in answer.text
        assert " style=" not in answer.text


def test_the_rule_book_is_the_one_of_the_command_line(browser: FlaskClient, knowledge: Knowledge) -> None:
    page = browser.get("/rules").text

    assert knowledge.version in page
    assert all(f'id="{rule}"' in page for rule in knowledge.causes)


def test_the_knowledge_is_served_as_fhir(browser: FlaskClient) -> None:
    answer = browser.get("/fhir/PlanDefinition/statin")

    assert answer.mimetype == "application/fhir+json"
    assert answer.json["id"] == "statin"


def test_an_unknown_resource_is_an_operation_outcome(browser: FlaskClient) -> None:
    answer = browser.get("/fhir/PlanDefinition/..%2f")

    assert answer.status_code == 404
    assert answer.json["resourceType"] == "OperationOutcome"
