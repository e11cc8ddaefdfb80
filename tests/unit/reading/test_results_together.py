from collections.abc import Callable
from typing import Any

from cds_service.chart import Chart
from tests.unit.reading.build import LOINC, SNOMED, concept, days_ago, exactly, lab

Read = Callable[..., Chart]


def test_components_of_a_panel_are_results(read: Read) -> None:
    components = [
        {"code": concept(LOINC, code), "valueQuantity": {"value": value, "unit": "mmol/L"}}
        for code, value in (("2823-3", 3.1), ("2951-2", 139))
    ]
    panel = lab("51990-0", 0, valueQuantity=None, component=components, id="panel")
    assert {(one.analyte, one.ref) for one in read(panel).results} == {
        ("potassium", "Observation/panel"),
        ("sodium", "Observation/panel"),
    }


def test_results_are_newest_first_and_ties_go_by_issue(read: Read) -> None:
    days = {"old": 9, "new": 1}
    labs = [lab("2823-3", 4, "mmol/L", id=name, effectiveDateTime=days_ago(d)) for name, d in days.items()]
    issues = ("2026-11-21", "2026-11-20")
    labs += [lab("2823-3", 4, "mmol/L", id=day, issued=f"{day}T13:00:00Z") for day in issues]
    order = [one.ref.removeprefix("Observation/") for one in read(*labs).results]
    assert order == ["new", "2026-11-21", "2026-11-20", "old"]


def vitamin_d(code: str, value: float, days: float = 2) -> dict[str, Any]:
    return lab(code, value, "ng/mL", id=f"{code}-{days}", effectiveDateTime=days_ago(days))


TOTAL, D3, D2 = "62292-8", "1989-3", "49054-0"


def test_parts_of_one_specimen_are_added_up(read: Read) -> None:
    (result,) = read(vitamin_d(D3, 8), vitamin_d(D2, 6)).results
    assert exactly(result) == 14
    assert result.fraction == "total"
    assert "D2 + D3" in result.label
    assert result.shown == "6 ng/mL + 8 ng/mL"


def test_a_total_of_the_same_time_replaces_its_parts(read: Read) -> None:
    chart = read(vitamin_d(D3, 8), vitamin_d(D2, 6), vitamin_d(TOTAL, 13))
    assert [(one.fraction, exactly(one)) for one in chart.results] == [("total", 13)]


def test_parts_of_different_times_are_not_added(read: Read) -> None:
    newest, oldest = read(vitamin_d(D3, 8), vitamin_d(D2, 6, days=40)).results
    assert (newest.fraction, exactly(newest)) == ("D3", 8)
    assert newest.label == "25-OH vitamin D3"
    assert (oldest.fraction, oldest.unusable) == ("D2", "D2 part without the D3 part")


def test_ankle_brachial_index_needs_no_unit(read: Read) -> None:
    (result,) = read(lab("x", 0.85, code=concept(SNOMED, "446841001"))).results
    assert (result.analyte, exactly(result)) == ("ankle-brachial index", 0.85)
