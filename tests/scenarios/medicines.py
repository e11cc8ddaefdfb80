"""Medicines of a scenario: MedicationRequest or MedicationStatement."""

from tests.scenarios.codes import CODES, Clock, Ids, Json, coding, concept, quantity


def medicine(med: Json, ids: Ids, clock: Clock) -> Json:
    """One medicine. `as: MedicationStatement` makes a statement, `text: true` leaves the code out,
    `named` gives the code a display of another drug.
    """
    if med.get("as") == "MedicationStatement":
        return _statement(med, ids, clock)
    found = {
        "resourceType": "MedicationRequest",
        "id": ids.new("mr"),
        "status": med.get("status", "active"),
        "intent": med.get("intent", "order"),
        "medicationCodeableConcept": _concept(med),
        "subject": ids.subject,
        "authoredOn": clock.moment(med["start"]),
    }
    if med.get("do_not_perform"):
        found["doNotPerform"] = True
    if dosage := _dosage(med, clock):
        found["dosageInstruction"] = [dosage]
    if med.get("end") is not None:
        found["dispenseRequest"] = {"validityPeriod": {"end": clock.moment(med["end"])}}
    return found


def _statement(med: Json, ids: Ids, clock: Clock) -> Json:
    period = {"start": clock.moment(med["start"])}
    if med.get("end") is not None:
        period["end"] = clock.moment(med["end"])
    found = {
        "resourceType": "MedicationStatement",
        "id": ids.new("ms"),
        "status": med.get("status", "active"),
        "medicationCodeableConcept": _concept(med),
        "subject": ids.subject,
        "effectivePeriod": period,
        "dateAsserted": clock.moment(med.get("asserted", 0)),
    }
    dosage = _dosage({**med, "end": None}, clock)
    return {**found, "dosage": [dosage]} if dosage else found


def _product(med: Json) -> tuple[str, str, float | None, str, int]:
    """RxNorm code, name, amount an intake, its unit, intakes a day: the product, else the ingredient."""
    drug = CODES["drugs"][med["drug"]]
    if found := drug["doses"].get(med.get("dose")):
        return tuple(found)
    return drug["ingredient"], med["drug"], med.get("dose"), "mg", 1


def _concept(med: Json) -> Json:
    if med.get("text"):
        return {"text": med["drug"]}
    code, name, *_ = _product(med)
    name = med.get("named", name)
    return {**concept(coding("rxnorm", code, name)), "text": name}


def _dosage(med: Json, clock: Clock) -> Json | None:
    if med.get("text") or med.get("dose") is None:
        return None
    _, _, amount, unit, times = _product(med)
    repeat: Json = {"frequency": times, "period": 1, "periodUnit": "d"}
    if med.get("end") is not None:
        repeat = {
            "boundsPeriod": {"start": clock.moment(med["start"]), "end": clock.moment(med["end"])},
            **repeat,
        }
    dose = quantity(amount or 0, unit, "{tbl}" if unit == "tablet" else "mg")
    return {
        "text": f"{amount} {unit} {times} time(s) a day",
        "timing": {"repeat": repeat},
        "doseAndRate": [{"doseQuantity": dose}],
    }
