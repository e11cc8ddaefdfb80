"""How soreness is reported: QuestionnaireResponse, Observation, Condition, or reason of the Encounter."""

from datetime import date, timedelta
from typing import Any

from tests.scenarios.codes import BASE, CODES, Clock, Ids, Json, category, coding, concept

# these say where and when, not what; `severity` and the others are looked up in codes.yaml
_FRAME = {"source", "recorded", "status", "onset", "exercise_days_before", "activity_within_48h", "of"}


def answers(symptom: Json, clock: Clock) -> list[tuple[str, Json]]:
    """linkId and FHIR answer value of every attribute, in the order of the scenario."""
    found: list[tuple[str, Json]] = []
    if symptom.get("onset") is not None:
        found.append(("onset", {"valueDate": clock.day(symptom["onset"])}))
    for name, value in symptom.items():
        if name not in _FRAME:
            found.extend(_answer(name, value))
    return found + _activity(symptom, clock)


def _answer(name: str, value: Any) -> list[tuple[str, Json]]:
    if name == "sites":
        return [("site", _coded(CODES["sites"][site])) for site in value]
    if name in CODES["numbers"]:
        return [(CODES["numbers"][name], {"valueInteger": value})]
    if name in CODES["yes_no"]:
        return [(CODES["yes_no"][name], _coded({True: "yes", False: "no"}.get(value, value)))]
    choice = CODES["choices"][name]
    return [(choice["item"], _coded(code)) for code in choice["values"][value]]


def _activity(symptom: Json, clock: Clock) -> list[tuple[str, Json]]:
    found: list[tuple[str, Json]] = []
    if (days := symptom.get("exercise_days_before")) is not None:
        found.append(("activity.exercise", _coded("yes")))
        found.append(("activity.when", {"valueDateTime": f"{clock.day(symptom['onset'] - days)}T10:00:00Z"}))
    if symptom.get("activity_within_48h"):
        found.append(("activity.kind.when", {"valueDate": clock.day(symptom["onset"] - 1)}))
    return found


def _coded(code: str) -> Json:
    return {"valueCoding": coding("answers", code, CODES["answers"][code])}


def questionnaire_response(symptom: Json, ids: Ids, clock: Clock) -> Json:
    """The structured intake; items nested in their groups, unanswered items left out."""
    stated = answers({"reported": True, **symptom}, clock)
    return {
        "resourceType": "QuestionnaireResponse",
        "id": ids.new("qr"),
        "questionnaire": f"{BASE}/Questionnaire/morning-leg-soreness|0.1.0",
        "status": symptom.get("status", "completed"),
        "subject": ids.subject,
        "authored": clock.moment(symptom["recorded"]),
        "item": [item for group in CODES["items"] for item in _group(group, stated)],
    }


def _group(name: str, stated: list[tuple[str, Json]]) -> list[Json]:
    group = CODES["items"][name]
    items = []
    for link_id, text in group["items"].items():
        given = [value for link, value in stated if link == link_id]
        if given:
            items.append({"linkId": link_id, "text": text, "answer": given})
    if not name or not items:
        return items
    return [{"linkId": name, "text": group["text"], "item": items}]


def observation(symptom: Json, ids: Ids, clock: Clock) -> Json:
    """The symptom as a finding; onset and other attributes are components."""
    present = symptom.get("reported", True)
    value = coding("sct", "52101004", "Present") if present else coding("sct", "2667000", "Absent")
    stated = answers({name: it for name, it in symptom.items() if name != "reported"}, clock)
    found = {
        "resourceType": "Observation",
        "id": ids.new("obs"),
        "status": symptom.get("status", "final"),
        "category": category("observation-category", "survey"),
        "code": concept(_symptom(symptom.get("of"))),
        "subject": ids.subject,
        "effectiveDateTime": clock.moment(symptom["recorded"]),
        "valueCodeableConcept": concept(value),
    }
    components = [_component(link_id, value) for link_id, value in stated]
    return {**found, "component": components} if components else found


def _symptom(code: str | None) -> Json:
    return coding("sct", code) if code else coding("sct", "10601006", "Pain in lower limb")


def _component(link_id: str, value: Json) -> Json:
    if link_id == "onset":
        onset = coding("loinc", "11368-8", "Illness or injury onset date and time")
        return {"code": concept(onset), "valueDateTime": value["valueDate"]}
    code = {"code": concept(coding("items", link_id))}
    if "valueCoding" in value:
        return {**code, "valueCodeableConcept": concept(value["valueCoding"])}
    if "valueDate" in value:  # an Observation component has no valueDate
        return {**code, "valueDateTime": value["valueDate"]}
    return {**code, **value}


def condition(symptom: Json, ids: Ids, clock: Clock) -> Json:
    """The symptom on the problem list. `status` is a clinical or a verification status."""
    status = symptom.get("status", "active")
    verification = status if status in {"refuted", "entered-in-error", "differential"} else "confirmed"
    clinical = "active" if verification == status else status
    found = {
        "resourceType": "Condition",
        "id": ids.new("cond"),
        "clinicalStatus": category("condition-clinical", clinical)[0],
        "verificationStatus": category("condition-ver-status", verification)[0],
        "category": category("condition-category", "problem-list-item"),
        "code": concept(
            coding("sct", "449918009", "Cramp in lower leg"), coding("icd", "R25.2", "Cramp and spasm")
        ),
        "subject": ids.subject,
        "recordedDate": clock.moment(symptom["recorded"]),
    }
    if symptom.get("onset") is not None:
        found["onsetDateTime"] = clock.day(symptom["onset"])
    if status == "entered-in-error":
        del found["clinicalStatus"]  # FHIR R4 con-5
    return found


def reason() -> list[Json]:
    """The reason of the current Encounter."""
    return [{**concept(coding("sct", "10601006", "Pain in lower limb")), "text": "Leg pain"}]


def birth_date(age: int, today: date) -> str:
    """100 days past the birthday; at the age gate exact: 17 is 18 tomorrow, 18 is 18 today."""
    birthday = {17: today + timedelta(days=1), 18: today}.get(age, today - timedelta(days=100))
    years = age + 1 if age == 17 else age
    if (birthday.month, birthday.day) == (2, 29):
        birthday -= timedelta(days=1)
    return birthday.replace(year=birthday.year - years).isoformat()
