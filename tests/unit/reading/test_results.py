import math
from collections.abc import Callable
from typing import Any

import pytest

from cds_service.chart import Chart, Result
from tests.unit.reading.build import LOINC, concept, exactly, lab

Read = Callable[..., Chart]


@pytest.fixture
def one(read: Read) -> Callable[..., Result]:
    def only_result(*args: Any, **more: Any) -> Result:
        (result,) = read(lab(*args, **more)).results
        return result

    return only_result


One = Callable[..., Result]


@pytest.mark.parametrize(
    ("code", "value", "unit", "analyte", "own"),
    [
        ("2823-3", 4.1, "mmol/L", "potassium", 4.1),
        ("6298-4", 4.1, "meq/L", "potassium", 4.1),
        ("22760-3", 16, "mg/dL", "potassium", 4.09232),
        ("2951-2", 140, "meq/L", "sodium", 140),
        ("19123-9", 1.9, "mg/dL", "magnesium", 1.9),
        ("2601-3", 0.8, "mmol/L", "magnesium", 1.9444),
        ("2601-3", 1.6, "meq/L", "magnesium", 1.9444),
        ("2000-8", 2.5, "mmol/L", "calcium", 10.0195),
        ("1994-3", 1.2, "mmol/L", "ionized calcium", 1.2),
        ("1751-7", 40, "g/L", "albumin", 4.0),
        ("14682-9", 88.4, "umol/L", "creatinine", 1.0),
        ("14937-7", 10, "mmol/L", "urea nitrogen", 28.01),
        ("3091-6", 42.88, "mg/dL", "urea nitrogen", 20.0),
        ("14749-6", 5, "mmol/L", "glucose", 90.08),
        ("3016-3", 5.1, "u[IU]/mL", "TSH", 5.1),
        ("3016-3", 5.1, "mIU/L", "TSH", 5.1),
        ("2157-6", 10, "ukat/L", "creatine kinase", 600),
        ("1988-5", 1.2, "mg/dL", "CRP", 12),
        ("62292-8", 49.92, "nmol/L", "25-OH vitamin D", 20),
        ("2276-4", 50, "ug/L", "ferritin", 50),
        ("8310-5", 100.4, "[degF]", "body temperature", 38),
        ("4537-7", 20, "mm/hr", "ESR", 20),
    ],
)
def test_values_are_in_the_analytes_own_unit(
    one: One, code: str, value: float, unit: str, analyte: str, own: float
) -> None:
    result = one(code, value, unit)
    assert result.analyte == analyte
    assert exactly(result) == pytest.approx(own, rel=1e-9)


@pytest.mark.parametrize("code", ["2828-2", "2824-1", "1649-3", "62290-2", "2597-3", "20007", "48643-1"])
def test_look_alikes_are_not_read(read: Read, code: str) -> None:
    assert read(lab(code, 5, "mmol/L")).results == ()


def test_a_local_code_with_a_telling_text_is_not_read_and_loinc_wins_over_it(read: Read) -> None:
    text_only = lab("x", 20, "ng/mL", code={"text": "Vitamin D 25-OH"})
    local = {"coding": [{"system": "urn:lab", "code": "62292-8"}], "text": "potassium"}
    both = {"coding": [*local["coding"], {"system": LOINC, "code": "2823-3"}], "text": "Vitamin D 25-OH"}
    assert read(text_only, lab("y", 20, "ng/mL", code=local)).results == ()
    assert [one.analyte for one in read(lab("z", 4, "mmol/L", code=both)).results] == ["potassium"]


@pytest.mark.parametrize(
    "quantity",
    [
        {"value": 4.1, "unit": "mEq/L"},
        {"value": 4.1, "unit": "MMOL / L"},
        {"value": 4.1, "code": "mmol/L", "unit": "somehow"},
        {"value": "4.1", "unit": "mmol/L"},
        {"value": " 4.10 ", "unit": "mmol/L"},
    ],
)
def test_units_by_code_or_spelling_and_numbers_as_text(one: One, quantity: dict[str, Any]) -> None:
    assert exactly(one("2823-3", 0, valueQuantity=quantity)) == 4.1


@pytest.mark.parametrize(
    ("members", "unusable"),
    [
        ({"valueQuantity": {"value": 4.1}}, "no unit"),
        ({"valueQuantity": {"value": 4.1, "unit": ""}}, "no unit"),
        ({"valueQuantity": {"value": 4.1, "unit": "bananas"}}, "unit 'bananas' not convertible"),
        ({"valueQuantity": {"value": 4.1, "unit": "g/L"}}, "unit 'g/L' not convertible"),
        ({"valueQuantity": {"value": "much", "unit": "mmol/L"}}, "not a number"),
        ({"valueQuantity": {"value": "nan", "unit": "mmol/L"}}, "not a number"),
        ({"valueQuantity": {"value": 1e308, "unit": "mmol/L"}}, "implausible"),
        ({"valueQuantity": {"value": -1, "unit": "mmol/L"}}, "implausible"),
        ({"valueQuantity": {"value": 4, "comparator": "~", "unit": "mmol/L"}}, "unknown comparator"),
        ({"valueQuantity": None, "valueString": "4.1 mmol/L"}, "text, not a quantity"),
        ({"valueQuantity": None, "valueCodeableConcept": {"text": "low"}}, "text, not a quantity"),
        ({"valueQuantity": None, "valueInteger": 4}, "no unit"),
        ({"status": "preliminary"}, "status preliminary"),
        ({"status": "registered"}, "status registered"),
        ({"status": "unknown"}, "status unknown"),
        ({"status": None}, "no status"),
        ({"effectiveDateTime": None}, "no date"),
        ({"effectiveDateTime": "5/18/2016 10:33:22 PM"}, "no date"),
        ({"effectiveDateTime": "2026-11-22T12:06:00Z"}, "date in the future"),
        ({"effectiveDateTime": "2026-11-23"}, "date in the future"),
    ],
)
def test_what_cannot_be_used_is_shown_with_the_reason(
    one: One, members: dict[str, Any], unusable: str
) -> None:
    result = one("2823-3", 4.1, "mmol/L", **members)
    assert result.unusable == unusable
    assert result.shown


@pytest.mark.parametrize("status", ["cancelled", "entered-in-error", "entered-in-error ", "Entered-In-Error"])
def test_dropped_statuses(read: Read, status: str) -> None:
    assert read(lab("2823-3", 2.0, "mmol/L", status=status)).results == ()


@pytest.mark.parametrize("status", ["final", "amended", "corrected"])
def test_usable_statuses(one: One, status: str) -> None:
    assert exactly(one("2823-3", 4.1, "mmol/L", status=status)) == 4.1


@pytest.mark.parametrize(
    "members",
    [
        {"valueQuantity": None, "dataAbsentReason": {"text": "haemolysed"}},
        {"valueQuantity": None},
        {"valueQuantity": {"unit": "mmol/L"}},
    ],
)
def test_without_a_value_there_is_no_result(read: Read, members: dict[str, Any]) -> None:
    assert read(lab("2823-3", 0, **members)).results == ()


@pytest.mark.parametrize(
    ("dates", "day"),
    [
        ({"effectiveDateTime": "2026-11-20T23:30:00-05:00"}, "21 Nov 2026"),
        ({"effectivePeriod": {"start": "2026-11-01", "end": "2026-11-02"}}, "2 Nov 2026"),
        ({"effectivePeriod": {"start": "2026-11-01"}}, "1 Nov 2026"),
        ({"effectiveInstant": "2026-11-03T00:00:00Z"}, "3 Nov 2026"),
        ({"issued": "2026-11-04T00:00:00Z"}, "4 Nov 2026"),
        ({"effectiveDateTime": "2026-10"}, "Oct 2026"),
        ({"effectiveDateTime": "2026-11-22T12:04:59Z"}, "22 Nov 2026"),
    ],
)
def test_when_it_was_taken(one: One, dates: dict[str, Any], day: str) -> None:
    result = one("2823-3", 4.1, "mmol/L", **{"effectiveDateTime": None, **dates})
    assert str(result.taken) == day
    assert result.unusable == ""


def test_a_comparator_gives_a_bound_and_is_shown(one: One) -> None:
    quantity = {"value": 3.5, "comparator": "<", "unit": "mmol/L"}
    result = one("2823-3", 0, valueQuantity=quantity)
    assert result.shown == "<3.5 mmol/L"
    assert result.value is not None
    assert (result.value.low, result.value.high, result.value.open_high) == (-math.inf, 3.5, True)


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ([{"low": {"value": 3.5}, "high": {"value": 5.1}}], (3.5, 5.1)),
        ([{"low": {"value": "3.5", "unit": "meq/L"}}], (3.5, None)),
        ([{"low": {"value": 0}, "high": {"value": 0}}], (None, None)),
        ([{"low": {"value": 5}, "high": {"value": 3}}], (None, None)),
        ([{"text": "3.5-5.1"}], (None, None)),
        ([{"high": {"value": 5.1, "unit": "bananas"}}], (None, None)),
        (
            [{"high": {"value": 9}, "type": concept("x", "critical")}, {"high": {"value": 5.2}}],
            (None, 5.2),
        ),
        ([{"high": {"value": 5.3}, "type": concept("x", "normal")}], (None, 5.3)),
    ],
)
def test_reference_range(
    one: One, ranges: list[dict[str, Any]], expected: tuple[float | None, float | None]
) -> None:
    result = one("2823-3", 4.1, "mmol/L", referenceRange=ranges)
    assert (result.low, result.high) == expected


def test_a_range_is_converted_with_its_value(one: One) -> None:
    ranges = [{"low": {"value": 62}, "high": {"value": 106, "unit": "µmol/L"}}]
    result = one("14682-9", 88.4, "umol/L", referenceRange=ranges)
    assert result.low == pytest.approx(62 / 88.4)
    assert result.high == pytest.approx(106 / 88.4)


@pytest.mark.parametrize(
    "members",
    [
        {"note": [{"text": "Specimen grossly HEMOLYZED"}]},
        {"comment": "haemolysis +2"},
        {"interpretation": [{"text": "Haemolysed sample"}]},
        {"interpretation": concept("http://terminology.hl7.org/CodeSystem/v2-0078", "HM")},
    ],
)
def test_haemolysis_is_flagged(one: One, members: dict[str, Any]) -> None:
    result = one("2823-3", 6.1, "mmol/L", **members)
    assert result.flags == {"haemolysed"}
    assert result.remark == "haemolysed"


@pytest.mark.parametrize("text", ["no hemolysis", "Not haemolysed", "within range"])
def test_no_haemolysis_is_not_flagged(one: One, text: str) -> None:
    assert one("2823-3", 6.1, "mmol/L", note=[{"text": text}]).flags == frozenset()


def test_dialysis_specimens_are_flagged(one: One) -> None:
    assert one("29349-8", 3.1, "mmol/L").flags == {"dialysis"}


def test_a_value_beside_the_reason_why_there_is_none_is_not_used(one: One) -> None:
    assert one("2823-3", 2.4, "mmol/L", dataAbsentReason=concept("x", "error")).unusable == "marked as absent"
