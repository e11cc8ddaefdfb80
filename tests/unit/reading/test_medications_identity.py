"""Medication records -> which medicine."""

from typing import Any

import msgspec
import pytest

from cds_service.reading.medication_resources import MedicationRequest
from cds_service.reading.medications import classify
from tests.unit.reading.medication_records import (
    ATORVASTATIN_40,
    DRUGS,
    LIMITS,
    RXNORM,
    Json,
    coded,
    one_exposure,
    one_medicine,
    order,
    read,
    statement,
    tablets,
)


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
    long_name = {"text": f"simvastatin 40 mg {'x' * 5000}"}
    (exposure,) = read(order(medicationCodeableConcept=long_name)).exposures
    assert len(exposure.name) == LIMITS.name_length


def test_classify_ignores_the_status() -> None:
    record = msgspec.convert(order(status="entered-in-error"), MedicationRequest)
    identity = classify(record, {}.get, DRUGS)
    assert identity.ingredients == ("atorvastatin",)
