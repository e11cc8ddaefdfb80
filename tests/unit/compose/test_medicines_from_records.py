"""From medication records to what the cards say of them: the whole way, without a server."""

import json
from typing import Any

import msgspec
import pytest

from cds_service.reading import Pool
from cds_service.review import Review, review
from tests.unit.charts import knowledge
from tests.unit.reading.medication_records import NOW, Json, coded, day, dispense, order, statement

ONSET = 5
SIMVASTATIN, CLARITHROMYCIN, LISINOPRIL = (
    coded("312961"),
    coded("197517"),
    {"text": "lisinopril 10 MG tablet"},
)


def reviewed(*records: Json, drafts: tuple[Json, ...] = (), service: str = "leg-soreness") -> Review:
    """The review of a woman of 45 with sore legs for five days and these records."""
    patient = {"resourceType": "Patient", "id": "p", "birthDate": "1981-01-01", "gender": "female"}
    soreness: Json = {
        "resourceType": "Condition",
        "subject": {"reference": "Patient/p"},
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "M79.604"}]},
        "recordedDate": day(0),
        "onsetDateTime": day(ONSET),
    }
    found = [soreness, *records]
    owned = [{**one, "id": f"r{i}", "subject": {"reference": "Patient/p"}} for i, one in enumerate(found)]
    prefetch: Json = dict.fromkeys(("medicationRequests", "labs", "symptoms", "questionnaireResponses"))
    prefetch |= {"patient": patient, "conditions": _bundle(owned)}
    raw = {key: msgspec.Raw(json.dumps(value).encode()) for key, value in prefetch.items()}
    pool = Pool.from_prefetch(raw, "p", None, list(raw))
    if drafts:
        pool.add_drafts(
            json.dumps(_bundle([{**one, "id": f"r{i}"} for i, one in enumerate(drafts)])).encode()
        )
    return review(pool, NOW, knowledge(), service=service, instance="one")


def _bundle(resources: list[Json]) -> Json:
    entries = [{"resource": one} for one in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries}


def cards(*records: Json, drafts: tuple[Json, ...] = ()) -> dict[str, dict[str, Any]]:
    return {one["source"]["topic"]["code"]: one for one in reviewed(*records, drafts=drafts).cards}


def started(*records: Json) -> str:
    detail: str = cards(*records)["ls-causes"]["detail"]
    _, _, rest = detail.partition("Medicines started in the 28 days before")
    return rest.partition("\n\n**")[0]


@pytest.mark.parametrize("drug", [coded("617311", "atorvastatin 40 MG"), LISINOPRIL])
def test_renewals_are_no_medicines_started(drug: Json) -> None:
    monthly = [order(30 * month, medicationCodeableConcept=drug) for month in range(1, 25)]
    assert "23 Oct 2026" not in started(*monthly)


@pytest.mark.parametrize("drug", [coded("617311", "atorvastatin 40 MG"), LISINOPRIL])
def test_the_first_order_is_a_medicine_started(drug: Json) -> None:
    told = started(order(30, medicationCodeableConcept=drug), order(6, medicationCodeableConcept=drug))
    assert "23 Oct 2026" in told
    assert "16 Nov 2026" not in told


def test_a_medicine_taken_again_after_a_long_time_is_a_medicine_started() -> None:
    before = order(300, "completed", dispenseRequest={"validityPeriod": {"end": day(280)}})
    again = order(20)
    told = started(
        before | {"medicationCodeableConcept": LISINOPRIL}, again | {"medicationCodeableConcept": LISINOPRIL}
    )
    assert "2 Nov 2026" in told


@pytest.mark.parametrize("said", [{"dateAsserted": day(300)}, {"effectiveDateTime": day(200)}])
def test_a_renewal_gives_no_points_for_a_start(said: Json) -> None:
    card = cards(statement(**said), order(20))["ls-causes"]
    assert "days after the start" not in card["detail"]
    assert "taking atorvastatin 40 MG Oral Tablet (start date not known)" in card["detail"]


def test_a_few_days_of_an_antibiotic_are_no_interaction_weeks_later() -> None:
    simvastatin = order(400, medicationCodeableConcept=SIMVASTATIN)
    handed = dispense(25, 7, medicationCodeableConcept=CLARITHROMYCIN)
    assert "ls-ddi" not in cards(simvastatin, handed)
    assert "ls-ddi" in cards(simvastatin, dispense(6, 7, medicationCodeableConcept=CLARITHROMYCIN))


@pytest.mark.parametrize(("status", "warned"), [("draft", True), ("cancelled", False), ("stopped", False)])
def test_a_draft_that_ends_an_order_is_no_interaction(status: str, warned: bool) -> None:
    simvastatin = order(400, medicationCodeableConcept=SIMVASTATIN)
    draft = order(None, status, medicationCodeableConcept=CLARITHROMYCIN)
    assert ("ls-ddi" in cards(simvastatin, drafts=(draft,))) is warned


def test_an_interacting_order_being_stopped_is_no_interaction() -> None:
    simvastatin = order(400, medicationCodeableConcept=SIMVASTATIN)
    running = order(6, medicationCodeableConcept=CLARITHROMYCIN)
    stops = order(6, "stopped", medicationCodeableConcept=CLARITHROMYCIN)
    unrelated = order(1, "cancelled", medicationCodeableConcept=LISINOPRIL)
    assert "ls-ddi" in cards(simvastatin, running)
    assert "ls-ddi" not in cards(simvastatin, running, drafts=(unrelated, unrelated, stops))


@pytest.mark.parametrize("status", ["completed", "stopped"])
def test_a_statin_that_ended_nobody_knows_when_is_named(status: str) -> None:
    card = cards(order(40, status))["ls-causes"]
    assert "ended, not known when, so not counted" in card["detail"]
    assert "no medicine" not in card["summary"]


def signing(*records: Json, draft: Json) -> list[Json]:
    return reviewed(*records, drafts=(draft,), service="leg-soreness-order-sign").cards


def test_signing_an_order_of_unknown_dose_is_not_silent_beside_a_limit() -> None:
    amlodipine = order(90, medicationCodeableConcept={"text": "amlodipine 5 MG tablet"})
    (card,) = signing(amlodipine, draft=order(None, "draft", medicationCodeableConcept=SIMVASTATIN))
    assert "not fully checked" in card["summary"]
    assert "simvastatin with amlodipine: limit of 20 mg a day not checked" in card["detail"]
    assert signing(draft=order(None, "draft", medicationCodeableConcept=SIMVASTATIN)) == []


def ranged(low: int | None, high: int | None, medicine: Json, days: int = 20) -> Json:
    """An order that leaves the dose open."""
    ends = {"low": low, "high": high}
    milligrams = {end: {"value": value, "unit": "mg"} for end, value in ends.items() if value}
    daily = {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}
    instruction = {"timing": daily, "doseAndRate": [{"doseRange": milligrams}]}
    return order(days, medicationCodeableConcept=medicine, dosageInstruction=[instruction])


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (10, 40, "Simvastatin 10 to 40 mg + amlodipine: above the label's limit of 20 mg a day"),
        (None, 40, "Simvastatin up to 40 mg + amlodipine: above the label's limit of 20 mg a day"),
        (10, 20, ""),
    ],
)
def test_an_order_that_may_go_above_a_limit_warns_and_says_its_range(
    low: int | None, high: int, said: str
) -> None:
    amlodipine = order(90, medicationCodeableConcept={"text": "amlodipine 5 MG tablet"})
    found = cards(amlodipine, ranged(low, high, SIMVASTATIN))
    assert said in found["ls-ddi"]["summary"] if said else "ls-ddi" not in found


@pytest.mark.parametrize(("low", "high", "counted"), [(40, 80, True), (20, 40, False), (10, 20, False)])
def test_a_range_is_of_high_intensity_only_where_both_ends_are(low: int, high: int, counted: bool) -> None:
    detail = cards(ranged(low, high, {"text": "atorvastatin 20 MG tablet"}))["ls-causes"]["detail"]
    assert (f"high-intensity dose ({low} to {high} mg a day)" in detail) is counted
    assert (
        f"the record leaves the daily dose open, {low} to {high} mg; limits were checked with the highest"
        in detail
    )


def test_a_dose_without_an_upper_end_is_not_known() -> None:
    detail = cards(ranged(20, None, {"text": "atorvastatin 20 MG tablet"}))["ls-causes"]["detail"]
    assert "daily dose not known" in detail


def test_signing_niacin_of_unknown_dose_is_silent_as_its_caution_raises_no_card() -> None:
    draft = order(None, "draft", medicationCodeableConcept={"text": "niacin 500 MG tablet"})
    assert signing(order(90, medicationCodeableConcept=SIMVASTATIN), draft=draft) == []


def test_signing_an_order_nobody_recognises_is_not_silent() -> None:
    (card,) = signing(order(90), draft=order(None, "draft", medicationCodeableConcept={"text": "Xyzal zz"}))
    assert "unmatched medicine: Xyzal zz" in card["detail"]
