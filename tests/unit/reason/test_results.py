"""The newest usable result of an analyte, and how old it is."""

from typing import Any

import msgspec
import pytest

from cds_service.chart import Chart, Details, Later, Result
from cds_service.reason.results import Newest, Results
from cds_service.when import When
from tests.unit.charts import chart, knowledge

DAY = 86_400  # seconds


def potassium(*taken: str, today: str = "2026-11-22", **more: Any) -> Chart:
    return chart(today=today, labs=[{"potassium": "4 mmol/L", "taken": when} for when in taken], **more)


def with_results(found: Chart, *results: Result) -> Chart:
    return msgspec.structs.replace(found, details=Later(lambda: Details(results=results)))


def newest(found: Chart) -> Newest:
    result = Results(found, knowledge())["potassium"]
    assert result is not None
    return result


def test_the_newest_usable_one_counts() -> None:
    labs = [
        {"potassium": "4 mmol/L", "taken": "2026-11-20"},
        {"potassium": "5 mmol/L", "taken": "2026-11-01"},
    ]
    found = chart(labs=labs)
    unread = msgspec.structs.replace(found.results[0], unusable="no unit")
    spoilt = with_results(found, unread, found.results[1])
    assert newest(found).result.shown == "4 mmol/L"
    assert newest(spoilt).result.shown == "5 mmol/L"
    assert list(Results(spoilt, knowledge()).unusable()) == ["potassium"]
    assert list(Results(found, knowledge()).unusable()) == []


def test_an_analyte_without_a_result_has_none() -> None:
    assert Results(chart(), knowledge())["potassium"] is None


@pytest.mark.parametrize(("days", "recent"), [(29, False), (30, True), (31, True)])
def test_days_are_those_of_the_calendar(days: int, *, recent: bool) -> None:
    assert newest(potassium("2026-10-23")).recent(days, 0) is recent


def test_a_month_is_as_old_as_its_first_day() -> None:
    september = newest(potassium("2026-09"))
    assert september.recent(82, 0)
    assert not september.recent(81, 0)


def test_what_lies_ahead_is_not_recent() -> None:
    assert not newest(potassium("2026-11-23")).recent(365, 0)


def test_what_has_no_date_is_not_recent() -> None:
    found = potassium("2026-11-20")
    undated = msgspec.structs.replace(found.results[0], taken=None)
    assert not newest(with_results(found, undated)).recent(365, 0)


def test_hours_are_counted_by_the_clock_where_there_is_one() -> None:
    timed = newest(potassium("2026-11-21T12:00:00Z", today="2026-11-22T12:00:00Z"))
    assert timed.recent(1, DAY)
    assert not timed.recent(1, DAY - 1)
    assert newest(potassium("2026-11-21")).recent(1, DAY - 1)  # only the day is known


def test_a_clock_a_little_ahead_means_now() -> None:
    found = potassium("2026-11-22T12:00:00Z", today="2026-11-22T12:00:00Z")
    at = found.results[0].taken
    assert at is not None
    assert at.instant is not None
    ahead = msgspec.structs.replace(found.results[0], taken=When(at.first, at.last, at.instant + 60))
    assert newest(with_results(found, ahead)).recent(0, DAY)
