"""The demo EHR as a CDS client: hook calls and feedback, each with a signed token of its own."""

import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import requests

from cds_service.demo.addresses import Addresses
from cds_service.demo.exchange import Exchange
from cds_service.demo.fhir_client import FhirClient, FhirError, new_session
from cds_service.demo.keys import SigningKey
from cds_service.demo.permits import Context, Passes, Permit
from cds_service.wording import translatable

HOOK = "patient-view"
PREFETCHED = ("patient", "encounter", "conditions", "medicationRequests")
"""What this EHR sends along, of what the service asks for; the rest is left for the service to fetch."""
_SCOPE = "patient/*.rs"
_SECONDS = 10
_HIDDEN = "(sent, but not shown)"
_NO_SERVICE = translatable("The service cannot be reached, or does not offer patient-view.").encode()
_NO_ANSWER = translatable("The service did not answer.").encode()


class HookClient:
    """Calls the service."""

    def __init__(
        self, addresses: Addresses, key: SigningKey, permits: Passes[Permit], fhir: FhirClient
    ) -> None:
        self._addresses = addresses
        self._key = key
        self._permits = permits
        self._fhir = fhir

    def call(self, context: Context, languages: str) -> Exchange:
        """What the service says when this chart is opened; a failure is an Exchange too.

        `languages` are those of the user, as in Accept-Language.
        """
        try:
            service = self._discover()
            sent = self._request(context, service)
        except (requests.RequestException, msgspec.DecodeError, FhirError, KeyError, StopIteration):
            return Exchange("", self._addresses.service, {}, 0, _NO_SERVICE)
        url = f"{self._addresses.service}/cds-services/{service['id']}"
        status, answer = self._post(url, sent, languages)
        sent["fhirAuthorization"]["access_token"] = _HIDDEN
        missing = tuple(key for key in service["prefetch"] if key not in sent["prefetch"])
        return Exchange(service["id"], url, sent, status, answer, missing)

    def override(self, exchange: Exchange, card: str, reason: Mapping[str, str]) -> int:
        """Tell that a card was overridden; the status of the answer (0: none), 200 once it is stored."""
        return self._feedback(exchange, card, {"outcome": "overridden", "overrideReason": {"reason": reason}})

    def accept(self, exchange: Exchange, card: str, suggestion: str) -> int:
        """Tell that a suggestion was accepted; returns like `override`."""
        accepted = {"outcome": "accepted", "acceptedSuggestions": [{"id": suggestion}]}
        return self._feedback(exchange, card, accepted)

    def _feedback(self, exchange: Exchange, card: str, outcome: Mapping[str, Any]) -> int:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        item = {"card": card, "outcomeTimestamp": now, **outcome}
        status, _ = self._post(f"{exchange.url}/feedback", {"feedback": [item]})
        return status

    def _discover(self) -> dict[str, Any]:
        with new_session() as session:
            answer = session.get(f"{self._addresses.service}/cds-services", timeout=_SECONDS)
        listed = msgspec.json.decode(answer.content)["services"]
        service: dict[str, Any] = next(service for service in listed if service["hook"] == HOOK)
        return service

    def _request(self, context: Context, service: Mapping[str, Any]) -> dict[str, Any]:
        values = {"userId": context.user, "patientId": context.patient, "encounterId": context.encounter}
        token = self._permits.issue(Permit(_SCOPE, context.patient))
        return {
            "hook": HOOK,
            "hookInstance": str(uuid.uuid4()),
            "fhirServer": self._fhir.base,
            "fhirAuthorization": {
                "access_token": token,
                "token_type": "Bearer",
                "expires_in": int(self._permits.seconds),
                "scope": _SCOPE,
                "subject": "leg-soreness-cds",
                "patient": context.patient,
            },
            "context": values,
            "prefetch": dict(self._prefetch(service["prefetch"], values)),
        }

    def _prefetch(self, templates: Mapping[str, str], values: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
        for key in PREFETCHED:
            path = templates.get(key, "")
            for name, value in values.items():
                path = path.replace("{{context." + name + "}}", value)
            if path:
                yield key, self._fhir.read(path)

    def _post(self, url: str, body: Mapping[str, Any], languages: str = "") -> tuple[int, bytes]:
        token = self._key.sign_call(self._addresses.ehr, self._addresses.key_set, url)
        with new_session() as session:
            try:
                headers = {"Authorization": f"Bearer {token}", "Accept-Language": languages or "*"}
                answer = session.post(url, json=body, headers=headers, timeout=_SECONDS)
            except requests.RequestException:
                return 0, _NO_ANSWER
        return answer.status_code, answer.content
