"""Cards: at most five, in order, nothing lost; names that feedback and de-duplication can rely on."""

from typing import Any
from uuid import UUID

import pytest

from cds_service.compose import compose
from cds_service.reason import ChartView, reason
from tests.unit.charts import chart, knowledge

EVERYTHING: dict[str, Any] = {
    "patient": {"age": 70},
    "meds": [
        {"simvastatin": "40 mg", "start": "2026-01-01"},
        {"clarithromycin": "500 mg", "start": "2026-11-10"},
        {"levofloxacin": "500 mg", "start": "2026-11-10"},
    ],
    "soreness": {
        "onset": "2026-11-15",
        "site": ["heel-achilles"],
        "warn.swelling": "left-only",
        "warn.urine": "yes",
        "warn.cold": "yes",
        "warn.saddle": "yes",
        "warn.numb": "yes",
    },
    "labs": [{"potassium": "2.4 mmol/L", "taken": "2026-11-21"}],
}
CROWDED = {"ls-dvt", "ls-rhabdo", "ls-limb-ischemia", "ls-warning-signs", "ls-causes"}


def cards(
    case: dict[str, Any], instance: str = "one", allowed: frozenset[str] | None = None
) -> list[dict[str, Any]]:
    view = ChartView(chart(**case), knowledge())
    return compose(reason(view), view, allowed, instance)


def code(card: dict[str, Any]) -> str:
    return str(card["source"]["topic"]["code"])


def mark(card: dict[str, Any]) -> str:
    return str(card["extension"]["example.leg-soreness.fingerprint"])


def by_code(case: dict[str, Any], **more: Any) -> dict[str, dict[str, Any]]:
    return {code(card): card for card in cards(case, **more)}


def test_at_most_five_cards_and_nothing_is_lost() -> None:
    found = by_code(EVERYTHING)
    assert set(found) == CROWDED
    merged = found["ls-warning-signs"]
    assert merged["indicator"] == "critical"  # it took in critical cards
    for words in (
        "potassium 2.4",
        "numbness between the legs",
        "clarithromycin",
        "Achilles",
        "numbness or tingling",
    ):
        assert words in merged["detail"]


def test_critical_cards_come_first_and_the_causes_last() -> None:
    found = cards(EVERYTHING)
    ranks = [["critical", "warning", "info"].index(card["indicator"]) for card in found]
    assert ranks == sorted(ranks)
    assert code(found[-1]) == "ls-causes"
    orders = [code(card) for card in found if card["indicator"] == "critical"]
    assert orders[:3] == ["ls-dvt", "ls-rhabdo", "ls-limb-ischemia"]


def test_few_cards_stay_apart() -> None:
    few = {"soreness": {"onset": "2026-11-15", "warn.swelling": "left-only", "warn.numb": "yes"}}
    assert set(by_code(few)) == {"ls-dvt", "ls-warning-signs", "ls-causes"}


def test_a_service_returns_only_its_cards() -> None:
    assert set(by_code(EVERYTHING, allowed=frozenset({"ls-ddi", "ls-fq"}))) == {"ls-ddi", "ls-fq"}


def test_the_same_call_gives_the_same_names_and_another_one_others() -> None:
    first, again, other = (by_code(EVERYTHING, instance=name) for name in ("one", "one", "two"))
    assert first == again
    for name, card in first.items():
        assert UUID(card["uuid"]).version == 5
        assert card["uuid"] != other[name]["uuid"]
        assert mark(card) == mark(other[name])
    assert len({card["uuid"] for card in first.values()}) == len(first)


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ({"labs": [{"potassium": "2.3 mmol/L", "taken": "2026-11-21"}]}, False),
        ({"labs": [{"potassium": "2.4 mmol/L", "taken": "2026-11-20"}]}, False),
        ({"not_supplied": ["vitals"]}, True),
    ],
    ids=["another value", "another day of sampling", "no vital signs supplied"],
)
def test_a_fingerprint_follows_the_facts(changed: dict[str, Any], same: bool) -> None:
    urgent = {"soreness": {"onset": "2026-11-15"}, "labs": EVERYTHING["labs"]}
    before = by_code(urgent)["ls-electrolyte-urgent"]
    after = by_code(urgent | changed)["ls-electrolyte-urgent"]
    assert (mark(before) == mark(after)) is same


def test_a_fingerprint_is_the_same_the_next_day() -> None:
    swollen = {"soreness": {"onset": "2026-11-15", "warn.swelling": "left-only"}}
    days = [by_code(swollen | {"today": f"2026-11-{day}"})["ls-dvt"] for day in (22, 23)]
    assert mark(days[0]) == mark(days[1])


def test_a_summary_fits_whatever_the_names() -> None:
    long = "a very long name of a product " * 9
    named = EVERYTHING | {"meds": [{**pill, "name": long} for pill in EVERYTHING["meds"]]}
    assert all(0 < len(card["summary"]) <= 139 for card in cards(named))


def test_a_closed_gate_gives_no_card() -> None:
    assert cards(EVERYTHING | {"patient": {"age": 17}}) == []
    assert cards(EVERYTHING | {"patient": {"age": 70, "deceased": True}}) == []


def test_words_of_a_record_are_dead_text() -> None:
    name = "[x](http://e.example) <img src=x> www.e.example"
    said = by_code({"meds": [{"rosuvastatin": "10 mg", "name": name}]})["ls-causes"]
    for part in (said["detail"], said["summary"]):
        assert "<img" not in part
        assert "http://" not in part
        assert "www.e" not in part


def test_every_suggestion_only_creates_drafts() -> None:
    offered = [suggestion for card in cards(EVERYTHING) for suggestion in card.get("suggestions", [])]
    assert offered
    for suggestion in offered:
        for action in suggestion["actions"]:
            assert action["type"] == "create"
            assert action["description"]
            assert not action["resource"]["resourceType"].startswith("Medication")


def test_a_merged_card_names_everything_it_took_in() -> None:
    crowded = EVERYTHING | {"labs": [], "soreness": {**EVERYTHING["soreness"], "course": "worsening"}}
    del crowded["soreness"]["warn.saddle"]
    merged = by_code(crowded)["ls-warning-signs"]

    assert merged["indicator"] == "warning"
    assert merged["summary"].startswith("Leg soreness with Simvastatin 40 mg + ")
    assert "Achilles" in merged["summary"]
    assert "worsening course" in merged["summary"]
    links = {link["url"] for link in merged["links"]}
    assert {knowledge().sources[key].url for key in ("MACRO19", "AFP12")} <= links
    assert "Levofloxacin label" in merged["detail"]
