from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from cds_service.chart import Chart
from cds_service.reading import Pool
from tests.unit.reading.build import ICD, LOINC, POTASSIUM, bundle, concept, condition, lab, raw

ChartOf = Callable[[Pool], Chart]
Read = Callable[..., Chart]


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"status": 3}, "status cannot be read"),
        ({"code": "2823-3"}, "code cannot be read"),
        ({"subject": "Patient/p1"}, "subject cannot be read"),
        ({"valueQuantity": [3]}, "valueQuantity cannot be read"),
        ({"valueQuantity": {"value": True}}, "valueQuantity cannot be read"),
        ({"valueQuantity": {"value": 3, "comparator": {}}}, "valueQuantity cannot be read"),
    ],
)
def test_a_resource_is_skipped_where_its_meaning_would_change(
    read: Read, members: dict[str, Any], reason: str
) -> None:
    chart = read({**POTASSIUM, **members}, lab("2951-2", 140, "mmol/L"))
    assert [(one.ref, one.reason) for one in chart.skipped] == [("Observation/lab-2823-3", reason)]
    assert [one.analyte for one in chart.results] == ["sodium"]


@pytest.mark.parametrize(
    ("members", "left_out"),
    [
        ({"note": {"text": "one"}}, "note"),
        ({"note": [{"text": 3}]}, "text"),
        ({"referenceRange": [{"low": 3}]}, "low"),
        ({"effectiveDateTime": 20261120, "issued": "2026-11-20T08:00:00Z"}, "effectiveDateTime"),
        ({"meta": []}, "meta"),
        ({"component": [{"code": concept(LOINC, "2951-2"), "valueQuantity": 3}]}, "an item of a list"),
    ],
)
def test_other_members_are_left_out_and_said(read: Read, members: dict[str, Any], left_out: str) -> None:
    chart = read({**POTASSIUM, **members})
    assert [one.analyte for one in chart.results] == ["potassium"]
    assert chart.incomplete == (f"Observation/lab-2823-3: {left_out} could not be read",)


def test_a_bad_coding_does_not_hide_a_good_one(read: Read) -> None:
    codings = [{"system": LOINC, "code": 20007}, {"system": LOINC, "code": "2823-3", "display": {}}]
    assert len(read({**POTASSIUM, "code": {"coding": codings}}).results) == 1


def test_unknown_members_and_types_do_not_matter(read: Read) -> None:
    claim = {"resourceType": "Claim", "status": 3, "subject": []}
    odd = {"resourceType": "NoSuchType", "id": 3}
    chart = read({**POTASSIUM, "extra": {"deep": [1]}}, claim, odd)
    assert len(chart.results) == 1
    assert chart.skipped == ()


@pytest.mark.parametrize("shape", [concept("x", "critical"), [concept("x", "critical")]])
def test_one_object_in_place_of_a_list(read: Read, shape: object) -> None:
    problem = condition(ICD, "E03.9", category=shape, bodySite=shape)
    chart = read({**POTASSIUM, "interpretation": shape}, problem)
    assert (len(chart.results), len(chart.problems), chart.incomplete) == (1, 1, ())


def test_text_that_is_no_json_leaves_the_other_keys(chart_of: ChartOf) -> None:
    broken = msgspec.Raw(
        b'{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","x":"\\ud800"}}]}'
    )
    deep = msgspec.Raw(b'{"resourceType":"Bundle","entry":' + b"[" * 5000 + b"]" * 5000 + b"}")
    pool = Pool.from_prefetch({"broken": broken, "deep": deep, "labs": raw(bundle(POTASSIUM))}, "p1")
    chart = chart_of(pool)
    assert len(chart.results) == 1
    assert chart.not_supplied == {"broken", "deep"}


def test_a_line_that_is_no_resource_leaves_the_others(chart_of: ChartOf) -> None:
    lines = [b"{}", msgspec.json.encode(POTASSIUM), b'{"resourceType": "Observation", "id": "cut', b""]
    chart = chart_of(Pool.from_resources(lines, "p1"))
    assert len(chart.results) == 1
    cut, *others = chart.skipped
    assert cut.ref.startswith("Observation without id ")
    assert cut.reason == "the JSON text cannot be read"
    assert [one.ref for one in others] == ["resources number 0", "resources number 3"]


@pytest.mark.parametrize("depth", [50, 150, 300, 450, 2000])
@pytest.mark.parametrize("innermost", ['"linkId": "x"', '"linkId": 3', '"answer": [3]'])
def test_nesting_of_any_depth_leaves_the_other_records(chart_of: ChartOf, depth: int, innermost: str) -> None:
    items = '{"linkId": "x", "item": [' * depth + "{" + innermost + "}" + "]}" * depth
    deep = (
        f'{{"resourceType": "QuestionnaireResponse", "id": "deep", "status": "completed", "item": [{items}]}}'
    )
    chart = chart_of(Pool.from_resources([msgspec.json.encode(POTASSIUM), deep.encode()], "p1"))
    assert len(chart.results) == 1
