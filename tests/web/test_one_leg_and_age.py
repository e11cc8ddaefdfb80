"""What is said of one leg, or made for one age, from the record to the cards."""

from tests.scenarios import expectations
from tests.scenarios.codes import BASE, concept
from tests.web.test_legs_and_sites import LEFT, RIGHT, cards_of, result, seen, shown, told


def test_a_score_of_one_leg_says_nothing_of_the_other() -> None:
    sore = told(3, present="yes")
    high, low = {"valueInteger": 8}, {"valueInteger": 2}
    left = seen("loinc", "72514-3", 2, **LEFT, **high)
    cards = cards_of(sore, left, seen("loinc", "72514-3", 1, **RIGHT, **low))
    assert "ls-warning-signs" in shown(cards)
    assert "Observation/seen-72514-3-left-leg" in expectations.text_of(cards)
    later = seen("loinc", "72514-3", 1, id="later", **LEFT, **low)
    assert "ls-warning-signs" not in shown(cards_of(sore, left, later))
    assert "ls-warning-signs" not in shown(cards_of(sore, left, seen("loinc", "72514-3", 1, **low)))


def test_a_low_score_of_each_leg_replaces_a_high_one_of_no_leg_in_particular() -> None:
    form = told(3, present="yes")
    form["item"].append({"linkId": "severity", "answer": [{"valueInteger": 9}]})
    left, right = (seen("loinc", "72514-3", 1, **side, valueInteger=2) for side in (LEFT, RIGHT))
    assert "ls-warning-signs" in shown(cards_of(form, left))
    assert "ls-warning-signs" not in shown(cards_of(form, left, right))


def test_a_no_to_an_item_about_one_leg_says_nothing_of_the_other() -> None:
    numb = told(3, present="yes", warn_numb="yes")
    item = {
        "code": concept({"system": f"{BASE}/CodeSystem/items", "code": "warn.numb"}),
        "valueBoolean": False,
    }
    right, left, whole = ({**seen("sct", "102572006", 1, **side), **item} for side in (RIGHT, LEFT, {}))
    assert "ls-warning-signs" in shown(cards_of(numb, right))
    assert "ls-warning-signs" not in shown(cards_of(numb, right, left))
    assert "ls-warning-signs" not in shown(cards_of(numb, whole))


def test_the_range_of_the_patients_age_counts() -> None:
    ages = {"low": {"value": 0, "code": "a"}, "high": {"value": 17, "code": "a"}}
    child = {"high": {"value": 90}, "age": ages}
    adult = {"high": {"value": 300}, "age": {"low": {"value": 18, "code": "a"}}}
    for ranges in ([child, adult], [adult, child]):
        cards = cards_of(
            told(3, present="yes", warn_weak="yes"), result("2157-6", 1100, "U/L", referenceRange=ranges)
        )
        assert not {"ls-rhabdo", "ls-ck-raised"} & shown(cards).keys()  # 3.7 times the limit, not 12
    alone = cards_of(told(3, present="yes"), result("2157-6", 1100, "U/L", referenceRange=[child]))
    assert "default limit 200 U/L used" in expectations.text_of(alone)
