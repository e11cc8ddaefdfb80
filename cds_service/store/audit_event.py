"""The audit trail as FHIR R4 AuditEvent resources, one a line, validated as they are made."""

from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from typing import Any

from fhir.resources.R4B.auditevent import AuditEvent
from sqlalchemy import Connection, RowMapping, select

from cds_service.store.audit import MICROSECONDS
from cds_service.store.schema import audit

_TERMS = "http://terminology.hl7.org/CodeSystem"
_DICOM = "http://dicom.nema.org/resources/ontology/DCM"
_AT_ONCE = 500
_ACTIONS = {"hook": "E", "feedback": "C", "export": "R", "backup": "R", "retention": "D"}  # else U: update
_REFUSED, _FAILED = 400, 500  # HTTP

Json = dict[str, Any]


def export_lines(connection: Connection, base: str, since: str = "", until: str = "") -> Generator[str]:
    """The lines of the days from `since` to `until` (2026-11-22, both included) as JSON texts.

    `base` starts the URLs of our own code systems.
    """
    query = select(audit).order_by(audit.c.sequence)
    if since:
        query = query.where(audit.c.day >= since)
    if until:
        query = query.where(audit.c.day <= until)
    with connection.execute(query, execution_options={"yield_per": _AT_ONCE}) as found:
        for row in found.mappings():
            yield AuditEvent.model_validate(audit_event(row, base)).model_dump_json()


def audit_event(row: RowMapping, base: str) -> Json:
    """One line of the trail as a FHIR resource."""
    event = row["event"]
    moment = datetime.fromtimestamp(row["at"] / MICROSECONDS, UTC)
    return {
        "resourceType": "AuditEvent",
        "id": f"audit-{row['sequence']}",
        "type": _coding(f"{_TERMS}/audit-event-type", "rest", "RESTful Operation"),
        "subtype": [_coding(f"{base}/CodeSystem/audit-events", event)],
        "action": _ACTIONS.get(event, "U"),
        "recorded": moment.isoformat(timespec="milliseconds"),
        "outcome": _outcome(row["status"]),
        "outcomeDesc": row["outcome"],
        "agent": list(_agents(row)),
        "source": {
            "observer": {"display": "leg-soreness-cds"},
            "type": [_coding(f"{_TERMS}/security-source-type", "4", "Application Server")],
        },
        "entity": list(_entities(row, base)),
    }


def _coding(system: str, code: str, display: str = "") -> Json:
    return {"system": system, "code": code} | ({"display": display} if display else {})


def _outcome(status: int) -> str:
    if status < _REFUSED:
        return "0"
    return "4" if status < _FAILED else "8"


def _agents(row: RowMapping) -> Iterator[Json]:
    application = {"coding": [_coding(_DICOM, "110150", "Application")]}
    caller = " ".join(filter(None, (row["issuer"], row["tenant"]))) or "leg-cds"
    yield {"type": application, "who": {"display": caller}, "requestor": not row["hook_user"]}
    if row["hook_user"]:
        yield {"who": {"identifier": {"value": row["hook_user"]}}, "requestor": True}


def _entities(row: RowMapping, base: str) -> Iterator[Json]:
    if row["patient"]:
        yield {
            "what": {"identifier": {"value": row["patient"]}},
            "type": _coding(f"{_TERMS}/audit-entity-type", "1", "Person"),
            "role": _coding(f"{_TERMS}/object-role", "1", "Patient"),
        }
    told = {name: str(row[name]) for name in _TOLD if row[name] not in {"", "[]", "{}", 0}}
    yield {
        "what": {"identifier": {"system": f"{base}/audit", "value": str(row["sequence"])}},
        "type": _coding(f"{_TERMS}/audit-entity-type", "2", "System Object"),
        "role": _coding(f"{_TERMS}/object-role", "20", "Job"),
        "detail": [{"type": name, "valueString": value} for name, value in told.items()],
    }


_TOLD = (
    "hook_instance", "service", "status", "knowledge_version", "sources", "cards", "details",
    "milliseconds", "previous_hash", "hash",
)  # fmt: skip
