"""GET /cds-services, and the rules its prefetch templates keep to (CDS Hooks 2.0.1)."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from flask.testing import FlaskClient

from cds_service.knowledge.catalogue import load_derived, load_sources
from cds_service.knowledge.files import cards_dir
from cds_service.knowledge.labs import load_labs
from cds_service.knowledge.services import load_services
from cds_service.knowledge.yaml_source import KnowledgeError
from tests.web.calls import HOOKS, KEYS

TOKENS = {"{{context.patientId}}", "{{context.encounterId}}"}


@pytest.fixture
def services(client: FlaskClient) -> list[dict[str, Any]]:
    answer = client.get("/cds-services")
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    listed: list[dict[str, Any]] = answer.get_json()["services"]
    return listed


def test_the_four_services_are_listed(services: list[dict[str, Any]]) -> None:
    assert {service["id"]: service["hook"] for service in services} == HOOKS


def test_a_service_has_the_members_of_the_protocol_and_no_other(services: list[dict[str, Any]]) -> None:
    for service in services:
        assert set(service) == {
            "id",
            "hook",
            "title",
            "description",
            "usageRequirements",
            "prefetch",
            "version",
            "hookVersion",
        }
        assert service["version"] == "2.0.1"
        assert service["hookVersion"] == "1.0"
        assert all(service.values())
        assert re.fullmatch(r"[A-Za-z0-9._~-]+", service["id"])
        assert list(service["prefetch"]) == list(KEYS)


def templates() -> dict[str, str]:
    services = load_services(cards_dir(), load_labs(cards_dir()))
    return services["leg-soreness"].prefetch


@pytest.mark.parametrize("key", KEYS)
def test_a_template_is_a_read_or_a_search_that_every_client_can_fill(key: str) -> None:
    template = templates()[key]
    assert set(re.findall(r"\{\{.*?\}\}", template)) <= TOKENS
    path, _, query = template.partition("?")
    parameters = parse_qsl(query, strict_parsing=bool(query))
    names = [name for name, _ in parameters]
    assert len(names) == len(set(names)), "a repeated parameter is joined wrongly by some clients"
    assert not [name for name in names if name.startswith("_") and name not in {"_sort", "_count"}]
    assert not [name for name in names if ":" in name or "." in name]
    assert bool(query) != ("/" in path)
    if query:
        assert dict(parameters)["patient"] == "{{context.patientId}}"
    assert not re.search(r"today\(|date=|\s", template)


def analytes_of_the_rules() -> set[str]:
    texts = [file.read_text(encoding="utf-8") for file in cards_dir().rglob("*.yaml")]
    used = {name.strip() for text in texts for name in re.findall(r"\blab: ([^,}\n#]*)", text)}
    derived = load_derived(cards_dir(), load_sources(cards_dir()))
    inputs = {name for entry in derived.values() for name in entry.inputs.values()}
    return (used - derived.keys()) | inputs


def test_every_code_of_every_analyte_in_a_rule_is_asked_for() -> None:
    labs = load_labs(cards_dir())
    queries = [dict(parse_qsl(templates()[key].partition("?")[2])) for key in ("labs", "vitals")]
    asked = {code for query in queries for code in query["code"].split(",")}
    wanted = analytes_of_the_rules()
    assert len(wanted) > 15
    assert asked <= {f"{system}|{code}" for system, code in labs.codes}
    assert asked >= {f"{s}|{c}" for (s, c), code in labs.codes.items() if code.analyte in wanted}


def test_vitals_ask_for_temperature_and_ankle_brachial_index() -> None:
    assert "http://loinc.org|8310-5" in templates()["vitals"]
    assert "http://snomed.info/sct|446841001" in templates()["vitals"]


def test_the_order_services_return_their_three_cards_only() -> None:
    services = load_services(cards_dir(), load_labs(cards_dir()))
    assert services["leg-soreness"].cards is None
    assert services["leg-soreness-encounter-start"].cards is None
    for name in ("leg-soreness-order-select", "leg-soreness-order-sign"):
        assert services[name].cards == frozenset({"ls-ddi", "ls-fq", "ls-pregnancy"})


@pytest.mark.parametrize("path", ["/cds-services", "/cds-services/"])
def test_head_and_a_final_slash_work(client: FlaskClient, path: str) -> None:
    answer = client.head(path)
    assert answer.status_code == 200
    assert answer.data == b""
    assert client.get(path).status_code == 200


SERVICE = """
  - id: one
    hook: patient-view
    title: t
    description: d
    usageRequirements: u
"""


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("prefetch: {labs: 'Observation?code={{codes: potasium}}'}\nservices: []", 1, "potassium"),
        ("prefetch: {}\nservices:" + SERVICE + "    usage: x", 8, "usage"),
        ("prefetch: {}\nservices:" + SERVICE.replace("title", "titel"), 5, "title"),
        ("prefetch: {}\nservices:" + SERVICE + SERVICE.lstrip("\n"), 8, "taken"),
        ("prefetch: {}\nservices:" + SERVICE.replace("one", "one/two"), 3, "regex"),
        ("prefetch: {}\nservices:" + SERVICE.replace(": d", ": ''"), 6, "length|description"),
        ("services: []", 1, "prefetch"),
        ("prefetch: {}\nprefetch: {}", 2, "duplicate"),
    ],
)
def test_an_unclear_file_is_refused_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    (tmp_path / "services.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(KnowledgeError, match=words) as error:
        load_services(tmp_path, load_labs(cards_dir()))
    assert error.value.line == line
