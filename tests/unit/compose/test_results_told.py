"""What the causes card tells of results that support no cause, and how limits and multiples are told."""

from typing import Any

import pytest

from tests.unit.compose.test_cards import by_code

ONSET = {"onset": "2026-11-15"}


def lab(name: str, value: str, **more: Any) -> dict[str, Any]:
    return {name: value, "taken": "2026-11-20", **more}


def blocks(*labs: dict[str, Any]) -> dict[str, str]:
    """The blocks of the causes card by their heading."""
    detail: str = by_code({"soreness": ONSET, "labs": list(labs)})["ls-causes"]["detail"]
    parts = detail.removeprefix("**").split("\n\n**")
    return {part.partition("**")[0]: part for part in parts}


SUPPORTED, CHECKED = "Supported by this chart", "Checked and not supported"


def test_a_low_result_beside_a_lower_one_is_no_finding_that_was_not_supported() -> None:
    told = blocks(lab("magnesium", "1.1 mg/dL"), lab("potassium", "3.2 mmol/L"))

    assert "Also: Potassium 3.2 mmol/L (20 Nov 2026): low" in told[SUPPORTED]
    assert "otassium" not in told.get(CHECKED, "")


def test_a_result_with_a_card_of_its_own_is_not_listed_as_unsupported() -> None:
    told = blocks(lab("sodium", "124 mmol/L"), lab("magnesium", "1.1 mg/dL"))

    assert "Sodium" not in told.get(CHECKED, "")
    assert "Sodium" not in told[SUPPORTED]


def test_a_calcium_is_told_as_the_rules_read_it() -> None:
    told = blocks(lab("calcium", "7.4 mg/dL"), lab("albumin", "2.0 g/dL"))

    assert "Corrected calcium 9 mg/dL (20 Nov 2026)" in told[CHECKED]
    assert "7.4" not in told[CHECKED]


@pytest.mark.parametrize(
    ("value", "block", "limit"),
    [
        ("3.4 mmol/L", SUPPORTED, "default limit 3.5 mmol/L used"),
        ("5.7 mmol/L", SUPPORTED, "default limit 5.5 mmol/L used"),
        ("4.1 mmol/L", CHECKED, "default limit 3.5 mmol/L and 5.5 mmol/L used"),
    ],
)
def test_the_default_limit_that_was_used_is_told(value: str, block: str, limit: str) -> None:
    assert limit in blocks(lab("potassium", value))[block]


def test_no_default_limit_is_told_where_the_laboratory_gave_its_own() -> None:
    assert "default" not in blocks(lab("potassium", "4.1 mmol/L", range=[3.4, 5.0]))[CHECKED]


@pytest.mark.parametrize(
    ("value", "times"),
    [("1999.9 U/L", "(9.9x ULN)"), ("1200 U/L", "(6x ULN)"), (">1000 U/L", "(≥5x ULN)")],
)
def test_a_multiple_is_never_rounded_over_a_threshold(value: str, times: str) -> None:
    taken = lab("creatine kinase", value, range=[30, 200])

    assert times in by_code({"soreness": ONSET, "labs": [taken]})["ls-ck-raised"]["summary"]
