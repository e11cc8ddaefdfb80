"""Findings with a side or a body site, from the record to the cards."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.scenarios import expectations
from tests.scenarios.codes import BASE, SYSTEMS, Json, concept
from tests.scenarios.in_process import INSTANCE, answer_to

KEYS = (
    "encounter", "conditions", "medicationRequests", "medicationStatements", "labs", "symptoms", "vitals",
    "questionnaireResponses", "pregnancy",
)  # fmt: skip
ABSENT = {"valueCodeableConcept": concept({"system": SYSTEMS["sct"], "code": "2667000"})}
PRESENT = {"valueCodeableConcept": concept({"system": SYSTEMS["sct"], "code": "52101004"})}
LEFT, RIGHT = ({"bodySite": {"text": f"{side} leg"}} for side in ("left", "right"))
SUBJECT = {"reference": "Patient/p1"}


def day(ago: float) -> str:
    return (datetime.now(UTC) - timedelta(days=ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


def told(days: float, **items: str) -> Json:
    answers = [
        {
            "linkId": item.replace("_", "."),
            "answer": [{"valueCoding": {"system": SYSTEMS["answers"], "code": code}}],
        }
        for item, code in items.items()
    ]
    return {
        "resourceType": "QuestionnaireResponse",
        "id": "form",
        "status": "completed",
        "questionnaire": f"{BASE}/Questionnaire/morning-leg-soreness",
        "authored": day(days),
        "subject": SUBJECT,
        "item": answers,
    }


def seen(system: str, code: str, days: float = 1, **members: Any) -> Json:
    return {
        "resourceType": "Observation",
        "id": f"seen-{code}-{members.get('bodySite', {}).get('text', '')}".replace(" ", "-"),
        "status": "final",
        "code": concept({"system": SYSTEMS[system], "code": code}),
        "subject": SUBJECT,
        "effectiveDateTime": day(days),
        **members,
    }


def problem(code: str, **members: Any) -> Json:
    status = {"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}
    return {
        "resourceType": "Condition",
        "id": f"problem-{code}",
        "clinicalStatus": concept(status),
        "code": concept({"system": SYSTEMS["icd"], "code": code}),
        "subject": SUBJECT,
        "recordedDate": day(3),
        **members,
    }


def order(code: str, days: float) -> Json:
    return {
        "resourceType": "MedicationRequest",
        "id": f"order-{code}",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": concept({"system": SYSTEMS["rxnorm"], "code": code}),
        "subject": SUBJECT,
        "authoredOn": day(days),
    }


def result(code: str, value: float, unit: str, **members: Any) -> Json:
    quantity = {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
    return seen("loinc", code, valueQuantity=quantity, **members)


def cards_of(*records: Json, gender: str = "male") -> Json:
    patient = {"resourceType": "Patient", "id": "p1", "birthDate": "1970-01-01", "gender": gender}
    entries = [{"resource": record} for record in records]
    bundle = {"resourceType": "Bundle", "type": "searchset", "entry": entries}
    return answer_to(
        {
            "hook": "patient-view",
            "hookInstance": INSTANCE,
            "context": {"userId": "Practitioner/x", "patientId": "p1"},
            "prefetch": {**dict.fromkeys(KEYS), "patient": patient, "symptoms": bundle},
        }
    )


def shown(answer: Json) -> dict[str, str]:
    return expectations.indicators(answer)


def points_of(answer: Json, cause: str) -> int:
    return next(int(one["points"]) for one in expectations.ranking(answer) if one["cause"] == cause)


@pytest.mark.parametrize("text", ["No improvement", "none at rest", "Absent pulses", "No relief with rest"])
def test_a_text_that_begins_with_no_closes_nothing(text: str) -> None:
    sore = told(3, present="yes", warn_urine="yes", warn_cold="yes")
    cards = cards_of(sore, result("2157-6", 9000, "U/L"), seen("sct", "10601006", valueString=text))
    assert {"ls-rhabdo", "ls-limb-ischemia"} <= shown(cards).keys()
    assert "the value is not understood" in expectations.text_of(cards)
    alone = cards_of(seen("sct", "10601006", valueString=text))
    assert set(shown(alone)) == {"ls-notice"}


def test_a_swelling_absent_in_the_other_leg_leaves_the_card() -> None:
    sore = told(3, present="yes", warn_swelling="left-only")
    assert shown(cards_of(sore, seen("sct", "449614009", **RIGHT, **ABSENT)))["ls-dvt"] == "critical"
    assert "ls-dvt" not in shown(cards_of(sore, seen("sct", "449614009", **LEFT, **ABSENT)))


def test_pain_absent_in_the_other_leg_or_in_the_calf_leaves_the_gate_open() -> None:
    left, right = (
        seen("sct", "10601006", 1, **LEFT, **PRESENT),
        seen("sct", "10601006", 0.9, **RIGHT, **ABSENT),
    )
    assert "ls-causes" in shown(cards_of(left, right))
    assert "ls-causes" in shown(cards_of(told(3, present="yes"), seen("sct", "300954003", **ABSENT)))
    assert shown(cards_of(told(3, present="yes"), seen("sct", "10601006", **ABSENT))) == {}


def test_both_legs_swollen_recorded_one_by_one_is_no_one_leg_sign() -> None:
    legs = [seen("sct", "449614009", **side, **PRESENT) for side in (LEFT, RIGHT)]
    assert "ls-dvt" not in shown(cards_of(told(3, present="yes"), *legs))
    assert "ls-dvt" not in shown(cards_of(told(3, present="yes"), problem("R22.41"), problem("R22.42")))
    assert shown(cards_of(told(3, present="yes"), problem("R22.41")))["ls-dvt"] == "critical"


def test_pain_of_both_legs_recorded_one_by_one_is_not_one_sided() -> None:
    statin = order("617311", 30)
    onset = {"onsetDateTime": day(5)[:10]}
    one, both = [problem("M79.604", **onset)], [problem("M79.604", **onset), problem("M79.605", **onset)]
    assert points_of(cards_of(statin, *both), "statin") == points_of(cards_of(statin, *one), "statin") + 2


def test_a_swelling_without_a_side_is_named() -> None:
    cards = cards_of(told(3, present="yes"), seen("sct", "102572006", **PRESENT))
    assert "recorded without its side: Observation/seen-102572006-" in expectations.text_of(cards)
    assert "ls-dvt" not in shown(cards)


def test_what_is_elsewhere_in_the_body_is_no_sign_and_opens_nothing() -> None:
    hand, shoulder, chest = ({"bodySite": {"text": place}} for place in ("hand", "shoulder", "chest"))
    numb = seen("sct", "44077006", **hand, **PRESENT)
    cards = shown(cards_of(told(3, present="yes"), order("199885", 20), numb))
    assert not {"ls-fq", "ls-warning-signs"} & cards.keys()
    assert shown(cards_of(seen("sct", "68962001", **shoulder, **PRESENT))) == {}
    severe = {**told(3, present="yes")}
    severe["item"].append({"linkId": "severity", "answer": [{"valueInteger": 9}]})
    score = {"valueInteger": 0}
    assert "ls-warning-signs" in shown(cards_of(severe, seen("loinc", "72514-3", **chest, **score)))
    assert "ls-warning-signs" not in shown(cards_of(severe, seen("loinc", "72514-3", **score)))


def test_the_onset_of_the_form_goes_before_that_of_a_condition() -> None:
    form = told(1, present="yes")
    form["item"].append({"linkId": "onset", "answer": [{"valueDate": day(5)[:10]}]})
    old = problem("M79.605", onsetDateTime="2019", recordedDate=day(0.5))
    statin = next(
        one
        for one in expectations.ranking(cards_of(form, old, order("198211", 30)))
        if one["cause"] == "statin"
    )
    assert not any("before" in text for text in statin["loweredBy"])
    assert any("25 days" in text for text in statin["raisedBy"])


@pytest.mark.parametrize("gender", ["female", "male"])
def test_the_range_of_the_patients_sex_counts(gender: str) -> None:
    ranges = [
        {
            "low": {"value": low},
            "high": {"value": high},
            "appliesTo": [concept({"system": SYSTEMS["sct"], "code": code})],
        }
        for low, high, code in ((50, 300, "248153007"), (30, 150, "248152002"))
    ]
    raised = result("2157-6", 1100, "U/L", referenceRange=ranges)
    cards = shown(cards_of(told(3, present="yes", warn_weak="yes"), raised, gender=gender))
    assert ("ls-rhabdo" in cards) == (gender == "female")  # 7.3 times the limit, or 3.7 times
    assert "ls-ck-raised" not in cards


def test_a_value_marked_as_absent_raises_no_alarm() -> None:
    error = {
        "dataAbsentReason": concept(
            {"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "error"}
        )
    }
    low = result("2823-3", 2.4, "mmol/L")
    assert shown(cards_of(told(3, present="yes"), low))["ls-electrolyte-urgent"] == "critical"
    marked = cards_of(told(3, present="yes"), {**low, **error})
    assert "ls-electrolyte-urgent" not in shown(marked)
    assert "marked as absent" in expectations.text_of(marked)


@pytest.mark.parametrize(("code", "items"), [("C44.311", 0), ("C44.41", 0), ("C44.92", 1), ("C50.911", 1)])
def test_basal_cell_carcinoma_is_no_wells_item(code: str, items: int) -> None:
    cards = cards_of(told(3, present="yes", warn_swelling="left-only"), problem(code))
    assert f"Chart Wells items: {items}" in expectations.text_of(cards)
