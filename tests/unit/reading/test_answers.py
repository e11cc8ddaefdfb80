from collections.abc import Callable
from typing import Any

import pytest

from cds_service.chart import Chart
from tests.unit.reading.build import (
    BASE,
    ICD,
    LOINC,
    SNOMED,
    coded,
    concept,
    condition,
    days_ago,
    form,
    symptom,
)

Read = Callable[..., Chart]
LEFT, RIGHT, BILATERAL = (
    {"coding": [{"system": SNOMED, "code": code}]} for code in ("7771000", "24028007", "51440002")
)


def codes(chart: Chart, item: str) -> set[str]:
    return set(chart.answers[item].codes)


def test_nested_and_flat_forms_read_the_same(read: Read) -> None:
    flat = form({"present": "yes", "side": "both", "severity": [{"valueInteger": 7}]})
    nested = {**flat, "item": [flat["item"][0], {"linkId": "group.main", "item": flat["item"][1:]}]}
    below = {**flat, "item": [{**flat["item"][0], "answer": [{**coded("yes"), "item": flat["item"][1:]}]}]}
    assert read(nested).answers == read(flat).answers == read(below).answers
    assert read(flat).answers["severity"].number == 7


def test_several_answers_to_one_item(read: Read) -> None:
    assert codes(read(form({"site": [coded("calf"), coded("thigh")]})), "site") == {"calf", "thigh"}


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"valueBoolean": True}, "yes"),
        ({"valueBoolean": False}, "no"),
        ({"valueString": "Yes"}, "yes"),
        ({"valueString": "no"}, "no"),
        ({"valueCoding": {"code": "yes"}}, "yes"),
        ({"valueCoding": {"system": "http://other.example/CodeSystem/answers", "code": "no"}}, "no"),
        ({"valueCoding": {"system": SNOMED, "code": "373066001"}}, "yes"),
        ({"valueCoding": {"system": LOINC, "code": "LA32-8"}}, "no"),
    ],
)
def test_ways_to_say_yes_and_no(read: Read, answer: dict[str, Any], code: str) -> None:
    assert codes(read(form({"warn.numb": [answer]})), "warn.numb") == {code}


def test_no_for_a_sided_item_is_none(read: Read) -> None:
    assert codes(read(form({"warn.swelling": [{"valueBoolean": False}]})), "warn.swelling") == {"none"}


@pytest.mark.parametrize(
    "answers",
    [
        {"warn.numb": "unsure"},
        {"warn.numb": []},
        {"warn.numb": [{}]},
        {"warn.numb": [{"valueString": "perhaps a little"}]},
        {"warn.numb": "left-only"},
        {"warn.swelling": [{"valueBoolean": True}]},
        {"severity": [{"valueInteger": 11}]},
        {"severity": [{"valueInteger": -1}]},
        {"severity": [{"valueString": "bad"}]},
        {"onset": [{"valueDate": "yesterday"}]},
        {"meds.new": [{"valueString": "something"}]},
        {"unknown.item": "yes"},
    ],
)
def test_what_is_no_answer(read: Read, answers: dict[str, Any]) -> None:
    assert read(form(answers)).answers == {}


@pytest.mark.parametrize(
    "number",
    [{"valueInteger": 6}, {"valueDecimal": 6.0}, {"valueQuantity": {"value": 6}}, {"valueString": "6"}],
)
def test_numbers(read: Read, number: dict[str, Any]) -> None:
    assert read(form({"severity": [number]})).answers["severity"].number == 6


def test_answers_older_than_30_days_do_not_count(read: Read) -> None:
    assert "side" in read(form({"side": "both"}, authored=days_ago(30))).answers
    assert read(form({"side": "both"}, authored=days_ago(31))).answers == {}


@pytest.mark.parametrize(
    "canonical",
    [
        "http://hospital.example/Questionnaire/morning-leg-soreness|9",
        "http://hospital.example/Questionnaire/morning-leg-soreness",
        None,
        {"reference": "Questionnaire/morning-leg-soreness"},
    ],
)
def test_our_form_under_other_names(read: Read, canonical: object) -> None:
    plain = {"present": [{"valueBoolean": True}], "warn.numb": [{"valueBoolean": True}]}
    assert codes(read(form(plain, questionnaire=canonical)), "warn.numb") == {"yes"}


def test_another_form_with_the_same_link_ids_is_not_ours(read: Read) -> None:
    other = form(
        {"severity": [{"valueInteger": 9}]}, questionnaire="http://hospital.example/Questionnaire/phq-9"
    )
    assert read(other).answers == {}
    assert read({**other, "questionnaire": None}).answers == {}


def test_unknown_link_ids_are_known_by_definition_or_answer_code(read: Read) -> None:
    foreign = form({"q7": "heel-achilles", "q8": "yes"}, questionnaire=None)
    assert codes(read(foreign), "site") == {"heel-achilles"}
    foreign["item"][1]["definition"] = f"{BASE}/StructureDefinition/form#warn.numb"
    assert codes(read(foreign), "warn.numb") == {"yes"}


def test_each_fact_from_its_newest_source(read: Read) -> None:
    old = form({"side": "left", "limits": "yes"}, id="old", authored=days_ago(5))
    new = form({"side": "both"}, id="new", authored=days_ago(1))
    for chart in (read(old, new), read(new, old)):
        assert codes(chart, "side") == {"both"}
        assert chart.answers["limits"].ref == "QuestionnaireResponse/old"


def test_an_examination_adds_to_a_form(read: Read) -> None:
    told = form({"present": "yes", "warn.swelling": "none"}, authored=days_ago(2))
    seen = symptom("449614009", bodySite=LEFT)
    assert codes(read(told, {**seen, "effectiveDateTime": days_ago(1)}), "warn.swelling") == {"left-only"}
    assert codes(read(told, {**seen, "effectiveDateTime": days_ago(2)}), "warn.swelling") == {"left-only"}
    assert codes(read(told, {**seen, "effectiveDateTime": days_ago(3)}), "warn.swelling") == {"none"}


def test_components_coded_by_link_id(read: Read) -> None:
    items = f"{BASE}/CodeSystem/items"
    components = [
        {
            "code": concept(items, "course"),
            "valueCodeableConcept": {"coding": [coded("improving")["valueCoding"]]},
        },
        {"code": concept(items, "severity"), "valueInteger": 4},
        {"code": concept(items, "activity.when"), "valueDateTime": "2026-11-19T10:00:00Z"},
        {"code": concept(items, "no-such-item"), "valueInteger": 4},
    ]
    answers = read(symptom(component=components)).answers
    assert answers["course"].codes == {"improving"}
    assert answers["severity"].number == 4
    assert str(answers["activity.when"].when) == "19 Nov 2026"
    assert set(answers) == {"present", "course", "severity", "activity.when"}


@pytest.mark.parametrize("code", ["72514-3", "38208-5", "38214-3", "38221-8", "75261-8"])
def test_pain_scores_are_the_severity(read: Read, code: str) -> None:
    score = symptom(
        code=concept(LOINC, code), valueCodeableConcept=None, valueQuantity={"value": 8, "unit": "{score}"}
    )
    assert read(score).answers["severity"].number == 8
    assert "severity" not in read({**score, "valueQuantity": {"value": 70, "unit": "mm"}}).answers


@pytest.mark.parametrize(
    ("code", "item"),
    [
        ("309537005", "warn.numb"), ("91019004", "warn.numb"), ("228158008", "warn.walk"),
        ("386661006", "warn.fever"),
        ("26544005", "warn.weak"), ("249939004", "warn.weak"), ("63491006", "vasc.walkpain"),
        ("428171009", "vasc.dangle"), ("102549009", "cramp.night"), ("48165008", "warn.urine"),
    ],
)  # fmt: skip
def test_findings_answer_items(read: Read, code: str, item: str) -> None:
    absent = {"valueCodeableConcept": concept(SNOMED, "2667000")}
    assert codes(read(symptom(code)), item) == {"yes"}
    assert codes(read(symptom(code, **absent)), item) == {"no"}
    assert codes(read(condition(SNOMED, code)), item) == {"yes"}
    assert item not in read(condition(SNOMED, code, recordedDate=days_ago(91))).answers
    assert item not in read(condition(SNOMED, code, clinicalStatus="resolved")).answers


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"bodySite": LEFT}, "left-only"),
        ({"bodySite": RIGHT}, "right-only"),
        ({"bodySite": {"text": "Left lower leg"}}, "left-only"),
        ({"bodySite": {"text": "both legs"}}, "both"),
        ({"bodySite": {"coding": [LEFT["coding"][0], RIGHT["coding"][0]]}}, "both"),
        ({"bodySite": BILATERAL}, "both"),
        ({"code": concept(SNOMED, "762898005")}, "both"),
        ({"code": concept(SNOMED, "762898005"), "bodySite": LEFT}, "both"),
    ],
)
def test_the_side_of_a_swelling(read: Read, members: dict[str, Any], code: str) -> None:
    assert codes(read(symptom("449614009", **members)), "warn.swelling") == {code}


def test_a_swelling_of_unknown_side_says_nothing_about_one_leg(read: Read) -> None:
    assert "warn.swelling" not in read(symptom("449614009")).answers
    assert codes(
        read(symptom("449614009", valueCodeableConcept=None, valueBoolean=False)), "warn.swelling"
    ) == {"none"}


def test_redness_counts_only_where_the_site_is_a_leg(read: Read) -> None:
    arm, leg = {"text": "left forearm"}, {"text": "left calf"}
    assert "warn.redness" not in read(symptom("247441003", bodySite=arm)).answers
    assert codes(read(symptom("247441003", bodySite=leg)), "warn.redness") == {"left-only"}


@pytest.mark.parametrize(
    ("system", "code", "side"),
    [
        (ICD, "M79.604", "right"), (ICD, "M79.605", "left"), (ICD, "M79.651", "right"),
        (ICD, "M79662", "left"),
        (SNOMED, "287047008", "left"), (SNOMED, "287048003", "right"),
    ],
)  # fmt: skip
def test_the_side_of_a_precoordinated_code(read: Read, system: str, code: str, side: str) -> None:
    assert codes(read(condition(system, code)), "side") == {side}


def test_pain_without_a_side_leaves_the_side_open(read: Read) -> None:
    assert "side" not in read(condition(ICD, "M79.606")).answers


def test_a_finding_adds_to_an_item_with_several_answers(read: Read) -> None:
    told = form({"present": "yes", "quality": [coded("cramp"), coded("urge-to-move")]}, authored=days_ago(5))
    heavy = symptom("373931001")
    assert codes(read(told, heavy), "quality") == {"cramp", "urge-to-move", "heaviness"}
    assert read(told, heavy).answers["quality"].ref == "QuestionnaireResponse/form"
    assert codes(read(heavy), "quality") == {"heaviness"}
