"""The timeline as data: what is drawn, from which record, and in which words."""

from datetime import date
from typing import Any

import msgspec
import pytest

from cds_service.chart import Details, Later
from cds_service.picture import Timeline, draw_timeline
from cds_service.reason import ChartView, reason
from tests.unit.charts import chart, knowledge

SORE = {"onset": "2026-11-15", "side": "both", "site": ["thigh"]}


def timeline(**story: Any) -> Timeline:
    view = ChartView(chart(**story), knowledge())
    return draw_timeline(view, reason(view))


def bar(**medicine: Any) -> Any:
    (only,) = timeline(meds=[medicine], soreness=SORE).bars
    return only


def test_a_medicine_that_is_taken_has_no_end() -> None:
    found = bar(rosuvastatin="10 mg", start="2026-11-01")
    assert (found.start.first, found.end, found.now) == (date(2026, 11, 1), None, True)
    assert found.said == "since 1 Nov 2026, still taken"
    assert found.counts


def test_a_start_nobody_wrote_down_is_said_to_be_unknown() -> None:
    found = bar(rosuvastatin="10 mg")
    assert found.start is None
    assert found.said == "start not known, still taken"


def test_a_medicine_that_ended_has_both_days() -> None:
    found = bar(rosuvastatin="10 mg", start="2026-09", end="2026-11-10")
    assert (found.start.first, found.start.last) == (date(2026, 9, 1), date(2026, 9, 30))
    assert not found.now
    assert found.said == "Sep 2026 to 10 Nov 2026"


def test_an_end_nobody_wrote_down_is_said_to_be_unknown() -> None:
    found = bar(rosuvastatin="10 mg", start="2026-09-01", taking="ended")
    assert (found.end, found.now) == (None, False)
    assert found.said == "1 Sep 2026, day of the end not known"


def test_a_medicine_not_taken_is_not_drawn() -> None:
    assert timeline(meds=[{"rosuvastatin": "10 mg", "taking": "never"}], soreness=SORE).bars == ()


@pytest.mark.parametrize("end", [{"end": "2020-01-01"}, {"taking": "ended"}], ids=["known", "not known"])
def test_what_ended_long_ago_is_not_drawn(end: dict[str, str]) -> None:
    old = {"furosemide": "40 mg", "start": "2019-01-01", **end}
    assert timeline(meds=[old], soreness=SORE).bars == ()


def test_increases_are_steps() -> None:
    change = {"at": "2026-10-19", "from": "5 mg", "to": "10 mg"}
    found = bar(rosuvastatin="10 mg", start="2026-01-01", increases=[change])
    assert [(step.at.first, step.said) for step in found.doses] == [(date(2026, 10, 19), "5 to 10 mg a day")]


def test_medicines_behind_a_finding_come_first() -> None:
    meds = [
        {"furosemide": "40 mg", "start": "2026-11-20"},  # after the onset: no finding rests on it
        {"rosuvastatin": "10 mg", "start": "2026-11-01"},
    ]
    bars = timeline(meds=meds, soreness=SORE).bars
    assert next(one.name for one in bars if one.counts) == "rosuvastatin 10 mg"
    assert [one.counts for one in bars] == sorted((one.counts for one in bars), reverse=True)


def test_the_window_is_that_of_the_rule() -> None:
    change = {"at": "2026-10-19", "from": "5 mg", "to": "10 mg"}
    found = timeline(
        meds=[{"rosuvastatin": "10 mg", "start": "2026-01-01", "increases": [change]}], soreness=SORE
    )
    assert found.window
    assert (found.window.first, found.window.last) == (date(2026, 10, 19), date(2027, 1, 11))
    assert found.window.said == "12 weeks from 19 Oct 2026"
    assert found.onset_said == "Soreness began 15 Nov 2026, 27 days after 19 Oct 2026"


def test_soreness_of_the_next_day_is_one_day_after_the_start() -> None:
    found = timeline(meds=[{"rosuvastatin": "10 mg", "start": "2026-11-14"}], soreness=SORE)
    assert found.onset_said == "Soreness began 15 Nov 2026, 1 day after 14 Nov 2026"


def test_the_window_begins_with_an_interacting_medicine() -> None:
    meds = [
        {"simvastatin": "40 mg", "start": "2025-01-01"},
        {"clarithromycin": "500 mg", "start": "2026-11-10"},
    ]
    window = timeline(meds=meds, soreness=SORE).window
    assert window
    assert window.first == date(2026, 11, 10)


def test_another_number_in_the_rule_is_another_window() -> None:
    pictures = knowledge().pictures
    shorter = msgspec.structs.replace(pictures, window=msgspec.structs.replace(pictures.window, days=28))
    known = msgspec.structs.replace(knowledge(), pictures=shorter)
    view = ChartView(chart(meds=[{"rosuvastatin": "10 mg", "start": "2026-11-01"}], soreness=SORE), known)
    window = draw_timeline(view, reason(view)).window
    assert window
    assert (window.last, window.said) == (date(2026, 11, 29), "4 weeks from 1 Nov 2026")


@pytest.mark.parametrize(
    "meds", [[], [{"furosemide": "40 mg", "start": "2026-11-01"}], [{"rosuvastatin": "10 mg"}]]
)
def test_without_a_dated_start_there_is_no_window(meds: list[Any]) -> None:
    assert timeline(meds=meds, soreness=SORE).window is None


@pytest.mark.parametrize(
    ("soreness", "said"),
    [
        (SORE, "Soreness began 15 Nov 2026"),
        ({"onset": "2026-11"}, "Soreness began Nov 2026"),
        ({}, "Soreness reported; when it began is not known"),
        ({"reported": False}, "No recent report of leg soreness"),
    ],
)
def test_the_soreness_in_words(soreness: Any, said: str) -> None:
    assert timeline(soreness=soreness).onset_said == said


def test_an_onset_before_the_start_counts_no_days() -> None:
    found = timeline(meds=[{"rosuvastatin": "10 mg", "start": "2026-11-20"}], soreness=SORE)
    assert found.onset_said == "Soreness began 15 Nov 2026"


@pytest.mark.parametrize(
    ("value", "position"),
    [
        ("11.9", "below 12"),
        ("12", "12 to 20"),
        ("19.9", "12 to 20"),
        ("20", "20 or more"),
    ],
)
def test_a_result_lies_among_the_limits_of_the_rules(value: str, position: str) -> None:
    labs = [{"25-OH vitamin D": f"{value} ng/mL", "taken": "2026-11-01"}]
    (lane,) = timeline(labs=labs, soreness=SORE).lanes
    assert [line.value for line in lane.lines] == [12, 20]
    assert lane.dots[0].said == position


def test_a_bound_that_may_be_on_either_side_lies_nowhere() -> None:
    labs = [{"25-OH vitamin D": "<15 ng/mL", "taken": "2026-11-01"}]
    (lane,) = timeline(labs=labs, soreness=SORE).lanes
    assert (lane.dots[0].value, lane.dots[0].shown, lane.dots[0].said) == (15, "<15 ng/mL", "")


def test_limits_of_the_result_stand_in_where_no_rule_names_any() -> None:
    labs = [{"magnesium": "1.9 mg/dL", "taken": "2026-11-01", "range": [1.6, 2.5]}]
    (lane,) = timeline(labs=labs, soreness=SORE).lanes
    assert [line.said for line in lane.lines] == ["1.6", "2.5"]


def test_multiples_of_a_limit_follow_the_laboratory() -> None:
    labs = [{"creatine kinase": "900 U/L", "taken": "2026-11-20", "range": [None, 150]}]
    (lane,) = timeline(labs=labs, soreness=SORE).lanes
    assert [line.value for line in lane.lines] == [150, 600, 1500]


def test_old_and_unusable_results_are_not_drawn() -> None:
    labs = [
        {"potassium": "3.1 mmol/L", "taken": "2020-01-01"},
        {"magnesium": "1.9", "taken": "2026-11-01", "unusable": "no unit"},
    ]
    assert timeline(labs=labs, soreness=SORE).lanes == ()


def test_everything_drawn_is_said_in_words_too() -> None:
    found = timeline(
        meds=[{"rosuvastatin": "10 mg", "start": "2026-10"}, {"furosemide": "40 mg"}],
        labs=[
            {"potassium": "3.1 mmol/L", "taken": "2026-11-10"},
            {"potassium": "3.6 mmol/L", "taken": "2026-11-01"},
        ],
        soreness=SORE,
    )
    assert found.window
    told = "\n".join(f"{fact.what}, {fact.when}, {fact.more}" for fact in found.facts)
    for words in (found.onset_said, found.window.said, found.window.dates):
        assert words in told
        assert words in found.sentence
    for one in found.bars:
        assert f"{one.name}, {one.said}" in told
        assert f"{one.name}: {one.said}" in found.sentence
    for lane in found.lanes:
        for dot in lane.dots:
            assert f"{lane.name}, {dot.at.said}, {dot.shown}, {dot.said}" in told
        assert f"{lane.name} {lane.dots[0].shown}" in found.sentence


def test_a_product_of_two_ingredients_is_one_bar() -> None:
    view = ChartView(
        chart(meds=[{"sulfamethoxazole": "800 mg", "start": "2026-11-01"}], soreness=SORE), knowledge()
    )
    (first,) = view.chart.exposures
    details = Details(exposures=(first, msgspec.structs.replace(first, ingredient="trimethoprim")))
    both = msgspec.structs.replace(view.chart, details=Later(lambda: details))
    view = ChartView(both, knowledge())
    assert len(draw_timeline(view, reason(view)).bars) == 1


def test_the_picture_begins_where_something_happens() -> None:
    assert timeline().earliest == date(2026, 8, 30)  # twelve weeks
    assert timeline(labs=[{"potassium": "4 mmol/L", "taken": "2026-03-01"}]).earliest == date(2026, 3, 1)
    old = timeline(meds=[{"rosuvastatin": "10 mg", "start": "2015-01-01"}], soreness=SORE)
    assert old.earliest == date(2026, 8, 30)


def test_it_is_a_pure_function() -> None:
    story: dict[str, Any] = {"meds": [{"rosuvastatin": "10 mg", "start": "2026-10"}], "soreness": SORE}
    assert timeline(**story) == timeline(**story)
