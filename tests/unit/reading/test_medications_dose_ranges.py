"""Instructions that leave the daily dose open: the least and the most they allow."""

from typing import Any

import pytest

from tests.unit.reading.medication_records import Json, one_exposure, order

DAILY = {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}


def repeat(**repeat: Any) -> Json:
    return {"repeat": repeat}


def left_open(
    low: float | None, high: float | None, timing: Json = DAILY
) -> tuple[float | None, float | None]:
    """The least and the most that are read of a range of tablets of 40 mg."""
    ends = {"low": low, "high": high}
    tablets = {end: {"value": value, "unit": "tablet"} for end, value in ends.items() if value is not None}
    exposure = one_exposure(
        order(dosageInstruction=[{"timing": timing, "doseAndRate": [{"doseRange": tablets}]}])
    )
    return exposure.least_dose, exposure.daily_dose


@pytest.mark.parametrize(
    ("low", "high", "doses"),
    [
        (1, 2, (40, 80)),
        (0.5, 1, (20, 40)),
        (1, 1, (None, 40)),
        (None, 2, (0, 80)),
        (1, None, (None, None)),
        (2, 1, (None, None)),
        (None, None, (None, None)),
    ],
)
def test_a_range_of_doses_stays_one(
    low: float | None, high: float | None, doses: tuple[float | None, float | None]
) -> None:
    assert left_open(low, high) == doses


@pytest.mark.parametrize(
    ("timing", "doses"),
    [
        (repeat(frequency=1, period=1, periodMax=2, periodUnit="d"), (20, 40)),
        (repeat(frequency=1, frequencyMax=2, period=1, periodUnit="d"), (40, 80)),
        (repeat(frequency=1, frequencyMax=2, period=1, periodMax=2, periodUnit="d"), (20, 80)),
        (repeat(frequencyMax=3, period=1, periodUnit="d"), (40, 120)),
        (repeat(frequency=2, frequencyMax=1, period=1, periodUnit="d"), (None, None)),
        (repeat(frequency=1, period=2, periodMax=1, periodUnit="d"), (None, None)),
        (repeat(frequency=1, period=1, periodMax=0, periodUnit="d"), (None, None)),
        (repeat(frequency=1, frequencyMax=1, period=1, periodMax=1, periodUnit="d"), (None, 40)),
    ],
)
def test_a_range_of_times_stays_one(timing: Json, doses: tuple[float | None, float | None]) -> None:
    assert left_open(1, 1, timing) == doses


def test_a_range_of_doses_and_one_of_times_are_multiplied() -> None:
    timing = repeat(frequency=1, frequencyMax=2, period=1, periodUnit="d")
    assert left_open(0.5, 1, timing) == (20, 80)


def test_concurrent_ranges_are_added() -> None:
    ends = {"low": {"value": 10, "unit": "mg"}, "high": {"value": 20, "unit": "mg"}}
    ranged = {"timing": DAILY, "doseAndRate": [{"doseRange": ends}], "sequence": 1}
    ten = {"value": 10, "unit": "mg"}
    fixed = {"timing": DAILY, "doseAndRate": [{"doseQuantity": ten}], "sequence": 1}
    exposure = one_exposure(order(dosageInstruction=[ranged, fixed]))
    assert (exposure.least_dose, exposure.daily_dose) == (20, 30)


@pytest.mark.parametrize(("low", "risen"), [(20, False), (30, True)])
def test_a_range_is_an_increase_where_all_of_it_is_more(low: float, *, risen: bool) -> None:
    def dosed(**rate: Any) -> Json:
        return {"dosageInstruction": [{"timing": DAILY, "doseAndRate": [rate]}]}

    ends = {"low": {"value": low, "unit": "mg"}, "high": {"value": 40, "unit": "mg"}}
    before = order(authoredOn="2026-01-01", **dosed(doseQuantity={"value": 20, "unit": "mg"}))
    after = order(authoredOn="2026-06-01", **dosed(doseRange=ends))
    assert bool(one_exposure(before, after).increases) is risen
