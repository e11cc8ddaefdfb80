from collections.abc import Callable
from typing import Any

import pytest

from cds_service.chart import Chart, Problem
from tests.unit.reading.build import ICD, SNOMED, concept, condition, days_ago

Read = Callable[..., Chart]


def only(chart: Chart) -> Problem:
    (problem,) = chart.problems
    return problem


@pytest.mark.parametrize(
    ("system", "code", "findings"),
    [
        (SNOMED, "404223003", {"dvt"}),
        (ICD, "I82.401", {"dvt"}),
        (ICD, "I82412", {"dvt"}),
        (ICD, "Z86.718", {"previous dvt"}),
        (SNOMED, "161508001", {"previous dvt"}),
        (ICD, "I82.501", {"chronic dvt"}),
        (ICD, "C50.911", {"active cancer"}),
        (ICD, "C7A.1", {"active cancer"}),
        (ICD, "C44.92", {"active cancer"}),
        (ICD, "C44.91", set()),
        (ICD, "C44.1121", set()),
        (ICD, "Z85.3", set()),
        (ICD, "N18.30", {"chronic kidney disease"}),
        (ICD, "N18.4", {"chronic kidney disease", "kidney disease stage 4-5 or dialysis"}),
        (SNOMED, "433146000", {"chronic kidney disease", "kidney disease stage 4-5 or dialysis"}),
        (ICD, "E11.42", {"diabetes", "neuropathy"}),
        (ICD, "E11.9", {"diabetes"}),
        (ICD, "I70.211", {"peripheral artery disease", "claudication"}),
        (SNOMED, "399957001", {"peripheral artery disease"}),
        (ICD, "I87.2", {"venous insufficiency"}),
        (ICD, "I83.90", {"varicose veins"}),
        (ICD, "G25.81", {"restless legs"}),
        (ICD, "M35.3", {"polymyalgia rheumatica"}),
        (ICD, "E03.9", {"hypothyroidism"}),
        (ICD, "E55.9", {"vitamin D deficiency"}),
        (ICD, "E87.6", {"hypokalaemia"}),
        (ICD, "E83.42", {"hypomagnesaemia"}),
        (ICD, "E87.1", {"hyponatraemia"}),
        (ICD, "M62.82", {"rhabdomyolysis"}),
        (ICD, "G72.0", {"statin myalgia", "myopathy"}),
        (ICD, "T46.6X5A", {"statin myalgia"}),
        (ICD, "T46.6X6A", set()),
        (ICD, "L03.115", {"cellulitis"}),
        (ICD, "K74.60", {"liver disease", "cirrhosis"}),
        (ICD, "Z51.5", {"hospice"}),
        ("http://terminology.hl7.org/CodeSystem/icd9cm", "7295", set()),
        (SNOMED, "I82.401", set()),
    ],
)
def test_findings_of_codes(read: Read, system: str, code: str, findings: set[str]) -> None:
    problems = read(condition(system, code)).problems
    assert [set(problem.findings) for problem in problems] == ([findings] if findings else [])


def test_several_codings_give_all_their_findings(read: Read) -> None:
    code = {"coding": [{"system": SNOMED, "code": "73211009"}, {"system": ICD, "code": "E11.42"}]}
    assert set(only(read(condition("x", "y", code=code))).findings) == {"diabetes", "neuropathy"}


@pytest.mark.parametrize("status", ["refuted", "entered-in-error", "Refuted "])
def test_refuted_conditions_are_dropped(read: Read, status: str) -> None:
    assert read(condition(ICD, "E03.9", verificationStatus=concept("x", status))).problems == ()
    assert read(condition(ICD, "E03.9", verificationStatus=status)).problems == ()


@pytest.mark.parametrize(
    ("members", "active"),
    [
        ({}, True),
        ({"clinicalStatus": concept("x", "relapse")}, True),
        ({"clinicalStatus": "recurrence"}, True),
        ({"clinicalStatus": "remission"}, False),
        ({"clinicalStatus": concept("x", "inactive")}, False),
        ({"clinicalStatus": None}, True),
        ({"clinicalStatus": {"coding": []}}, True),
        ({"clinicalStatus": None, "abatementDateTime": "2020"}, False),
        ({"clinicalStatus": None, "abatementString": "last year"}, False),
        ({"clinicalStatus": None, "abatementBoolean": False}, True),
        ({"verificationStatus": concept("x", "differential")}, True),
        ({"recordedDate": "2027-01-01"}, False),
    ],
)
def test_active(read: Read, members: dict[str, Any], *, active: bool) -> None:
    assert only(read(condition(ICD, "E03.9", **members))).active is active


def test_a_resolved_problem_stays_on_the_chart(read: Read) -> None:
    problem = only(read(condition(SNOMED, "16462851000119106", clinicalStatus="resolved")))
    assert (set(problem.findings), problem.active) == ({"statin myalgia"}, False)


def test_names_are_cleaned_and_cut(read: Read) -> None:
    named = concept(ICD, "E03.9", text="Hypo\u202ethyroid\x00ism\n<b>" + "x" * 400)
    name = only(read(condition("x", "y", code=named))).name
    assert name.startswith("Hypo thyroid ism <b>")
    assert len(name) == 200


def test_recorded(read: Read) -> None:
    assert str(only(read(condition(ICD, "E03.9", recordedDate=days_ago(3)))).recorded) == "19 Nov 2026"
    assert only(read(condition(ICD, "E03.9", recordedDate=None))).recorded is None
