"""Synthetic medication records, and short ways to read them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from cds_service.chart import Exposure, Medicine
from cds_service.knowledge.drugs import load_drugs
from cds_service.knowledge.files import cards_dir
from cds_service.knowledge.limits import load_limits
from cds_service.reading.medication_resources import (
    Medication,
    MedicationAdministration,
    MedicationDispense,
    MedicationRequest,
    MedicationStatement,
    Record,
)
from cds_service.reading.medications import MedicationsRead, read_medications

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DRUGS = load_drugs(cards_dir())
LIMITS = load_limits(cards_dir())
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
TYPES: dict[str, type[Record]] = {
    "MedicationRequest": MedicationRequest,
    "MedicationStatement": MedicationStatement,
    "MedicationDispense": MedicationDispense,
    "MedicationAdministration": MedicationAdministration,
}
Json = dict[str, Any]


def day(days_ago: int) -> str:
    return (NOW - timedelta(days=days_ago)).date().isoformat()


def coded(code: str, display: str | None = None) -> Json:
    return {"coding": [{"system": RXNORM, "code": code, "display": display}]}


ATORVASTATIN_40 = coded("617311", "atorvastatin 40 MG Oral Tablet")
ATORVASTATIN_20 = coded("617310", "atorvastatin 20 MG Oral Tablet")


def order(days_ago: int | None = 10, status: str | None = "active", **more: Any) -> Json:
    found = {
        "resourceType": "MedicationRequest",
        "status": status,
        "intent": "order",
        "medicationCodeableConcept": ATORVASTATIN_40,
        "authoredOn": None if days_ago is None else day(days_ago),
    }
    return found | more


def statement(status: str = "active", **more: Any) -> Json:
    found = {
        "resourceType": "MedicationStatement",
        "status": status,
        "medicationCodeableConcept": ATORVASTATIN_40,
    }
    return found | more


def dispense(days_ago: int, supply: int | None = None, status: str = "completed", **more: Any) -> Json:
    found = {
        "resourceType": "MedicationDispense",
        "status": status,
        "medicationCodeableConcept": ATORVASTATIN_40,
        "whenHandedOver": day(days_ago),
    }
    return found | ({"daysSupply": {"value": supply}} if supply else {}) | more


def administration(days_ago: int, status: str = "completed", **more: Any) -> Json:
    found = {
        "resourceType": "MedicationAdministration",
        "status": status,
        "medicationCodeableConcept": ATORVASTATIN_40,
        "effectiveDateTime": day(days_ago),
    }
    return found | more


def read(
    *records: Json, drafts: tuple[Json, ...] = (), others: dict[str, Json] | None = None
) -> MedicationsRead:
    known = {ref: msgspec.convert(one, Medication) for ref, one in (others or {}).items()}
    return read_medications(pairs(records), known.get, NOW, DRUGS, LIMITS, pairs(drafts, "draft"))


def pairs(records: tuple[Json, ...], prefix: str = "r") -> list[tuple[str, Record]]:
    return [
        (f"{prefix}/{i}", msgspec.convert(one, TYPES[one["resourceType"]])) for i, one in enumerate(records)
    ]


def one_medicine(*records: Json, others: dict[str, Json] | None = None) -> Medicine:
    (medicine,) = read(*records, others=others).medicines
    return medicine


def one_exposure(*records: Json) -> Exposure:
    (exposure,) = read(*records).exposures
    return exposure


def tablets(value: float, **repeat: Any) -> Json:
    timing = {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"} | repeat}
    return {"timing": timing, "doseAndRate": [{"doseQuantity": {"value": value, "unit": "tablet"}}]}


def period(end: int | None, start: int | None = None) -> Json:
    return {key: day(value) for key, value in (("start", start), ("end", end)) if value is not None}


def read_named(*records: tuple[str, Json]) -> MedicationsRead:
    """Records under references of their own, so that their order may change."""
    named = [(ref, msgspec.convert(one, TYPES[one["resourceType"]])) for ref, one in records]
    return read_medications(named, {}.get, NOW, DRUGS, LIMITS)
