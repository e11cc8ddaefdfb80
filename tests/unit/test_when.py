from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.when import When, days_between, within

DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1900, 1, 2), datetime(2100, 12, 30), timezones=ZONES)  # noqa: DTZ001 - zones are drawn
PARTIAL = st.one_of(
    DAYS.map(str),
    DAYS.map(lambda day: str(day)[:7]),
    DAYS.map(lambda day: str(day)[:4]),
)


@given(DAYS)
def test_a_date_is_its_day(day: date) -> None:
    when = When.parse(day.isoformat())
    assert when == When.on(day)
    assert when.exact
    assert when.instant is None


@given(MOMENTS)
def test_an_instant_is_its_utc_day(moment: datetime) -> None:
    when = When.parse(moment.isoformat())
    assert when.first == when.last == moment.astimezone(UTC).toordinal()
    assert when.instant == pytest.approx(moment.timestamp())


@given(MOMENTS, st.sampled_from(["seconds", "milliseconds", "microseconds"]))
def test_usual_and_odd_spellings_of_an_instant_mean_the_same(moment: datetime, precision: str) -> None:
    usual = moment.isoformat(timespec=precision)
    fraction = usual[19:-6]
    odd = f"{usual[:19]}{fraction or '.'}0{usual[-6:]}"
    assert When.parse(usual) == When.parse(odd)


@given(DAYS)
def test_a_month_and_a_year_are_all_their_days(day: date) -> None:
    month, year = When.parse(str(day)[:7]), When.parse(str(day)[:4])
    assert date.fromordinal(month.first).day == 1
    assert date.fromordinal(month.last + 1).day == 1
    assert month.first <= day.toordinal() <= month.last
    assert (date.fromordinal(year.first), date.fromordinal(year.last)) == (
        date(day.year, 1, 1),
        date(day.year, 12, 31),
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-11-22T23:30:00-05:00", "23 Nov 2026"),
        ("2026-11-22T00:30:00+02:00", "21 Nov 2026"),
        ("2026-11-22T10:15:30.123456789Z", "22 Nov 2026"),
        ("2026-11-22T10:15:30", "22 Nov 2026"),
        ("2026-11-22T10:15Z", "22 Nov 2026"),
        ("2016-12-31T23:59:60Z", "31 Dec 2016"),
        ("2026-08", "Aug 2026"),
        ("2026-02", "Feb 2026"),
        ("2026", "2026"),
    ],
)
def test_how_dates_are_read_and_shown(text: str, shown: str) -> None:
    assert str(When.parse(text)) == shown


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "2026-02-30", "2026-13", "0000", "0000-01-01", "2026-11-22T25:00:00Z",
        "2026-11-22T10:61:00Z", "20261122",
        "2026-11-22T10", "5/18/2016 10:33:22 PM", "yesterday", "2026-11-22\n", "2026-11-22 10:00:00", "-2026",
        "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-22T10:00:00+25:00",
    ],
)  # fmt: skip
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - which sentence does not matter
        When.parse(text)


@given(st.text(max_size=30) | st.from_regex(r"\d{1,5}-?\d{0,3}-?\d{0,3}T?[\d:.Z+-]{0,16}", fullmatch=True))
def test_any_text_is_a_date_or_a_value_error(text: str) -> None:
    try:
        when = When.parse(text)
    except ValueError:
        return
    assert when.first <= when.last
    assert str(when)


@given(PARTIAL, PARTIAL)
def test_days_between_holds_for_every_day_they_can_be(one: str, other: str) -> None:
    earlier, later = When.parse(one), When.parse(other)
    fewest, most = days_between(earlier, later)
    assert fewest <= most
    assert {later.first - earlier.first, later.last - earlier.last} <= set(range(fewest, most + 1))
    assert days_between(later, earlier) == (-most, -fewest)


@given(st.integers(-50, 50), st.integers(0, 40), st.integers(-50, 50), st.integers(0, 40))
def test_within_is_what_every_number_of_days_agrees_on(low: int, width: int, fewest: int, more: int) -> None:
    most = fewest + more
    outcomes = {fewest <= days <= most for days in range(low, low + width + 1)}
    assert within((low, low + width), fewest, most) is (outcomes.pop() if len(outcomes) == 1 else None)


@given(PARTIAL, DAYS)
def test_clamped_never_reaches_beyond_today(text: str, day: date) -> None:
    when, today = When.parse(text), day.toordinal()
    clamped = when.clamped(today)
    assert clamped.last <= today
    assert clamped.first <= clamped.last
    if when.last <= today:
        assert clamped == when
