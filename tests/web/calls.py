"""Hook calls for the tests of the web front. All patients are synthetic."""

import json
from types import SimpleNamespace
from typing import Any

from fhir.resources.R4B.operationoutcome import OperationOutcome
from werkzeug.test import TestResponse

MARK = "zq7mark"
"""A word put into requests that must not come back out of a refusal."""

CARD = {
    "uuid": "7b1c6f3e-5c8e-5f1d-9d52-0c4f3a1e2b6d",
    "summary": "s",
    "indicator": "info",
    "source": {"label": "l", "topic": {"system": "https://x.example", "code": "ls-causes"}},
    "extension": {
        "example.leg-soreness.fingerprint": "f",
        "example.leg-soreness.knowledge": {"rule": "ls-causes", "version": "1.0.0", "knowledgeVersion": "k"},
    },
}
EMPTY = {"resourceType": "Bundle", "type": "searchset", "total": 0}
FAILED = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
PATIENT = {"resourceType": "Patient", "id": "p1", "birthDate": "1960-01-01", "gender": "female"}
KEYS = (
    "patient",
    "encounter",
    "conditions",
    "medicationRequests",
    "medicationStatements",
    "labs",
    "symptoms",
    "vitals",
    "questionnaireResponses",
)
HOOKS = {
    "leg-soreness": "patient-view",
    "leg-soreness-encounter-start": "encounter-start",
    "leg-soreness-order-select": "order-select",
    "leg-soreness-order-sign": "order-sign",
}


class Remembering:
    """Stands in for the review: returns one card and keeps what it was called with."""

    def __init__(self) -> None:
        self.pools: list[Any] = []
        self.calls: list[dict[str, Any]] = []

    def __call__(self, pool: Any, _now: Any, _knowledge: Any, **call: Any) -> Any:
        self.pools.append(pool)
        self.calls.append(call)
        return SimpleNamespace(cards=[CARD], closed_by="")


def hook_call(service: str = "leg-soreness", **changes: Any) -> dict[str, Any]:
    """A valid call to `service`, with members replaced; None leaves a member out."""
    hook = HOOKS[service]
    context: dict[str, Any] = {"userId": "Practitioner/d1", "patientId": "p1", "encounterId": "e1"}
    if hook.startswith("order"):
        context |= {"draftOrders": {"resourceType": "Bundle", "type": "collection"}}
        context |= {"selections": ["MedicationRequest/1"]} if hook == "order-select" else {}
    call = {
        "hook": hook,
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": context,
        "prefetch": dict.fromkeys(KEYS, EMPTY) | {"patient": PATIENT, "encounter": None},
    }
    return {name: value for name, value in (call | changes).items() if value is not None}


def with_context(service: str = "leg-soreness", **changes: Any) -> dict[str, Any]:
    """A valid call whose context has members replaced; None leaves a member out."""
    context = hook_call(service)["context"] | changes
    return hook_call(service, context={name: value for name, value in context.items() if value is not None})


def assert_refused(answer: TestResponse, status: int, *words: str) -> None:
    """The answer has the status, is a valid OperationOutcome with the words, and repeats no input."""
    text = answer.get_data(as_text=True)
    assert answer.status_code == status, text
    assert answer.mimetype == "application/json"
    outcome = OperationOutcome.model_validate(json.loads(text))
    assert outcome.issue
    for word in words:
        assert word in text
    for leak in (MARK, "Traceback", ".py", "cds_service"):
        assert leak not in text
