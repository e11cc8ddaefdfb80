import math
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.measure import Measure
from cds_service.truth import negation

NUMBERS = st.floats(-1e6, 1e6).map(lambda value: round(value, 3))
COMPARATORS = st.sampled_from([None, "<", "<=", ">", ">=", "ad"])
MEASURES = st.builds(Measure.of, NUMBERS, COMPARATORS)


def inside(measure: Measure) -> list[float]:
    """Values the measure may be: its bounds where they belong to it, and some just inside."""
    low = max(measure.low, -1e7)
    high = min(measure.high, 1e7)
    values = [low, high, (low + high) / 2, math.nextafter(low, math.inf), math.nextafter(high, -math.inf)]
    return [value for value in values if may_be(measure, value)]


def may_be(measure: Measure, value: float) -> bool:
    above = value > measure.low or (value == measure.low and not measure.open_low)
    below = value < measure.high or (value == measure.high and not measure.open_high)
    return above and below


@given(MEASURES, NUMBERS)
def test_a_certain_answer_holds_for_every_value_it_may_be(measure: Measure, limit: float) -> None:
    for value in inside(measure):
        assert measure.below(limit) in (None, value < limit)
        assert measure.above(limit) in (None, value > limit)
        assert measure.at_least(limit) in (None, value >= limit)
        assert measure.at_most(limit) in (None, value <= limit)


@given(NUMBERS, NUMBERS)
def test_an_exact_value_answers_every_question(value: float, limit: float) -> None:
    measure = Measure.of(value)
    assert measure.exact
    assert measure.below(limit) is (value < limit)
    assert measure.above(limit) is (value > limit)


@given(MEASURES, NUMBERS)
def test_opposites(measure: Measure, limit: float) -> None:
    assert measure.at_least(limit) is negation(measure.below(limit))
    assert measure.at_most(limit) is negation(measure.above(limit))


@pytest.mark.parametrize(
    ("comparator", "below", "at_least"),
    [("<", True, False), ("<=", None, None), (">", False, True), (">=", False, True), ("ad", False, True)],
)
def test_at_the_bound(
    comparator: Literal["<", "<=", ">", ">=", "ad"], *, below: bool | None, at_least: bool | None
) -> None:
    measure = Measure.of(3.5, comparator)
    assert measure.below(3.5) is below
    assert measure.at_least(3.5) is at_least


def test_less_than_5_is_not_5() -> None:
    measure = Measure.of(5, "<")
    assert not measure.exact
    assert measure.below(5) is True
    assert measure.below(4) is None
    assert measure.below(6) is True


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        Measure.of(value)


def test_an_unknown_comparator_is_refused() -> None:
    with pytest.raises(ValueError, match="comparator"):
        Measure.of(1, "~")
