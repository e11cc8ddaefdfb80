"""Laboratory results, vital signs and problems of a scenario."""

from tests.scenarios.codes import CODES, SYSTEMS, Clock, Ids, Json, category, coding, concept, quantity


def laboratory(lab: Json, ids: Ids, clock: Clock) -> Json:
    """One result. `original` is the value and unit the laboratory sent, `comparator` goes with it."""
    code, name, unit = CODES["labs"][lab["test"]]
    value = lab["value"]
    if original := lab.get("original"):
        number, unit = original.split(" ", 1)
        value = float(number)
        code, name = CODES["labs_in_other_units"].get(f"{lab['test']} {unit}", (code, name))
    found = _observation(
        ids.new("lab"), "laboratory", coding("loinc", code, name), clock.moment(lab["at"]), ids
    )
    found["status"] = lab.get("status", "final")
    found["valueQuantity"] = {"value": value} if lab.get("unit_ok") is False else quantity(value, unit)
    if comparator := lab.get("comparator"):
        found["valueQuantity"]["comparator"] = comparator
    if limits := _limits(lab, unit):
        found["referenceRange"] = [limits]
    if note := lab.get("note"):
        found["note"] = [{"text": note}]
    return found


def _limits(lab: Json, unit: str) -> Json:
    named = {"low": lab.get("lo"), "high": lab.get("uln")}
    return {side: quantity(value, unit) for side, value in named.items() if value is not None}


def _observation(resource_id: str, kind: str, code: Json, effective: str, ids: Ids) -> Json:
    return {
        "resourceType": "Observation",
        "id": resource_id,
        "status": "final",
        "category": category("observation-category", kind),
        "code": concept(code),
        "subject": ids.subject,
        "effectiveDateTime": effective,
    }


def temperature(celsius: float, hours_ago: float, ids: Ids, clock: Clock) -> Json:
    """A body temperature in degrees Celsius."""
    code = coding("loinc", "8310-5", "Body temperature")
    found = _observation(ids.new("obs"), "vital-signs", code, clock.moment(-hours_ago / 24), ids)
    return {**found, "valueQuantity": quantity(celsius, "Cel")}


def ankle_brachial_index(value: float, ids: Ids, clock: Clock) -> Json:
    """An ankle-brachial index, a ratio without unit."""
    code = coding("sct", "446841001", "Ankle-brachial index")
    found = _observation(ids.new("obs"), "exam", code, clock.moment(-10), ids)
    return {**found, "valueQuantity": quantity(value, "1")}


def egfr(value: float, ids: Ids, clock: Clock) -> Json:
    """An estimated glomerular filtration rate."""
    code = coding("loinc", "98979-8", "Glomerular filtration rate")
    found = _observation(ids.new("lab"), "laboratory", code, clock.moment(-30), ids)
    return {**found, "valueQuantity": quantity(value, "mL/min/{1.73_m2}")}


def pregnancy(ids: Ids, clock: Clock) -> Json:
    """The pregnancy status Observation."""
    code = coding("loinc", "82810-3", "Pregnancy status")
    found = _observation(ids.new("obs"), "social-history", code, clock.moment(-10), ids)
    return {**found, "valueCodeableConcept": concept(coding("sct", "77386006", "Pregnant"))}


def problem(name: str, ids: Ids, clock: Clock) -> Json:
    """A problem of the code table."""
    system, code, display, status, recorded = CODES["conditions"][name]
    assert system in SYSTEMS
    return {
        "resourceType": "Condition",
        "id": ids.new("cond"),
        "clinicalStatus": category("condition-clinical", status)[0],
        "verificationStatus": category("condition-ver-status", "confirmed")[0],
        "category": category("condition-category", "problem-list-item"),
        "code": concept(coding(system, code, display)),
        "subject": ids.subject,
        "recordedDate": clock.moment(recorded),
    }
