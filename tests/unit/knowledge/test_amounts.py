"""The numbers rule files write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.knowledge.amounts import Amount, AmountError, parse_amount, parse_days, parse_hours

NAMED = {"mild": Amount(3.5, "mmol/L", threshold="mild")}


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("3.5 mmol/L", Amount(3.5, "mmol/L")),
        ("60 mL/min/{1.73_m2}", Amount(60, "mL/min/{1.73_m2}")),
        ("0.90 1", Amount(0.9, "1")),
        ("7", Amount(7)),
        (7, Amount(7)),
        ("4 x upper limit", Amount(4, limit="upper limit")),
        ("upper limit", Amount(1, limit="upper limit")),
        ("1.5 x lower limit", Amount(1.5, limit="lower limit")),
        ("mild", NAMED["mild"]),
    ],
)
def test_amounts(text: str | float, amount: Amount) -> None:
    assert parse_amount(text, NAMED) == amount


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (Amount(3.5, "mmol/L"), "3.5 mmol/L"),
        (Amount(4, limit="upper limit"), "4 x upper limit"),
        (Amount(1, limit="lower limit"), "lower limit"),
        (Amount(7), "7"),
    ],
)
def test_an_amount_is_shown_as_it_was_written(amount: Amount, shown: str) -> None:
    assert str(amount) == shown


@pytest.mark.parametrize("text", ["", "little", "x 4", "4 x limit", "modrate"])
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(AmountError):
        parse_amount(text, NAMED)


@given(st.integers(0, 5000))
def test_days_and_hours_agree(days: int) -> None:
    assert parse_days(f"{days} days") == days
    assert parse_hours(f"{days} days") == 24 * days
    assert parse_days(f"{24 * days} hours") == days


@pytest.mark.parametrize("text", ["27", "27 weeks", "-1 days", "1.5 days", "days", "27days", "36 hours", ""])
def test_what_is_no_number_of_days(text: str) -> None:
    with pytest.raises(AmountError):
        parse_days(text)
