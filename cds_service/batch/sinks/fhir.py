"""Reviews as FHIR R4: one Bundle a patient, a line each, valid by `fhir.resources`."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, BinaryIO
from uuid import NAMESPACE_URL, UUID, uuid5

from msgspec.structs import replace

from cds_service.batch.row import CardRow, Row
from cds_service.batch.sinks.base import Header, Sink
from cds_service.compose.resources import validate

Json = dict[str, Any]
_EXAMPLE = f"urn:uuid:{UUID(int=0)}"
_SEVERITY = {"critical": "high", "warning": "moderate", "info": "low"}
_REFERENCE = re.compile(
    r"[A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64}\Z|urn:(?:uuid|oid):[A-Za-z0-9.:-]+\Z|https?://[!#-\[\]-~]+\Z"
)


class FhirSink(Sink):
    """A GuidanceResponse for the review, a DetectedIssue a card, an OperationOutcome for what was not read.

    Faults come last, as one OperationOutcome on a line of its own.
    """

    def __init__(self, out: BinaryIO, header: Header) -> None:
        super().__init__(out, header)
        self._namespace = uuid5(NAMESPACE_URL, header.knowledge.base)
        self._plain: dict[tuple[str, str], list[str]] = {}

    def write(self, row: Row) -> None:
        """A Bundle."""
        reference = _about("subject", row).get("subject", {}).get("reference")
        if reference and not (row.cards or row.skipped or row.incomplete):
            self._plain_line(row, reference)
        else:
            self._line(self._bundle(row))

    def finish(self) -> None:
        """The faults."""
        if self.faults:
            self._line(_outcome("processing", [str(fault) for fault in sorted(self.faults)]))

    def _plain_line(self, row: Row, reference: str) -> None:
        """The Bundle of most patients, validated once: only the patient and the name differ."""
        key = (row.service, row.closed_by)
        if key not in self._plain:
            example = replace(row, patient=_EXAMPLE, sources=[])
            url = self._bundle(example)["entry"][0]["fullUrl"]
            text = validate(self._bundle(example))
            self._plain[key] = re.split(f"({re.escape(url)}|{re.escape(_EXAMPLE)})", text)
        before, _, between, _, after = self._plain[key]
        named = self._name(row, {"resourceType": "GuidanceResponse"})
        self.out.write(f"{before}{named}{between}{reference}{after}\n".encode())

    def _bundle(self, row: Row) -> Json:
        entries = [
            {"fullUrl": self._name(row, resource), "resource": resource} for resource in self._resources(row)
        ]
        return {"resourceType": "Bundle", "type": "collection", "timestamp": self._now(), "entry": entries}

    def _line(self, resource: Json) -> None:
        self.out.write(validate(resource).encode() + b"\n")

    def _now(self) -> str:
        return instant(self.header.as_of)

    def _name(self, row: Row, resource: Json) -> str:
        """The same review has the same names, whenever it is written."""
        which = resource.get("identifier", [{}])[0].get("value", resource["resourceType"])
        facts = "|".join([*row.sources, row.patient, row.service, which, self._now()])
        return f"urn:uuid:{uuid5(self._namespace, facts)}"

    def _resources(self, row: Row) -> Iterator[Json]:
        unread = [f"{entry['ref']}: {entry['reason']}" for entry in row.skipped] + row.incomplete
        outcome = _outcome("incomplete", unread) if unread else None
        yield self._guidance(row, outcome)
        if outcome:
            yield outcome
        for card in row.cards:
            yield self._issue(row, card)

    def _guidance(self, row: Row, outcome: Json | None) -> Json:
        knowledge = self.header.knowledge
        module = f"{knowledge.base}/PlanDefinition/{row.service}|{knowledge.version}"
        guidance: Json = {
            "resourceType": "GuidanceResponse",
            "moduleCanonical": module,
            "status": "data-required" if row.incomplete else "success",
            "occurrenceDateTime": self._now(),
            **_about("subject", row),
        }
        if outcome:
            guidance["evaluationMessage"] = [{"reference": self._name(row, outcome)}]
        if row.closed_by:
            guidance["note"] = [{"text": row.closed_by}]
        return guidance

    def _issue(self, row: Row, card: CardRow) -> Json:
        base = self.header.knowledge.base
        issue: Json = {
            "resourceType": "DetectedIssue",
            "identifier": [{"system": f"{base}/NamingSystem/fingerprint", "value": card.fingerprint}],
            "status": "final",
            "code": {"coding": [{"system": f"{base}/CodeSystem/cards", "code": card.id}]},
            "severity": _SEVERITY[card.indicator],
            "identifiedDateTime": self._now(),
            "detail": card.summary,
            **_about("patient", row),
        }
        if card.evidence:
            issue["evidence"] = [{"detail": [_reference(ref) for ref in card.evidence]}]
        return issue


def instant(moment: datetime) -> str:
    """A FHIR instant."""
    return moment.isoformat(timespec="milliseconds")


def _about(member: str, row: Row) -> Json:
    if not row.patient:
        return {}
    named = row.patient if row.patient.startswith("urn:") else f"Patient/{row.patient}"
    return {member: _reference(named)}


def _reference(text: str) -> Json:
    """A reference, or what is known of a record that cannot be referred to."""
    if _REFERENCE.match(text):
        return {"reference": text}
    return {"display": " ".join(text.split()) or "a record without a readable name"}


def _outcome(code: str, texts: list[str]) -> Json:
    issues = [{"severity": "warning", "code": code, "diagnostics": text} for text in texts]
    return {"resourceType": "OperationOutcome", "issue": issues}
