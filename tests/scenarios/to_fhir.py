"""A scenario in words to the hook request an EHR would send (CONTRACT.md section 7 of the specification)."""

import json
import uuid
from datetime import datetime
from pathlib import Path

from tests.scenarios import medicines, results, soreness
from tests.scenarios.codes import Clock, Ids, Json

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
SERVICES = {
    "patient-view": "leg-soreness",
    "encounter-start": "leg-soreness-encounter-start",
    "order-select": "leg-soreness-order-select",
    "order-sign": "leg-soreness-order-sign",
}


def scenarios(name: str) -> list[Json]:
    """The scenarios of a file beside this one."""
    found: list[Json] = json.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))
    return found


def service_of(scenario: Json) -> str:
    """The id of the service a scenario calls."""
    return SERVICES[scenario["input"].get("hook", "patient-view")]


def hook_request(scenario: Json, now: datetime) -> Json:
    """The request of a scenario, its days counted from `now` (with zone, UTC)."""
    given, clock, ids = scenario["input"], Clock(now), Ids(scenario["id"])
    pools = _pools(given, ids, clock)
    hook = given.get("hook", "patient-view")
    context = {"userId": "Practitioner/dr-1", "patientId": ids.patient, "encounterId": ids.encounter}
    if hook.startswith("order-"):
        context.update(_drafts(given["drafts"], ids, clock))
    patient, encounter = _patient(given["patient"], ids, clock), _encounter(given, ids, clock)
    prefetch: Json = {"patient": patient, "encounter": encounter}
    prefetch.update({key: _bundle(pools[key]) for key in KEYS[2:]})
    prefetch.update(given.get("prefetch", {}))
    for key in given.get("not_supplied", []):
        del prefetch[key]
    return {"hook": hook, "hookInstance": str(uuid.uuid4()), "context": context, "prefetch": prefetch}


def _pools(given: Json, ids: Ids, clock: Clock) -> dict[str, list[Json]]:
    pools: dict[str, list[Json]] = {key: [] for key in KEYS}
    _patient_findings(given["patient"], pools, ids, clock)
    for symptom in _symptoms(given):
        _report(symptom, pools, ids, clock)
    for med in given.get("meds", []):
        found = medicines.medicine(med, ids, clock)
        pools["medicationStatements" if "effectivePeriod" in found else "medicationRequests"].append(found)
    pools["labs"] += [results.laboratory(lab, ids, clock) for lab in given.get("labs", [])]
    pools["conditions"] += [results.problem(name, ids, clock) for name in given.get("conditions", [])]
    return pools


def _symptoms(given: Json) -> list[Json]:
    symptom = given.get("symptom")
    if symptom is None:
        return []
    return symptom if isinstance(symptom, list) else [symptom]


def _patient_findings(patient: Json, pools: dict[str, list[Json]], ids: Ids, clock: Clock) -> None:
    pregnant = patient.get("pregnant")
    if pregnant is True:
        pools["symptoms"].append(results.pregnancy(ids, clock))
    elif pregnant:
        pools["conditions"].append(results.problem(pregnant, ids, clock))
    if (celsius := patient.get("temp_c")) is not None:
        hours = patient.get("temp_hours_ago", 1)
        pools["vitals"].append(results.temperature(celsius, hours, ids, clock))
    if (index := patient.get("abi")) is not None:
        pools["vitals"].append(results.ankle_brachial_index(index, ids, clock))
    if (rate := patient.get("egfr")) is not None:
        pools["labs"].append(results.egfr(rate, ids, clock))


def _report(symptom: Json, pools: dict[str, list[Json]], ids: Ids, clock: Clock) -> None:
    match symptom["source"]:
        case "QuestionnaireResponse":
            pools["questionnaireResponses"].append(soreness.questionnaire_response(symptom, ids, clock))
        case "Observation":
            pools["symptoms"].append(soreness.observation(symptom, ids, clock))
        case "Condition":
            pools["conditions"].append(soreness.condition(symptom, ids, clock))
        case source:
            assert source == "Encounter", source  # the reason of the Encounter, see _encounter


def _patient(patient: Json, ids: Ids, clock: Clock) -> Json:
    found: Json = {
        "resourceType": "Patient",
        "id": ids.patient,
        "active": True,
        "gender": patient["sex"],
        "name": [{"family": "Test", "given": [ids.slug.upper()]}],
    }
    if patient["age"] is not None:
        found["birthDate"] = soreness.birth_date(patient["age"], clock.now.date())
    if patient.get("deceased"):
        found["deceasedBoolean"] = True
    return found


def _encounter(given: Json, ids: Ids, clock: Clock) -> Json:
    found: Json = {
        "resourceType": "Encounter",
        "id": ids.encounter,
        "status": "in-progress",
        "class": {
            "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
            "code": "AMB",
            "display": "ambulatory",
        },
        "subject": ids.subject,
        "period": {"start": clock.moment(0)},
    }
    if any(symptom["source"] == "Encounter" for symptom in _symptoms(given)):
        found["reasonCode"] = soreness.reason()
    return found


def _bundle(resources: list[Json]) -> Json:
    entries = [
        {
            "fullUrl": f"https://ehr.example/fhir/{resource['resourceType']}/{resource['id']}",
            "resource": resource,
            "search": {"mode": "match"},
        }
        for resource in resources
    ]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries}


def _drafts(drafts: list[Json], ids: Ids, clock: Clock) -> Json:
    orders = [{**medicines.medicine({"start": 0, **med}, ids, clock), "status": "draft"} for med in drafts]
    entries = [{"resource": order} for order in orders]
    return {
        "selections": [f"MedicationRequest/{order['id']}" for order in orders],
        "draftOrders": {"resourceType": "Bundle", "type": "collection", "entry": entries},
    }
