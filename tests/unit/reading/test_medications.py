"""Medication records -> medicines and exposures: which medicine, and whether it is taken."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from cds_service.chart import Exposure, Medicine, Taking
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
from cds_service.reading.medications import MedicationsRead, classify, read_medications

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


# which medicine


def test_a_code_goes_before_a_misspelt_display() -> None:
    medicine = one_medicine(order(medicationCodeableConcept=coded("312961", "Simvistatin 20 MG")))
    assert (medicine.ingredients, medicine.matched_by, medicine.note) == (("simvastatin",), "code", "")


@pytest.mark.parametrize("display", ["Clarithromycin 500 MG Oral Tablet", "Levodopa/Carbidopa"])
def test_a_display_that_names_another_drug_is_told(display: str) -> None:
    medicine = one_medicine(order(medicationCodeableConcept=coded("308460", display)))
    assert medicine.ingredients == ("azithromycin",)
    assert medicine.note == f'coded as azithromycin but written "{display}"; the code was used'


@pytest.mark.parametrize("display", ["Hydrochlorothiazide", "Dyazide", "triamterene/hctz", None])
def test_a_display_that_names_a_part_of_the_combination_is_no_disagreement(display: str | None) -> None:
    assert one_medicine(order(medicationCodeableConcept=coded("310812", display))).note == ""


def test_several_codings_are_joined() -> None:
    concept = {
        "coding": [
            {"system": "urn:oid:2.16.840.1.113883.6.68", "code": "39400010100310"},
            {"system": RXNORM, "code": "83367"},
            {"system": RXNORM, "code": "617311"},
        ]
    }
    exposure = one_exposure(order(medicationCodeableConcept=concept, dosageInstruction=[tablets(1)]))
    assert (exposure.ingredient, exposure.daily_dose) == ("atorvastatin", 40)


def tablets(value: float, **repeat: Any) -> Json:
    timing = {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"} | repeat}
    return {"timing": timing, "doseAndRate": [{"doseQuantity": {"value": value, "unit": "tablet"}}]}


def test_text_alone_is_matched_by_name() -> None:
    read_ = read(order(medicationCodeableConcept={"text": "Zocor 20 mg"}))
    assert read_.medicines[0].matched_by == "name"
    assert read_.exposures[0].by_name


@pytest.mark.parametrize(
    ("concept", "classifiable"),
    [
        ({"text": "Cholesterol pill"}, False),
        ({"coding": [{"system": "http://hl7.org/fhir/sid/ndc", "code": "0000-0000"}]}, False),
        ({"coding": [{"system": "http://snomed.info/sct", "code": "387458008"}]}, False),
        ({"coding": [{"system": "http://snomed.info/sct", "code": "1", "display": "Aspirin 75 mg"}]}, True),
        (coded("860975", "Metformin XR 500mg"), True),
    ],
)
def test_what_could_not_be_looked_up_is_said(concept: Json, classifiable: bool) -> None:
    medicine = one_medicine(order(medicationCodeableConcept=concept))
    assert medicine.classifiable is classifiable


def test_a_rxnorm_drug_of_no_class_of_ours_has_no_ingredients() -> None:
    medicine = one_medicine(order(medicationCodeableConcept=coded("860975", "Metformin XR 500mg")))
    assert (medicine.name, medicine.ingredients, medicine.matched_by) == ("Metformin XR 500mg", (), "")


@pytest.mark.parametrize(
    "concept",
    [
        {"coding": [{"system": IPS, "code": code}]}
        for IPS in ["http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"]
        for code in ["no-medication-info", "no-known-medications"]
    ]
    + [{"coding": [{"system": "http://snomed.info/sct", "code": "787481004"}], "text": "No known medicines"}]
    + [
        {
            "coding": [
                {"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "unknown"}
            ]
        }
    ],
)
def test_a_code_for_no_medicine_is_no_medicine(concept: Json) -> None:
    assert read(statement(medicationCodeableConcept=concept)) == read()


def test_data_absent_beside_a_text_is_the_text() -> None:
    absent = {"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "unknown"}
    medicine = one_medicine(order(medicationCodeableConcept={"coding": [absent], "text": "atorvastatin"}))
    assert medicine.ingredients == ("atorvastatin",)


def referring(reference: Json, **more: Any) -> Json:
    return order(medicationCodeableConcept=None, medicationReference=reference, **more)


@pytest.mark.parametrize("ref", ["Medication/1", "urn:uuid:1b", "https://ehr.example/fhir/Medication/1"])
def test_a_reference_elsewhere_is_resolved(ref: str) -> None:
    elsewhere = {ref: {"resourceType": "Medication", "code": ATORVASTATIN_40}}
    assert one_medicine(referring({"reference": ref}), others=elsewhere).ingredients == ("atorvastatin",)


def test_a_contained_medication_beside_other_contained_resources() -> None:
    contained = [
        {"resourceType": "Organization", "id": "o", "identifier": {"value": "x"}},
        {"resourceType": "Medication", "id": "m", "code": ATORVASTATIN_40},
    ]
    medicine = one_medicine(referring({"reference": "#m"}, contained=contained))
    assert medicine.ingredients == ("atorvastatin",)


def test_a_reference_without_target_goes_by_its_display() -> None:
    medicine = one_medicine(referring({"reference": "Medication/9", "display": "Lipitor 40 mg"}))
    assert (medicine.ingredients, medicine.matched_by) == (("atorvastatin",), "name")


def test_a_reference_without_target_and_display_is_said() -> None:
    medicine = one_medicine(referring({"reference": "Medication/9"}))
    assert not medicine.classifiable
    assert medicine.note == "the referenced Medication was not supplied"


def test_a_mix_is_read_over_two_hops_and_by_the_name_in_an_identifier() -> None:
    name = {"system": "http://mimic.example/identifier/medication-name", "value": "Atorvastatin"}
    part = {"itemReference": {"reference": "Medication/part"}}
    others = {
        "Medication/mix": {"resourceType": "Medication", "ingredient": [part, part]},
        "Medication/part": {"resourceType": "Medication", "identifier": [name]},
    }
    medicine = one_medicine(referring({"reference": "Medication/mix"}), others=others)
    assert (medicine.ingredients, medicine.matched_by) == (("atorvastatin",), "name")


def test_a_medication_that_refers_to_itself_ends() -> None:
    loop = {"resourceType": "Medication", "ingredient": [{"itemReference": {"reference": "Medication/loop"}}]}
    medicine = one_medicine(referring({"reference": "Medication/loop"}), others={"Medication/loop": loop})
    assert medicine.ingredients == ()


def test_listed_ingredients_tell_more_than_a_code_for_a_class() -> None:
    medication = {
        "resourceType": "Medication",
        "code": {"coding": [{"system": "http://www.whocc.no/atc", "code": "C09DA04"}]},
        "ingredient": [{"itemCodeableConcept": {"text": "irbesartan"}}],
    }
    medicine = one_medicine(referring({"reference": "Medication/1"}), others={"Medication/1": medication})
    assert medicine.ingredients == ("irbesartan",)


def test_the_r5_medication_is_read() -> None:
    record = order(medicationCodeableConcept=None, medication={"concept": ATORVASTATIN_40})
    assert one_medicine(record).ingredients == ("atorvastatin",)


def test_a_concept_that_is_a_bare_text_is_read() -> None:
    assert one_medicine(order(medicationCodeableConcept="atorvastatin")).ingredients == ("atorvastatin",)


@pytest.mark.parametrize(
    "local",
    [
        {"medicationCodeableConcept": coded("310149", "Erythromycin 0.005 MG/MG Ophthalmic Ointment")},
        {"medicationCodeableConcept": {"text": "Hydrocortisone 1% cream"}},
        {
            "medicationCodeableConcept": {"text": "Hydrocortisone"},
            "dosageInstruction": [{"route": {"coding": [{"display": "Topical route"}]}}],
        },
    ],
)
def test_what_is_not_systemic_is_listed_but_no_exposure(local: Json) -> None:
    found = read(order(**local))
    assert not found.medicines[0].systemic
    assert found.medicines[0].ingredients
    assert found.exposures == ()


def test_a_combination_is_an_exposure_to_each_ingredient() -> None:
    found = read(order(medicationCodeableConcept=coded("310812")))
    assert [one.ingredient for one in found.exposures] == ["hydrochlorothiazide", "triamterene"]


def test_long_names_are_cut() -> None:
    assert len(one_medicine(order(medicationCodeableConcept={"text": "x" * 5000})).name) == LIMITS.name_length


def test_classify_ignores_the_status() -> None:
    record = msgspec.convert(order(status="entered-in-error"), MedicationRequest)
    identity = classify(record, {}.get, DRUGS)
    assert identity.ingredients == ("atorvastatin",)


# whether it is taken


def period(end: int | None, start: int | None = None) -> Json:
    return {key: day(value) for key, value in (("start", start), ("end", end)) if value is not None}


@pytest.mark.parametrize(
    ("record", "taking"),
    [
        (order(), Taking.NOW),
        (order(status="active "), Taking.NOW),
        (order(intent="instance-order"), Taking.NOW),
        (order(intent=None), Taking.NOW),
        (order(0), Taking.NOW),
        (order(-1), Taking.NEVER),
        (order(authoredOn="2026-11-22T12:05:00Z"), Taking.NOW),
        (order(authoredOn="2026-11-22T12:06:00Z"), Taking.NEVER),
        (order(intent="proposal"), Taking.NEVER),
        (order(intent="plan"), Taking.NEVER),
        (order(intent="option"), Taking.NEVER),
        (order(doNotPerform=True), Taking.NEVER),
        (order(status="stopped"), Taking.ENDED),
        (order(status="completed"), Taking.ENDED),
        (order(status="on-hold"), Taking.ENDED),
        (order(status="cancelled"), Taking.NEVER),
        (order(status="draft"), Taking.NEVER),
        (order(status="unknown"), Taking.NEVER),
        (order(status=None), Taking.NEVER),
        (order(status="Xactive"), Taking.NEVER),
        (order(99, dispenseRequest={"validityPeriod": period(30)}), Taking.NOW),
        (order(99, dispenseRequest={"validityPeriod": period(31)}), Taking.ENDED),
        (order(99, dosageInstruction=[{"timing": {"repeat": {"boundsPeriod": period(31)}}}]), Taking.ENDED),
        (order(99, dosageInstruction=[{"timing": {"repeat": {"boundsPeriod": period(30)}}}]), Taking.NOW),
        (
            order(5, dosageInstruction=[{"timing": {"repeat": {"boundsPeriod": period(None, -3)}}}]),
            Taking.NEVER,
        ),
        (statement(), Taking.NOW),
        (statement(effectivePeriod=period(None, 40)), Taking.NOW),
        (statement(effectivePeriod=period(0, 40)), Taking.NOW),
        (statement(effectivePeriod=period(1, 40)), Taking.ENDED),
        (statement(effectivePeriod=period(None, -1)), Taking.NEVER),
        (statement(effectiveDateTime="2026-03"), Taking.NOW),
        (statement("completed"), Taking.ENDED),
        (statement("stopped"), Taking.ENDED),
        (statement("on-hold"), Taking.ENDED),
        (statement("intended"), Taking.NEVER),
        (statement("not-taken"), Taking.NEVER),
        (statement("unknown"), Taking.NEVER),
        (dispense(20, 30), Taking.NOW),
        (dispense(60, 60), Taking.NOW),
        (dispense(61, 60), Taking.ENDED),
        (dispense(30), Taking.NOW),
        (dispense(31), Taking.ENDED),
        (dispense(5, status="in-progress"), Taking.NOW),
        (dispense(5, status="cancelled"), Taking.NEVER),
        (dispense(5, status="preparation"), Taking.NEVER),
        (dispense(-5), Taking.NEVER),
        (administration(30), Taking.NOW),
        (administration(31), Taking.ENDED),
        (administration(5, "not-done"), Taking.NEVER),
        (administration(5, "in-progress"), Taking.NOW),
    ],
)
def test_whether_a_record_is_an_exposure(record: Json, taking: Taking) -> None:
    found = read(record)
    assert found.medicines[0].taking is taking
    assert [one.taking for one in found.exposures] == ([] if taking is Taking.NEVER else [taking])


@pytest.mark.parametrize(
    "record",
    [
        order(status="entered-in-error"),
        statement("entered-in-error"),
        dispense(1, status="entered-in-error"),
        administration(1, "entered-in-error"),
    ],
)
def test_what_was_entered_in_error_is_no_record(record: Json) -> None:
    assert read(record) == read()


def test_an_order_past_its_validity_ended_on_that_day() -> None:
    exposure = one_exposure(order(99, dispenseRequest={"validityPeriod": period(31)}))
    assert str(exposure.end) == "22 Oct 2026"


def test_a_stopped_order_without_dates_has_no_end() -> None:
    exposure = one_exposure(order(99, "stopped"))
    assert (exposure.taking, exposure.end) == (Taking.ENDED, None)


def test_an_end_that_is_still_ahead_tells_nothing_of_a_stopped_order() -> None:
    exposure = one_exposure(order(99, "stopped", dispenseRequest={"validityPeriod": period(-20)}))
    assert exposure.end is None


def test_an_unreadable_date_is_unknown_and_named() -> None:
    found = read(order(authoredOn="11/22/2026"))
    assert found.exposures[0].taking is Taking.NOW
    assert found.exposures[0].start is None
    assert [(one.ref, one.reason) for one in found.skipped] == [
        ("r/0", "authoredOn is no date; read as unknown")
    ]


def test_a_partial_date_stays_partial() -> None:
    assert str(one_exposure(order(authoredOn="2026-03")).start) == "Mar 2026"


def test_a_month_that_is_not_over_reaches_to_today() -> None:
    start = one_exposure(order(authoredOn="2026-11")).start
    assert start is not None
    assert start.last == NOW.toordinal()


# orders being written


def test_a_draft_counts_from_today_whatever_its_status() -> None:
    (exposure,) = read(drafts=(order(None, "draft", intent="proposal"),)).exposures
    assert (exposure.taking, str(exposure.start)) == (Taking.NOW, "22 Nov 2026")


@pytest.mark.parametrize("draft", [order(status="entered-in-error"), order(doNotPerform=True)])
def test_a_draft_that_orders_nothing_is_no_exposure(draft: Json) -> None:
    assert read(drafts=(draft,)).exposures == ()


def test_a_draft_without_a_medicine_is_skipped_and_named() -> None:
    found = read(drafts=(order(medicationCodeableConcept=None),))
    assert (found.medicines, found.exposures) == ((), ())
    assert [(one.ref, one.reason) for one in found.skipped] == [
        ("draft/0", "a draft order without a medicine")
    ]


def test_a_draft_of_a_medicine_already_taken_continues_the_course() -> None:
    (exposure,) = read(order(50), drafts=(order(None, "draft"),)).exposures
    assert (str(exposure.start), exposure.refs) == ("3 Oct 2026", ("draft/0", "r/0"))
