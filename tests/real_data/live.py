"""The live service as of one day: the whole WSGI application, called in this process."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import uuid4

import msgspec
from flask.testing import FlaskClient
from msgspec import Raw, Struct

from cds_service.batch.requests import HookRequest
from cds_service.knowledge import Knowledge
from cds_service.reading import Pool
from cds_service.review import DEFAULT_SERVICE, Review, review
from cds_service.settings import Settings
from cds_service.web import create_app
from tests.real_data.charts import Found

_BODY_BYTES = 20 << 20
_EXTENSION = "example.leg-soreness"
_KEYS = {
    "Patient": "patient",
    "Condition": "conditions",
    "MedicationRequest": "medicationRequests",
    "MedicationStatement": "medicationStatements",
    "Observation": "labs",
    "QuestionnaireResponse": "questionnaireResponses",
}
_REFUSED = 412

Json = dict[str, Any]


class Told(Struct):
    """What a review came to: the gate that is closed, the cards, the causes in their order."""

    closed_by: str
    cards: list[Json]
    ranking: list[Json]

    @classmethod
    def of_row(cls, row: Json) -> "Told":
        """As a line of `leg-cds review` has it."""
        kept = ("id", "indicator", "summary", "detail", "fingerprint")
        return cls(
            row["closed_by"], [{name: card[name] for name in kept} for card in row["cards"]], row["ranking"]
        )

    @classmethod
    def of_answer(cls, cards: list[Json], closed_by: str) -> "Told":
        """As the answer to a hook request has it."""
        ranked = (card["extension"].get(f"{_EXTENSION}.ranking", {}).get("causes") for card in cards)
        return cls(closed_by, list(map(_card, cards)), next(filter(None, ranked), []))

    def without_fingerprints(self) -> "Told":
        """Where the patient is not called the same, as one known by a full URL alone cannot be."""
        cards = [{**card, "fingerprint": ""} for card in self.cards]
        return Told(self.closed_by, cards, self.ranking)

    def without_what_was_not_supplied(self) -> "Told":
        """Where the request of a file had to be completed before the service would take it."""
        cards = [{**card, "detail": _supplied(card["detail"])} for card in self.cards]
        return Told(self.closed_by, cards, self.ranking)


def _card(card: Json) -> Json:
    return {
        "id": card["source"]["topic"]["code"],
        "indicator": card["indicator"],
        "summary": card["summary"],
        "detail": card["detail"],
        "fingerprint": card["extension"][f"{_EXTENSION}.fingerprint"],
    }


def _supplied(detail: str) -> str:
    return "\n".join(line for line in detail.splitlines() if not line.endswith(": not supplied"))


class Live:
    """Calls the service with the clock at the end of a day."""

    def __init__(self, knowledge: Knowledge, day: date) -> None:
        self._now = datetime.combine(day, time.max, UTC)
        self._knowledge = knowledge
        settings = Settings(limits={"body_bytes": _BODY_BYTES})
        self._client: FlaskClient = create_app(knowledge, settings, self._review).test_client()
        self._closed_by = ""

    def patient(self, name: str, found: list[Found], gaps: Mapping[str, list[int]]) -> Told:
        """The answer to a patient-view with these resources in the prefetch."""
        asked = self._knowledge.services[DEFAULT_SERVICE].prefetch
        by_key: dict[str, list[Found]] = {key: [] for key in asked}
        for one in found:
            by_key.setdefault(_KEYS.get(one.kind, one.kind), []).append(one)
        prefetch = {key: _bundle(of_key) for key, of_key in by_key.items()}
        prefetch |= {source: _with_gaps(places) for source, places in gaps.items()}
        status, cards = self._call(DEFAULT_SERVICE, {"patientId": name.removeprefix("urn:uuid:")}, prefetch)
        assert status == 200, cards
        return Told.of_answer(cards["cards"], self._closed_by)

    def request(self, request: HookRequest) -> tuple[Told, list[str]]:
        """The answer to a request, in the envelope of today, and what the service refused to do without."""
        context: Json = {"patientId": request.patient_id}
        if request.encounter_id:
            context["encounterId"] = request.encounter_id
        hook = self._knowledge.services[request.service].hook
        if hook.startswith("order"):
            context["draftOrders"] = request.drafts or _bundle([])
            context["selections"] = []
        prefetch: Json = dict(request.prefetch)
        status, body = self._call(request.service, context, prefetch)
        needs: list[str] = []
        if status == _REFUSED:
            needs = [issue["details"]["text"] for issue in body["issue"]]
            essential = ("medicationRequests", "conditions")
            status, body = self._call(request.service, context, dict.fromkeys(essential) | prefetch)
        assert status == 200, body
        return Told.of_answer(body["cards"], self._closed_by), needs

    def _call(self, service: str, context: Json, prefetch: Json) -> tuple[int, Json]:
        call = {
            "hook": self._knowledge.services[service].hook,
            "hookInstance": str(uuid4()),
            "context": {"userId": "Practitioner/test", **context},
            "prefetch": prefetch,
        }
        path, body = f"/cds-services/{service}", msgspec.json.encode(call)
        answer = self._client.post(path, data=body, content_type="application/json")
        return answer.status_code, msgspec.json.decode(answer.data)

    def _review(self, pool: Pool, _: datetime, knowledge: Knowledge, **told: str) -> Review:
        found = review(pool, self._now, knowledge, **told)
        self._closed_by = found.closed_by
        return found


def _bundle(found: list[Found]) -> Json:
    entries = [{"fullUrl": one.url, "resource": Raw(one.raw)} for one in found]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries}


def _with_gaps(places: list[int]) -> Json:
    entries = [
        {} if place in places else {"resource": {"resourceType": "Basic"}} for place in range(max(places) + 1)
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}
