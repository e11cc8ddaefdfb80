from datetime import UTC, datetime, timedelta

import pytest

from cds_service.reading.dates import Clock
from cds_service.when import When

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize("now", [NOON, datetime.fromisoformat("2026-11-23T02:00:00+14:00")])
@pytest.mark.parametrize(
    ("text", "ahead"),
    [
        ("2026-11-22T12:05:00Z", False),
        ("2026-11-22T12:05:01Z", True),
        ("2026-11-22", False),
        ("2026-11-23", True),
        ("2026-11", False),
        ("2026-12", True),
        ("2027", True),
    ],
)
def test_the_future_begins_after_the_tolerance_for_instants_only(
    now: datetime, text: str, *, ahead: bool
) -> None:
    clock = Clock(now, timedelta(minutes=5))
    assert clock.is_future(When.parse(text)) is ahead
    assert (clock.past(When.parse(text)) is None) is ahead


def test_a_date_within_the_tolerance_is_today() -> None:
    clock = Clock(datetime(2026, 11, 22, 23, 58, tzinfo=UTC), timedelta(minutes=5))
    past = clock.past(When.parse("2026-11-23T00:01:00Z"))
    assert past is not None
    assert past.first == past.last == clock.today
