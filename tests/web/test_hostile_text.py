"""Text of a record is shown, never obeyed: no markup, link, image or invisible mark comes out live."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scenarios import card_rules, expectations
from tests.scenarios.codes import Json
from tests.scenarios.in_process import BUSY, CHOSEN, answer_to, few, request_of, resources

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=https://evil.example/x.png onerror=alert(1)>',
    "<iframe srcdoc='<script>1</script>'></iframe>",
    "[click](https://evil.example/a)",
    "![pixel](https://evil.example/p.png)",
    "[ref]: https://evil.example/r",
    "see https://evil.example/bare or www.evil.example or <https://evil.example>",
    "javascript:alert(1)",
    "# Heading\n\n- list\n| a | b |\n|---|---|\n```\ncode",
    "\u202egnp.exe \u2066hidden\u2069 \u200f",
    "a\u0001b\u0007c\u001b[31mred\r\nSet-Cookie: x=1",
    "&lt;b&gt; &#60;script&#62; \\<b>",
    "**bold** _it_ ~~no~~ `tick` \\` <b>",
    "=cmd|' /C calc'!A0 {{7*7}} ${7*7}",
    "A" * 10_000,
    "\N{PILE OF POO}" * 300 + "é\u0301" * 300,
]


def _hostile_everywhere(request: Json, text: str) -> Json:
    """The text in every display, unit, name and note that a card may repeat."""
    return {**request, "prefetch": _spread(request["prefetch"], text)}


def _spread(value: Any, text: str) -> Any:
    if isinstance(value, list):
        return [_spread(member, text) for member in value]
    if not isinstance(value, dict):
        return value
    changed = {name: _spread(member, text) for name, member in value.items()}
    changed.update({name: text for name in ("display", "text", "family") if isinstance(value.get(name), str)})
    return changed


@pytest.mark.parametrize("scenario", CHOSEN, ids=lambda scenario: scenario["id"])
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_never_comes_out_live(scenario: Json, text: str) -> None:
    request = request_of(scenario)
    answer = answer_to(_hostile_everywhere(request, text))
    assert set(expectations.indicators(answer)) == set(expectations.indicators(answer_to(request)))
    card_rules.check(answer, request["context"]["patientId"])
    _assert_inert(answer)


@few
@given(st.text(min_size=1, max_size=200), st.sampled_from(HOSTILE))
def test_hostile_medicine_names_and_units(name: str, text: str) -> None:
    request = request_of(BUSY)
    unknown = {
        "resourceType": "MedicationRequest",
        "id": "unknown",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": f"{name}{text}"},
        "subject": {"reference": f"Patient/{request['context']['patientId']}"},
        "authoredOn": "2026-01-01",
    }
    request["prefetch"]["medicationRequests"]["entry"].append({"resource": unknown})
    potassium = next(it for it in resources(request) if it["id"].startswith("lab"))
    potassium["valueQuantity"] = {"value": 2.2, "unit": f"{name}{text}"}
    answer = answer_to(request)
    card_rules.check(answer, request["context"]["patientId"])
    _assert_inert(answer)


def _assert_inert(answer: Json) -> None:
    for card in answer["cards"]:
        for text in card_rules.texts(card):
            assert not any("evil" in link for link in card_rules.links(text)), text
            assert "A" * 300 not in text, "a name of any length is cut"
