"""What the causes card tells of medicines that could not be checked."""

from typing import Any

import pytest

from tests.unit.compose.test_cards import by_code

ONSET = {"onset": "2026-11-17", "site": ["heel-achilles"]}
CANNOT = "Cannot assess"


def blocks(*meds: dict[str, Any]) -> dict[str, str]:
    """The blocks of the causes card by their heading, and its summary."""
    card = by_code({"soreness": ONSET, "meds": list(meds)})["ls-causes"]
    parts = card["detail"].removeprefix("**").split("\n\n**")
    return {"summary": card["summary"]} | {part.partition("**")[0].rstrip(":"): part for part in parts}


@pytest.mark.parametrize("drug", [{"ciprofloxacin": "500 mg"}, {"simvastatin": "20 mg"}])
def test_a_course_that_ended_nobody_knows_when_is_named(drug: dict[str, Any]) -> None:
    told = blocks({**drug, "start": "2026-11-05", "taking": "ended"})

    ((name, dose),) = drug.items()
    assert f"{name} {dose}: ended, not known when, so not counted" in told[CANNOT]
    assert "no medicine or lab cause" not in told["summary"]


@pytest.mark.parametrize(
    ("drug", "start", "named"),
    [
        ("simvastatin", "2026-09-27", True),
        ("simvastatin", "2026-09-26", False),
        ("ciprofloxacin", "2026-05-26", True),
        ("ciprofloxacin", "2026-05-25", False),
        ("amoxicillin", "2026-11-05", False),
    ],
)
def test_only_what_surely_ended_in_the_look_back_is_named(drug: str, start: str, named: bool) -> None:
    told = blocks({drug: "20 mg", "start": start, "taking": "ended"})

    assert ("not known when" in told.get(CANNOT, "")) is named


def test_a_limit_that_could_not_be_checked_is_named() -> None:
    told = blocks(
        {"simvastatin": "unknown dose", "start": "2026-01-01"}, {"amlodipine": "5 mg", "start": "2026-01-01"}
    )

    assert "simvastatin with amlodipine: limit of 20 mg a day not checked" in told[CANNOT]


@pytest.mark.parametrize(("dose", "unclear"), [("unknown dose", True), ("999 mg", False), ("1000 mg", False)])
def test_a_partner_that_counts_from_a_dose_on_is_named_when_its_dose_is_not_known(
    dose: str, unclear: bool
) -> None:
    told = blocks({"rosuvastatin": "10 mg", "start": "2026-01-01"}, {"niacin": dose, "start": "2026-01-01"})

    line = "with niacin: caution from 1000 mg of niacin a day not checked, its daily dose not known"
    assert (line in told.get(CANNOT, "")) is unclear
    assert ("with niacin: caution" in told["Supported by this chart"]) is (dose == "1000 mg")
