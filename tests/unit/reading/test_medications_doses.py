"""The daily dose, from dosage instructions as records write them."""

from typing import Any

import pytest

from tests.unit.reading.medication_records import Json, coded, one_exposure, order, period, read

DAILY = {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}


def dosage(
    value: float | str | None, unit: str | None = "mg", timing: Json | None = DAILY, **more: Any
) -> Json:
    quantity = {"value": value} | ({"unit": unit} if unit else {})
    return {"timing": timing, "doseAndRate": [{"doseQuantity": quantity}]} | more


def daily(*dosages: Json, **more: Any) -> float | None:
    return one_exposure(order(dosageInstruction=list(dosages), **more)).daily_dose


def repeat(**repeat: Any) -> Json:
    return {"repeat": repeat}


@pytest.mark.parametrize(
    ("quantity", "dose"),
    [
        ({"value": 40, "unit": "mg"}, 40),
        ({"value": "40", "unit": "mg"}, 40),
        ({"value": 0.04, "unit": "g"}, 40),
        ({"value": 40000, "unit": "mcg"}, 40),
        ({"value": 40000, "unit": "\u00b5g"}, 40),
        ({"value": 40, "code": "mg", "system": "http://unitsofmeasure.org"}, 40),
        ({"value": 2, "code": "{tbl}"}, 80),
        ({"value": 0.5, "unit": "tablet", "code": "1"}, 20),
        ({"value": 1, "unit": "TAB"}, 40),
        ({"value": 1, "unit": "Tablet (unit of presentation)", "code": "732936001"}, 40),
        ({"value": 1, "unit": "{capsule}"}, 40),
        ({"value": 1}, 40),
        ({"value": 4}, 160),
        ({"value": 5}, None),
        ({"value": 40}, None),
        ({"value": 40, "unit": "mg/kg"}, None),
        ({"value": 40, "unit": "[iU]"}, None),
        ({"value": 40, "unit": "mg", "comparator": "<"}, None),
        ({"value": 0, "unit": "mg"}, None),
        ({"value": -40, "unit": "mg"}, None),
        ({"value": "forty", "unit": "mg"}, None),
        ({"value": "nan", "unit": "mg"}, None),
        ({"value": 1, "unit": "puff"}, None),
        ({"unit": "mg"}, None),
    ],
)
def test_the_amount_of_one_intake(quantity: Json, dose: float | None) -> None:
    assert daily({"timing": DAILY, "doseAndRate": [{"doseQuantity": quantity}]}) == dose


@pytest.mark.parametrize(
    ("timing", "times"),
    [
        (repeat(frequency=2, period=1, periodUnit="d"), 2),
        (repeat(frequency=1, period=12, periodUnit="h"), 2),
        (repeat(period=1, periodUnit="d"), 1),
        (repeat(frequency=1, period=2, periodUnit="d"), 0.5),
        (repeat(frequency=7, period=1, periodUnit="wk"), 1),
        (repeat(frequency=1, period=1, periodUnit="d", dayOfWeek=["mon", "wed", "fri", "sun"]), 4 / 7),
        (repeat(when=["MORN", "NIGHT"]), 2),
        (repeat(timeOfDay=["08:00:00"]), 1),
        (repeat(frequency=1), None),
        ({"code": {"coding": [{"code": "BID"}]}}, 2),
        ({"code": {"coding": [{"code": "qd"}]}}, 1),
        ({"code": {"coding": [{"code": "QOD"}]}}, 0.5),
        ({"code": {"coding": [{"code": "UNKNOWN"}]}}, None),
        (repeat(frequency=1, period=0, periodUnit="d"), None),
        (repeat(frequency=1, period=1, periodUnit="fortnight"), None),
        (repeat(frequency=-1, period=1, periodUnit="d"), None),
        (repeat(count=1), None),
        ({}, None),
        (None, None),
    ],
)
def test_the_intakes_a_day(timing: Json | None, times: float | None) -> None:
    found = daily(dosage(40, "mg", timing))
    assert found == (None if times is None else pytest.approx(40 * times))


@pytest.mark.parametrize("needed", [{"asNeededBoolean": True}, {"asNeededCodeableConcept": {"text": "pain"}}])
def test_as_needed_is_no_daily_dose(needed: Json) -> None:
    assert daily(dosage(40, **needed)) is None


def test_not_as_needed_is_a_daily_dose() -> None:
    assert daily(dosage(40, asNeededBoolean=False)) == 40


def test_the_ordered_dose_goes_before_the_calculated_one() -> None:
    rates = [
        {"type": {"coding": [{"code": "calculated"}]}, "doseQuantity": {"value": 1, "unit": "mg"}},
        {"type": {"coding": [{"code": "ordered"}]}, "doseQuantity": {"value": 40, "unit": "mg"}},
    ]
    assert daily({"timing": DAILY, "doseAndRate": rates}) == 40


def test_the_dose_of_stu3_is_read() -> None:
    assert daily({"timing": DAILY, "doseQuantity": {"value": 40, "unit": "mg"}}) == 40


def test_one_object_where_a_list_belongs_is_read() -> None:
    record = order(dosageInstruction=dosage(40))
    assert one_exposure(record).daily_dose == 40


def test_concurrent_instructions_are_added() -> None:
    assert daily(dosage(10, sequence=1), dosage(20, sequence=1)) == 30


def test_instructions_in_sequence_have_no_single_dose() -> None:
    assert daily(dosage(10, sequence=1), dosage(20, sequence=2)) is None
    assert daily(dosage(10), dosage(20)) is None


def test_instructions_that_are_over_do_not_count() -> None:
    over = repeat(frequency=1, period=1, periodUnit="d", boundsPeriod=period(30, 60))
    current = repeat(frequency=1, period=1, periodUnit="d", boundsPeriod=period(None, 29))
    assert daily(dosage(10, "mg", over), dosage(20, "mg", current)) == 20


def test_an_instruction_that_is_over_is_the_dose_of_its_record() -> None:
    over = repeat(frequency=1, period=1, periodUnit="d", boundsPeriod=period(15, 60))
    assert daily(dosage(10, "mg", over)) == 10


def test_units_of_a_combination_give_each_ingredient_its_dose() -> None:
    found = read(order(medicationCodeableConcept=coded("349283"), dosageInstruction=[dosage(2, "{tbl}")]))
    assert {one.ingredient: one.daily_dose for one in found.exposures} == {"lovastatin": 40, "niacin": 1000}


def test_milligrams_of_a_combination_are_of_no_single_ingredient() -> None:
    found = read(order(medicationCodeableConcept=coded("349283"), dosageInstruction=[dosage(25, "mg")]))
    assert [one.daily_dose for one in found.exposures] == [None, None]


def test_a_dose_no_rule_asks_for_is_not_read() -> None:
    atorvastatin_with_amlodipine = coded("404011")
    found = read(
        order(
            30, medicationCodeableConcept=atorvastatin_with_amlodipine, dosageInstruction=[dosage(1, "{tbl}")]
        ),
        order(
            10, medicationCodeableConcept=atorvastatin_with_amlodipine, dosageInstruction=[dosage(2, "{tbl}")]
        ),
    )
    doses = {one.ingredient: (one.daily_dose, len(one.increases)) for one in found.exposures}
    assert doses == {"amlodipine": (None, 0), "atorvastatin": (160, 1)}


def test_millilitres_times_the_concentration() -> None:
    record = order(medicationCodeableConcept=coded("1790679"), dosageInstruction=[dosage(5, "mL")])
    assert one_exposure(record).daily_dose == 20


def test_the_strength_a_medication_lists() -> None:
    strength = {"numerator": {"value": 20, "unit": "mg"}, "denominator": {"value": 1, "unit": "tablet"}}
    medication = {
        "resourceType": "Medication",
        "id": "m",
        "ingredient": [{"itemCodeableConcept": {"text": "atorvastatin"}, "strength": strength}],
    }
    record = order(
        medicationCodeableConcept=None,
        medicationReference={"reference": "#m"},
        contained=[medication],
        dosageInstruction=[dosage(2, "tablet")],
    )
    assert one_exposure(record).daily_dose == 40


@pytest.mark.parametrize(
    ("text", "dose"),
    [
        ("1 tablet daily", 40),
        ("Take 1 tablet by mouth every day", 40),
        ("Take two tablets by mouth at bedtime.", 80),
        ("40 mg 1 time(s) a day", 40),
        ("40.0mg DAILY", 40),
        ("40mg PO daily", 40),
        ("20 mg BID", 40),
        ("10mg q6h", 40),
        ("half tablet once daily", 20),
        ("80 mg every other day", 40),
        ("40mg", None),
        ("daily", None),
        ("325mg loading, then 81mg PO daily", None),
        ("40 mg daily or as needed", None),
        ("40 mg daily 40 mg daily", None),
        ("Take 1-2 tablets daily", None),
        ("do not take 40 mg daily", None),
        ("40 mg daily " * 50, None),
        ("", None),
    ],
)
def test_plain_text_is_the_last_resort(text: str, dose: float | None) -> None:
    assert daily({"text": text}) == dose


def test_structure_goes_before_text() -> None:
    assert daily(dosage(40, text="20 mg daily")) == 40


def test_an_administration_has_no_daily_dose() -> None:
    given = {
        "resourceType": "MedicationAdministration",
        "status": "completed",
        "medicationCodeableConcept": coded("617311"),
        "effectiveDateTime": "2026-11-20",
        "dosage": {"dose": {"value": 40, "unit": "mg"}, "text": "40 mg daily"},
    }
    assert one_exposure(given).daily_dose is None
