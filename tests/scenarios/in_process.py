"""The service in this process, for tests that make thousands of calls, and the requests they start from."""

import copy
import functools
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from flask.testing import FlaskClient
from hypothesis import settings

from cds_service.knowledge import load
from cds_service.settings import read_settings
from cds_service.web import create_app
from tests.scenarios import expectations
from tests.scenarios.codes import Json
from tests.scenarios.to_fhir import hook_request, scenarios

PATH = "/cds-services/leg-soreness"
INSTANCE = "5f0d0c5e-6f0f-4d52-9f6b-0d3c2a4d9a11"
# a statin, an interaction, laboratory results, a questionnaire: most of the readers take part
CHOSEN_IDS = {"V128", "V33", "V45", "V84", "V116", "G33", "C464", "E24", "J13", "V125"}
CHOSEN = [it for name in ("scenarios.json", "more.json") for it in scenarios(name) if it["id"] in CHOSEN_IDS]
BUSY = next(it for it in CHOSEN if it["id"] == "V128")

few = settings(max_examples=60, deadline=None)
many = settings(max_examples=400, deadline=None)


@functools.cache
def client() -> FlaskClient:
    """A client of the WSGI application, made once."""
    return create_app(load(), read_settings({})).test_client()


def request_of(scenario: Json) -> Json:
    """The hook request of a scenario, always with the same hookInstance."""
    return {**hook_request(scenario, datetime.now(UTC)), "hookInstance": INSTANCE}


def answer_to(request: Any) -> Json:
    """The answer to a request that must be answered with cards."""
    response = client().post(PATH, json=request)
    assert response.status_code == 200, response.text
    found: Json = response.get_json()
    return found


def assert_answered(response: Any) -> None:
    """200 with cards, or a 4xx with an OperationOutcome; nothing else."""
    assert response.status_code == 200 or 400 <= response.status_code < 500, response.status_code
    body = json.loads(response.data)
    if response.status_code == 200:
        assert isinstance(body["cards"], list)
    else:
        assert body["resourceType"] == "OperationOutcome"
        assert body["issue"]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every member below a JSON value."""
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for name, member in members:
        yield (*path, name)
        yield from places(member, (*path, name))


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A copy of a JSON value with one member replaced."""
    changed = copy.deepcopy(value)
    place = changed
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = new
    return changed


def tiers(answer: Json) -> list[tuple[str, str, Any]]:
    """Cause, tier and points of the whole ranking, in rank order."""
    return [(it["cause"], it["tier"], it.get("points")) for it in expectations.ranking(answer)]


def resources(request: Json) -> list[Json]:
    """The resources inside the Bundles of a prefetch."""
    bundles = [value for value in request["prefetch"].values() if value["resourceType"] == "Bundle"]
    return [entry["resource"] for bundle in bundles for entry in bundle["entry"]]


def unrelated(patient: str) -> list[Json]:
    """What a chart holds beside legs: a vaccination, a weight, a hay fever, an allergy, a plan."""
    subject = {"reference": f"Patient/{patient}"}
    weight = {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]}
    pollen = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "J30.1"}]}
    return [
        {
            "resourceType": "Immunization",
            "status": "completed",
            "patient": subject,
            "occurrenceDateTime": "2024",
        },
        {"resourceType": "Observation", "status": "final", "code": weight, "subject": subject},
        {"resourceType": "Condition", "code": pollen, "subject": subject, "recordedDate": "2020-01-01"},
        {"resourceType": "AllergyIntolerance", "patient": subject, "code": {"text": "Penicillin"}},
        {"resourceType": "CarePlan", "status": "active", "intent": "plan", "subject": subject},
    ]
