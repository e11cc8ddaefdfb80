"""What is said of one leg, of a part of it, or of another part of the body."""

from collections.abc import Callable
from typing import Any

import pytest

from cds_service.chart import Chart
from tests.unit.reading.build import ICD, LOINC, SNOMED, Json, concept, condition, days_ago, form, symptom

Read = Callable[..., Chart]
ABSENT = {"valueCodeableConcept": concept(SNOMED, "2667000")}
LEFT, RIGHT = ({"bodySite": {"text": f"{side} leg"}} for side in ("left", "right"))
LEG_PAIN, CALF_PAIN, SWELLING, NUMBNESS = "10601006", "300954003", "449614009", "44077006"
YES = {"present": "yes"}


def seen(code: str, name: str, days: float = 1, /, **members: Any) -> Json:
    return symptom(code, id=name, effectiveDateTime=days_ago(days), **members)


def said(chart: Chart, item: str) -> set[str]:
    return set(chart.answers[item].codes) if item in chart.answers else set()


@pytest.mark.parametrize("told", ["left-only", "both"])
def test_a_swelling_absent_in_one_leg_is_denied_for_that_leg(read: Read, told: str) -> None:
    form_told = form({**YES, "warn.swelling": told}, authored=days_ago(3))
    assert said(read(form_told, seen(SWELLING, "exam", **RIGHT, **ABSENT)), "warn.swelling") == {"left-only"}


def test_a_swelling_absent_in_the_leg_that_was_swollen_is_gone(read: Read) -> None:
    told = form({**YES, "warn.swelling": "left-only"}, authored=days_ago(3))
    gone = seen(SWELLING, "exam", **LEFT, **ABSENT)
    assert said(read(told, gone), "warn.swelling") == set()
    assert said(read(told, gone, seen(SWELLING, "exam2", **RIGHT, **ABSENT)), "warn.swelling") == {"none"}


def test_both_legs_recorded_one_by_one_are_both(read: Read) -> None:
    legs = [seen(SWELLING, "a", **LEFT), seen(SWELLING, "b", **RIGHT)]
    assert said(read(*legs), "warn.swelling") == {"both"}
    problems = [condition(ICD, "R22.41", recordedDate=days_ago(9)), condition(ICD, "R22.42")]
    assert said(read(*problems), "warn.swelling") == {"both"}
    assert said(read(condition(ICD, "M79.604"), condition(ICD, "M79.605")), "side") == {"both"}


def test_a_newer_finding_in_one_leg_replaces_an_older_answer_about_both(read: Read) -> None:
    told = form({**YES, "warn.swelling": "both"}, authored=days_ago(3))
    assert said(read(told, seen(SWELLING, "exam", **LEFT)), "warn.swelling") == {"left-only"}
    newer = form({**YES, "warn.swelling": "none"}, authored=days_ago(0))
    assert said(read(newer, seen(SWELLING, "exam", **LEFT)), "warn.swelling") == {"none"}


def test_pain_absent_in_the_other_leg_does_not_deny_soreness(read: Read) -> None:
    left = symptom(LEG_PAIN, id="l", effectiveDateTime="2026-11-21T08:00:00Z", **LEFT)
    right = symptom(LEG_PAIN, id="r", effectiveDateTime="2026-11-21T08:01:00Z", **RIGHT, **ABSENT)
    assert read(left, right).soreness.reported
    assert said(read(left, right), "present") == {"yes"}
    assert read(form(YES, authored=days_ago(3)), right).soreness.reported


def test_pain_absent_in_that_leg_or_in_each_denies_it(read: Read) -> None:
    left_gone = seen(LEG_PAIN, "gone", **LEFT, **ABSENT)
    right_gone = seen(LEG_PAIN, "gone2", **RIGHT, **ABSENT)
    assert not read(seen(LEG_PAIN, "l", 3, **LEFT), left_gone).soreness.reported
    chart = read(form(YES, authored=days_ago(3)), left_gone, right_gone)
    assert not chart.soreness.reported
    assert said(chart, "present") == {"no"}


@pytest.mark.parametrize(
    "part",
    [
        seen(CALF_PAIN, "calf", **ABSENT),
        seen(LEG_PAIN, "thigh", bodySite={"text": "thigh"}, **ABSENT),
        seen(LEG_PAIN, "coded", bodySite=concept(SNOMED, "30021000"), **ABSENT),
        seen(LEG_PAIN, "hand", bodySite=concept(SNOMED, "85562004"), **ABSENT),
        seen(LEG_PAIN, "unclear", bodySite=concept(SNOMED, "1234567"), **ABSENT),
    ],
    ids=lambda one: one["id"],
)
def test_absent_in_a_part_of_the_leg_or_elsewhere_denies_nothing(read: Read, part: Json) -> None:
    chart = read(form({**YES, "site": "thigh"}, authored=days_ago(3)), part)
    assert chart.soreness.reported
    assert said(chart, "present") == {"yes"}


@pytest.mark.parametrize(
    ("code", "place"),
    [("68962001", "right shoulder"), ("55300003", "hand"), (LEG_PAIN, "left arm"), ("90834002", "forearm")],
)
def test_pain_elsewhere_is_no_soreness_of_the_legs(read: Read, code: str, place: str) -> None:
    assert read(symptom(code, bodySite={"text": place})).soreness.why_not == "no report"
    assert not read(condition(SNOMED, code, bodySite=[{"text": place}])).soreness.reported
    assert not read(symptom(code, bodySite={"text": place})).skipped


@pytest.mark.parametrize("site", [{"text": "back of the thigh"}, {"text": "both calves"}, LEFT["bodySite"]])
def test_muscle_pain_of_the_leg_is(read: Read, site: Json) -> None:
    assert read(symptom("68962001", bodySite=site)).soreness.reported
    assert said(read(symptom(NUMBNESS, bodySite=site)), "warn.numb") == {"yes"}


def test_a_body_site_that_is_not_understood_is_named(read: Read) -> None:
    nowhere = {"bodySite": concept(SNOMED, "1234567")}
    chart = read(symptom("68962001", **nowhere))
    assert not chart.soreness.reported
    assert [(one.ref, one.reason) for one in chart.skipped] == [
        ("Observation/symptom-68962001", "the body site is not understood")
    ]
    assert read(symptom(LEG_PAIN, **nowhere)).soreness.reported  # the code names the leg
    numb = symptom(NUMBNESS, **nowhere)
    assert read(form(YES), numb).incomplete == (
        f"the body site is not understood: Observation/symptom-{NUMBNESS}",
    )
    assert read(numb).incomplete == ()  # nothing to assess
    assert said(read(form(YES), numb), "warn.numb") == set()


def test_a_fever_may_be_measured_anywhere(read: Read) -> None:
    assert said(read(symptom("386661006", bodySite={"text": "armpit, left arm"})), "warn.fever") == {"yes"}


@pytest.mark.parametrize("score", [0, 8])
def test_a_pain_score_of_another_place_is_not_the_severity(read: Read, score: int) -> None:
    told = form({**YES, "severity": [{"valueInteger": 5}]}, authored=days_ago(3))
    pain = symptom(code=concept(LOINC, "72514-3"), valueCodeableConcept=None, valueInteger=score)
    assert read(told, pain).answers["severity"].number == score
    for place in ({"text": "chest"}, concept(SNOMED, "51185008"), {"text": "somewhere"}):
        assert read(told, {**pain, "bodySite": place}).answers["severity"].number == 5
    assert read(told, {**pain, "bodySite": {"text": "calf"}}).answers["severity"].number == score


@pytest.mark.parametrize("code", [SWELLING, "102572006"])
def test_a_swelling_without_a_side_is_named(read: Read, code: str) -> None:
    assert read(form(YES), symptom(code)).incomplete == (
        f"recorded without its side: Observation/symptom-{code}",
    )
    assert read(form(YES), symptom(code, **LEFT)).incomplete == ()
    assert read(form(YES), symptom(code, **ABSENT)).incomplete == ()
    assert read(form(YES), symptom(code, effectiveDateTime=days_ago(31))).incomplete == ()
    assert read(form(YES), condition(ICD, "R22.40")).incomplete == (
        "recorded without its side: Condition/condition-R22.40",
    )


@pytest.mark.parametrize(
    "text",
    ["No improvement", "No change", "No relief with rest", "none at rest", "Absent pulses",
     "No pain at rest, severe when walking", "leg pain not present at the moment", "patient denies pain"],
)  # fmt: skip
def test_a_text_that_is_not_understood_is_no_denial_and_no_sign(read: Read, text: str) -> None:
    unclear = symptom(valueCodeableConcept=None, valueString=text)
    chart = read(form({**YES, "warn.urine": "yes"}, authored=days_ago(3)), unclear)
    assert chart.soreness.reported
    assert chart.skipped[0].reason == "the value is not understood"
    alone = read(unclear)
    assert alone.soreness.why_not == "no report"
    assert alone.skipped == chart.skipped
    assert read(symptom(valueCodeableConcept={"text": text})).soreness.why_not == "no report"
    local = {"coding": [{"system": "http://local.example", "code": "c7", "display": text}]}
    assert not read(symptom(valueCodeableConcept=local)).soreness.reported


@pytest.mark.parametrize("text", ["No", "none.", "Denies pain", "no leg pain", "No pain in lower limb"])
def test_a_text_that_denies(read: Read, text: str) -> None:
    code = concept(SNOMED, LEG_PAIN, text="Pain in lower limb")
    denied = symptom(code=code, valueCodeableConcept=None, valueString=text)
    assert read(form(YES, authored=days_ago(3)), denied).soreness.why_not == "newest report says no"
    assert read(denied).skipped == ()


def test_a_value_beside_the_reason_why_there_is_none_says_nothing(read: Read) -> None:
    reason = {"dataAbsentReason": concept("x", "error")}
    assert read(symptom(**reason)).soreness.why_not == "no report"
    told = form({**YES, "severity": [{"valueInteger": 5}]}, authored=days_ago(3))
    pain = symptom(code=concept(LOINC, "72514-3"), valueCodeableConcept=None, valueInteger=0, **reason)
    assert read(told, pain).answers["severity"].number == 5
