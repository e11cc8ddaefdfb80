"""The EHR of the tests: calls with much or little in the prefetch, and what came of them."""

import uuid
from collections.abc import Collection
from datetime import UTC, datetime
from functools import cache
from time import monotonic
from typing import Any, NamedTuple

import requests

from cds_service.fixtures import patients
from tests.support.stub_fhir_server import FAULTS

Json = dict[str, Any]

TOKEN = "token-" + "zq7" * 20
BUDGET = 3.0  # s the service has for a call
MARGIN = 3.0  # s for a busy machine
OPTIONAL = ("labs", "conditions", "vitals")
WHERE = (
    "all",
    "all-again",
    "all-rest",
    "all-log",
    "Observation",
    "Medication",
    "MedicationRequest",
    "Patient",
)
GOOD = [f"ok/{number}" for number in range(10)]
"""Addresses of a server without fault, one for each test that counts its requests."""
BASES = [f"{fault}/{where}" for fault in ("ok", *FAULTS) for where in WHERE] + GOOD
STORY = "three-medicines-at-once"
SERVICES = {"patient-view": "leg-soreness", "encounter-start": "leg-soreness-encounter-start"}


class Story(NamedTuple):
    """A synthetic patient as a FHIR server and as an EHR knows it."""

    resources: list[Json]
    request: Json


@cache
def patient_of(story: str = STORY) -> Story:
    """The patient of a story, today."""
    today = datetime.now(UTC).date()
    found = next(patient for patient in patients() if patient.id == story)
    return Story(found.resources(today), found.hook_request(today))


class Answered(NamedTuple):
    """What came back, and the seconds it took."""

    status: int
    body: Json
    text: str
    seconds: float

    @property
    def cards(self) -> dict[str, Json]:
        """The cards by their code; none for a refusal."""
        return {card["source"]["topic"]["code"]: card for card in self.body.get("cards", [])}


class Ehr:
    """Calls the service as an EHR whose FHIR server is at `fhir_server`."""

    def __init__(self, service: str, fhir_server: str, canary: str) -> None:
        self.fhir_server = fhir_server
        self.canary = canary
        self._service = service
        self._session = requests.Session()
        self._session.trust_env = False

    def call(
        self,
        base: str | None,
        without: Collection[str] = (),
        story: str = STORY,
        hook: str = "patient-view",
        **changes: Any,
    ) -> Answered:
        """Open the chart with some keys of the prefetch left out; members in `changes` replace others."""
        request = patient_of(story).request
        kept = {key: value for key, value in request["prefetch"].items() if key not in without}
        body = {**request, "hook": hook, "hookInstance": str(uuid.uuid4()), "prefetch": kept}
        if base is not None:
            address = base if "://" in base else f"{self.fhir_server}/{base}"
            body |= {"fhirServer": address, "fhirAuthorization": authorization()}
        return self.post(SERVICES[hook], body | changes)

    def advice(self, *arguments: Any, **named: Any) -> Any:
        """What the cards of a call say, without the names of this showing of them."""
        answer = self.call(*arguments, **named)
        assert answer.status == 200, answer.text
        return {
            code: (card["summary"], card["detail"], card["extension"]) for code, card in answer.cards.items()
        }

    def post(self, service: str, body: Json) -> Answered:
        """Call a service with this body."""
        begun = monotonic()
        answer = self._session.post(f"{self._service}/cds-services/{service}", json=body, timeout=20)
        return Answered(answer.status_code, answer.json(), answer.text, monotonic() - begun)

    def seen(self, base: str = "") -> list[Json]:
        """The requests that came to the FHIR server below an address."""
        found = self._session.get(f"{self.fhir_server}/seen", timeout=20).json()
        return [one for one in found if one["path"].startswith(f"/{base}/")]

    def seen_by_canary(self) -> list[Json]:
        """The requests that went astray."""
        found: list[Json] = self._session.get(f"{self.canary}/seen", timeout=20).json()
        return found


def authorization(**changes: Any) -> Json:
    """A `fhirAuthorization` that permits to read everything."""
    usual = {
        "access_token": TOKEN,
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "user/*.read",
        "subject": "leg-soreness",
    }
    return usual | changes


def keys() -> list[str]:
    """All keys of a full prefetch."""
    return list(patient_of().request["prefetch"])
