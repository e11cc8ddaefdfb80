"""The resources of the demo EHR, in memory, and which of them belong to a patient."""

import threading
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

Resource = dict[str, Any]

SYNTHETIC = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
    "code": "HTEST",
    "display": "synthetic",
}
"""The tag of everything that is kept here."""

_FOR_EVERYBODY = ("Medication",)
_ABOUT = ("subject", "patient", "for")  # members that name the patient


class Records:
    """FHIR R4 resources by type and id."""

    def __init__(self, resources: Iterable[Resource] = ()) -> None:
        self._kept: dict[str, dict[str, Resource]] = {}
        self._lock = threading.Lock()
        for resource in resources:
            self._keep(resource, resource["id"])

    def kinds(self) -> list[str]:
        """The resource types there is something of."""
        return sorted(self._kept)

    def read(self, kind: str, identifier: str) -> Resource | None:
        """One resource, None when it is not here."""
        return self._kept.get(kind, {}).get(identifier)

    def all_of(self, kind: str) -> list[Resource]:
        """All resources of a type, in the order they came."""
        with self._lock:
            return list(self._kept.get(kind, {}).values())

    def create(self, resource: Resource) -> Resource:
        """Keep a new resource under an id of its own."""
        return self._keep(resource, str(uuid.uuid4()))

    def _keep(self, resource: Resource, identifier: str) -> Resource:
        meta = {
            **resource.get("meta", {}),
            "versionId": "1",
            "lastUpdated": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "tag": [SYNTHETIC],
        }
        kept = {**resource, "id": identifier, "meta": meta}
        with self._lock:
            self._kept.setdefault(resource["resourceType"], {})[identifier] = kept
        return kept


def patient_of(resource: Resource) -> str:
    """The id of the patient a resource is about, "" for none."""
    if resource["resourceType"] == "Patient":
        return str(resource["id"])
    for member in _ABOUT:
        reference = resource.get(member)
        if isinstance(reference, dict):
            kind, _, identifier = str(reference.get("reference", "")).rpartition("/")
            return identifier if kind.rpartition("/")[2] == "Patient" else ""
    return ""


def may_be_seen(resource: Resource, patient: str) -> bool:
    """Whether someone who may see only this patient may see the resource; "" is everybody."""
    return not patient or resource["resourceType"] in _FOR_EVERYBODY or patient_of(resource) == patient
