"""Short synthetic records for the reading tests; `NOW` is the moment they are read at."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from cds_service.chart import Result
from cds_service.reading import Pool

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
Json = dict[str, Any]

BASE = "http://leg-soreness.example/fhir"
LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
UCUM = "http://unitsofmeasure.org"


def raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))


def bundle(*resources: Any, **more: Any) -> Json:
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries, **more}


def days_ago(days: float) -> str:
    return (NOW - timedelta(days=days)).isoformat().replace("+00:00", "Z")


def concept(system: str, code: str, **more: Any) -> Json:
    return {"coding": [{"system": system, "code": code}], **more}


def patient(**more: Any) -> Json:
    return {"resourceType": "Patient", "id": "p1", "birthDate": "1970-01-01", "gender": "female", **more}


def lab(code: str, value: float | str | None, unit: str | None = None, /, **more: Any) -> Json:
    quantity = {"value": value, "unit": unit, "system": UCUM, "code": unit} if unit else {"value": value}
    return {
        "resourceType": "Observation",
        "id": f"lab-{code}",
        "status": "final",
        "code": concept(LOINC, code),
        "effectiveDateTime": days_ago(2),
        "valueQuantity": quantity,
        **more,
    }


def symptom(code: str = "10601006", /, **more: Any) -> Json:
    return {
        "resourceType": "Observation",
        "id": f"symptom-{code}",
        "status": "final",
        "code": concept(SNOMED, code),
        "effectiveDateTime": days_ago(1),
        "valueCodeableConcept": concept(SNOMED, "52101004"),
        **more,
    }


def condition(system: str, code: str, /, **more: Any) -> Json:
    return {
        "resourceType": "Condition",
        "id": f"condition-{code}",
        "code": concept(system, code),
        "clinicalStatus": concept("http://terminology.hl7.org/CodeSystem/condition-clinical", "active"),
        "recordedDate": days_ago(10),
        **more,
    }


def coded(answer: str, base: str = BASE) -> Json:
    return {"valueCoding": {"system": f"{base}/CodeSystem/answers", "code": answer}}


def form(answers: dict[str, Any], **more: Any) -> Json:
    """A flat QuestionnaireResponse; a text is an answer code, anything else a list of FHIR answers."""
    items = [
        {"linkId": item, "answer": [coded(answer)] if isinstance(answer, str) else answer}
        for item, answer in answers.items()
    ]
    return {
        "resourceType": "QuestionnaireResponse",
        "id": "form",
        "status": "completed",
        "questionnaire": f"{BASE}/Questionnaire/morning-leg-soreness|0.1.0",
        "authored": days_ago(1),
        "item": items,
        **more,
    }


POTASSIUM = lab("2823-3", 3.1, "mmol/L")


def pool_of(patient_id: str = "p1", /, **values: Any) -> Pool:
    """A prefetch with these values."""
    return Pool.from_prefetch({key: raw(value) for key, value in values.items()}, patient_id)


def exactly(result: Result) -> float:
    assert result.unusable == ""
    assert result.value is not None
    assert result.value.exact
    return result.value.low
