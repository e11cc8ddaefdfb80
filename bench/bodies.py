"""Hook requests of a wanted size: a synthetic patient, filled up with an ordinary record."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count, cycle
from pathlib import Path
from typing import Any

import msgspec

from cds_service import fixtures
from cds_service.yaml_text import read_yaml_text

SORE = "statin-three-weeks-old"
QUIET = "nothing-at-all"  # on a statin too, but reports no soreness
FILLER = Path(__file__).with_name("filler.yaml")
RECORD_BEGINS = 60  # days before today: the filler is older than what the rules count as current
RECORD_SPANS = 3000  # days
A_VISIT = 10  # resources written at one visit; those of a laboratory panel share their time


class Kind(msgspec.Struct):
    """One kind of filler: the resource they share, and the codes that differ."""

    weight: int
    dates: list[str]
    resource: dict[str, Any]
    codes: list[dict[str, Any]]
    system: str = "http://loinc.org"


def hook_request(prefetch_bytes: int, patient_id: str = SORE) -> bytes:
    """A patient-view request whose prefetch has at least this many bytes, by one resource at most."""
    patient = next(patient for patient in fixtures.patients() if patient.id == patient_id)
    today = datetime.now(UTC).date()
    request = patient.hook_request(today)
    prefetch = request["prefetch"]
    size = len(msgspec.json.encode(prefetch))
    for key, resource in _filler(f"Patient/{request['context']['patientId']}", today):
        if size >= prefetch_bytes and len(msgspec.json.encode(prefetch)) >= prefetch_bytes:
            break  # `size` may be a few commas too large
        entry = {"fullUrl": f"http://ehr.example/fhir/{resource['resourceType']}/{resource['id']}"}
        entries_of(prefetch, key).append(entry | {"resource": resource, "search": {"mode": "match"}})
        prefetch[key]["total"] = len(prefetch[key]["entry"])
        size += len(msgspec.json.encode(prefetch[key]["entry"][-1])) + 1
    return msgspec.json.encode(request)


def entries_of(prefetch: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """The entries of a searchset in the prefetch, begun when the patient has none."""
    bundle = prefetch.get(key) or {"resourceType": "Bundle", "type": "searchset"}
    prefetch[key] = bundle
    entries: list[dict[str, Any]] = bundle.setdefault("entry", [])
    return entries


def _filler(subject: str, today: date) -> Iterator[tuple[str, dict[str, Any]]]:
    kinds = msgspec.convert(read_yaml_text(FILLER.read_text(encoding="utf-8"))[0], dict[str, Kind])
    turn = cycle([key for key, kind in kinds.items() for _ in range(kind.weight)])
    codes = {key: cycle(kind.codes) for key, kind in kinds.items()}
    for number, key in zip(count(), turn, strict=False):
        visit = number // A_VISIT
        day = today - timedelta(days=RECORD_BEGINS + visit * 37 % RECORD_SPANS)
        yield key, _resource(kinds[key], next(codes[key]), number, day) | {"subject": {"reference": subject}}


def _resource(kind: Kind, code: dict[str, Any], number: int, day: date) -> dict[str, Any]:
    concept = {
        "coding": [{"system": kind.system, "code": code["code"], "display": code["display"]}],
        "text": code["display"],
    }
    medicine = kind.resource["resourceType"] == "MedicationRequest"
    resource = kind.resource | {
        "id": f"filler-{number:08d}-2f6e-4f0b-9d3e-5b1c7a90e1d4",
        "encounter": {"reference": f"Encounter/{number // A_VISIT:08d}-77aa-4c52-8a50-1f0c5a2b9e63"},
        "medicationCodeableConcept" if medicine else "code": concept,
        **dict.fromkeys(kind.dates, f"{day}T09:24:54-05:00"),
    }
    return resource | _value(code)


def _value(code: dict[str, Any]) -> dict[str, Any]:
    if "value" not in code:
        return {}
    unit = code["unit"]
    quantity = {"value": code["value"], "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
    return {"valueQuantity": quantity}
