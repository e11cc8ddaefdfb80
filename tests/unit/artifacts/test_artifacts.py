"""The knowledge as FHIR: complete, connected, derived from `cards/` alone."""

import json
import re
from base64 import b64decode
from typing import Any

import pytest

from cds_service.artifacts import artifacts_of
from cds_service.knowledge import Knowledge, load
from cds_service.knowledge.files import cards_dir

Artifacts = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load()


@pytest.fixture(scope="module")
def artifacts(knowledge: Knowledge) -> Artifacts:
    return {reference: json.loads(text) for reference, text in artifacts_of(knowledge, cards_dir()).items()}


def addresses(value: Any) -> set[str]:
    """Every text that begins with our base address, without its version."""
    if isinstance(value, dict):
        return {found for inner in value.values() for found in addresses(inner)}
    if isinstance(value, list):
        return {found for inner in value for found in addresses(inner)}
    ours = isinstance(value, str) and value.startswith("http://leg-soreness.example/fhir/")
    return {value.partition("|")[0]} if ours else set()


def test_every_rule_has_a_plan_and_the_file_it_runs_from(artifacts: Artifacts, knowledge: Knowledge) -> None:
    for rule in (*knowledge.causes.values(), *knowledge.signs.values()):
        identifier = rule.id.replace("_", "-")
        plan = artifacts[f"PlanDefinition/{identifier}"]
        content = b64decode(artifacts[f"Library/{identifier}"]["content"][0]["data"]).decode()

        assert plan["version"] == rule.version
        assert {cited["label"] for cited in plan["relatedArtifact"]} == set(rule.because)
        assert f"id: {rule.id}\n" in content


def test_every_address_of_ours_leads_to_a_published_artifact(artifacts: Artifacts) -> None:
    published = {artifact["url"] for artifact in artifacts.values()}

    assert addresses(list(artifacts.values())) - published == set()


def test_every_suggested_action_has_its_definition(artifacts: Artifacts, knowledge: Knowledge) -> None:
    described = {
        artifact["description"]
        for reference, artifact in artifacts.items()
        if reference.startswith("ActivityDefinition/")
    }

    assert described == {action.description for entry in knowledge.suggestions for action in entry.actions}


def test_the_statins_are_found_by_every_code_system(artifacts: Artifacts) -> None:
    included = artifacts["ValueSet/medication-statins"]["compose"]["include"]
    by_system = {
        entry["system"]: {concept["code"] for concept in entry.get("concept", [])} for entry in included
    }

    assert "83367" in by_system["http://www.nlm.nih.gov/research/umls/rxnorm"]  # atorvastatin
    assert "7597" not in by_system["http://www.nlm.nih.gov/research/umls/rxnorm"]  # nystatin
    assert {
        "system": "http://www.whocc.no/atc",
        "filter": [{"property": "concept", "op": "is-a", "value": "C10AA"}],
    } in included


def test_names_are_computable_and_ids_are_fhir_ids(artifacts: Artifacts) -> None:
    for reference, artifact in artifacts.items():
        assert re.fullmatch(r"[A-Za-z]+/[A-Za-z0-9.-]{1,64}", reference)
        assert re.fullmatch(r"[A-Z][A-Za-z0-9_]{1,254}", artifact["name"])


def test_an_operators_base_address_is_used_throughout() -> None:
    published = artifacts_of(load(base="https://hospital.example/kb"), cards_dir())

    assert not any(
        "leg-soreness.example" in text for ref, text in published.items() if not ref.startswith("Library/")
    )


def test_the_same_knowledge_gives_the_same_bytes(knowledge: Knowledge) -> None:
    assert artifacts_of(knowledge, cards_dir()) == artifacts_of(knowledge, cards_dir())
