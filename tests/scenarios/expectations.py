"""Whether an answer holds what a scenario expects (CONTRACT.md sections 3 to 5 of the specification)."""

import html
import re
from collections.abc import Iterator

from tests.scenarios.codes import BASE, SYSTEMS, Json

SUPPORTED = ("strong", "moderate", "weak")
EXPECTATIONS = {
    "cards",
    "includes",
    "top",
    "tiers",
    "points",
    "absent",
    "supported",
    "suggest",
    "no_suggest",
    "says",
    "never_says",
    "card_text",  # a sentence for people
}
# name in the scenarios -> sets of codes; each set must have one of its codes ordered
ORDERS = {
    "CK": [{"2157-6"}],
    "BMP+Mg": [{"51990-0", "24320-4", "24321-2"}, {"19123-9", "2601-3"}],
    "TSH": [{"3016-3", "11580-8"}],
    "25-OH-D": [{"62292-8"}],
    "statin-myalgia": [{"16462851000119106"}],
}


def check(answer: Json, expect: Json) -> None:
    """Every expectation of a scenario; an unknown one is a mistake in the scenario."""
    assert set(expect) <= EXPECTATIONS, set(expect) - EXPECTATIONS
    cards = indicators(answer)
    if "cards" in expect:
        assert cards == expect["cards"]
    assert expect.get("includes", {}).items() <= cards.items()
    causes = {cause["cause"]: cause for cause in ranking(answer)}
    supported = [name for name, cause in causes.items() if cause["tier"] in SUPPORTED]
    _check_causes(causes, supported, expect)
    _check_orders(answer, expect)
    _check_words(text_of(answer), expect)


def _check_causes(causes: dict[str, Json], supported: list[str], expect: Json) -> None:
    if expect.get("top"):
        assert supported[:1] == [expect["top"]]
    if "supported" in expect:
        assert supported == expect["supported"]
    tiers = {name: causes[name]["tier"] if name in causes else "none" for name in expect.get("tiers", {})}
    assert tiers == expect.get("tiers", {}), causes
    points = {name: causes[name].get("points") for name in expect.get("points", {}) if name in causes}
    wanted = {name: it for name, it in expect.get("points", {}).items() if name in causes or it > 0}
    assert points == wanted, causes
    assert not set(supported) & set(expect.get("absent", []))


def _check_orders(answer: Json, expect: Json) -> None:
    ordered = {code for resource in suggested(answer) for code in _codes(resource)}
    for name in expect.get("suggest", []):
        assert all(ordered & codes for codes in ORDERS[name]), (name, ordered)
    for name in expect.get("no_suggest", []):
        assert not any(ordered & codes for codes in ORDERS[name]), (name, ordered)


def _check_words(text: str, expect: Json) -> None:
    for words in expect.get("says", []):
        assert words.lower() in text.lower()
    for words in expect.get("never_says", []):
        assert words.lower() not in text.lower()


def indicators(answer: Json) -> dict[str, str]:
    """Card id -> indicator, each id at most once."""
    found = [(card["source"]["topic"]["code"], card["indicator"]) for card in answer["cards"]]
    assert len(dict(found)) == len(found), "a card id twice"
    assert {card["source"]["topic"]["system"] for card in answer["cards"]} <= {f"{BASE}/CodeSystem/cards"}
    return dict(found)


def ranking(answer: Json) -> list[Json]:
    """The causes of `ls-causes`, in rank order; empty without that card."""
    for card in answer["cards"]:
        if card["source"]["topic"]["code"] == "ls-causes":
            causes: list[Json] = card["extension"]["example.leg-soreness.ranking"]["causes"]
            return causes
    return []


def suggested(answer: Json) -> Iterator[Json]:
    """The resources of all suggested actions."""
    for card in answer["cards"]:
        for suggestion in card.get("suggestions", []):
            yield from (action["resource"] for action in suggestion["actions"])


def _codes(resource: Json) -> Iterator[str]:
    for coding in resource.get("code", {}).get("coding", []):
        if coding.get("system") in {SYSTEMS["loinc"], SYSTEMS["sct"]}:
            yield coding["code"]


def text_of(answer: Json) -> str:
    """All summaries and details as a reader sees them: escapes undone."""
    parts = [text for card in answer["cards"] for text in (card["summary"], card.get("detail", ""))]
    return html.unescape(re.sub(r"\\([^\w\s])", r"\1", "\n".join(parts)))
