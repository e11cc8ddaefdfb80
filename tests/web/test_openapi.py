"""docs/reference/openapi.yaml: a valid document, and true of the service, whatever is sent."""

from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate
from ruamel.yaml import YAML
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from cds_service.knowledge import Knowledge, load
from tests.conftest import Call
from tests.web.test_operations import hook_request

FILE = Path(__file__).parents[2] / "docs/reference/openapi.yaml"
DOCUMENT: dict[str, Any] = YAML(typ="safe", pure=True).load(FILE)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]


OPERATIONS = [found.ok() for found in schemathesis.openapi.from_dict(DOCUMENT).get_all_operations()]
WAYS = [  # a GET has nothing that could be sent wrong
    pytest.param(operation, mode, id=f"{operation.label} {mode.value}")
    for operation in OPERATIONS
    for mode in GenerationMode
    if mode.is_positive or operation.method == "post"
]
FEW = settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize(("operation", "mode"), WAYS)
def test_whatever_is_sent_the_answer_is_as_documented(
    service_url: str, operation: Any, mode: GenerationMode
) -> None:
    @FEW
    @given(operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        case.call_and_validate(base_url=service_url, checks=CHECKS, session=session)

    with requests.Session() as session:
        session.trust_env = False
        send()


def test_the_document_is_valid() -> None:
    validate(DOCUMENT)


def test_the_services_are_those_of_the_knowledge() -> None:
    documented = DOCUMENT["components"]["parameters"]["Service"]["schema"]["enum"]
    knowledge: Knowledge = load()
    assert documented == list(knowledge.services)
    hooks = DOCUMENT["components"]["schemas"]["HookRequest"]["properties"]["hook"]["enum"]
    assert set(hooks) == {service.hook for service in knowledge.services.values()}


def test_cards_are_as_documented(call: Call) -> None:
    answer: requests.Response = call("leg-soreness", hook_request())
    assert answer.json()["cards"]
    reference = {"$ref": "#/components/schemas/Cards", "components": DOCUMENT["components"]}
    OAS31Validator(reference).validate(answer.json())
