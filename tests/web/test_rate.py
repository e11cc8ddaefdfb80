"""Token buckets: a burst is let through, then so many a second."""

from hypothesis import given
from hypothesis import strategies as st

from cds_service.web.rate import Bucket, Rates


def test_a_burst_is_let_through_and_then_so_many_a_second() -> None:
    bucket = Bucket(per_second=2, burst=3, now=0)
    assert [bucket.take(0) for _ in range(3)] == [0, 0, 0]
    assert bucket.take(0) == 0.5
    assert bucket.take(0.25) == 0.25
    assert bucket.take(0.5) == 0
    assert bucket.take(0.5) == 0.5


def test_the_wait_that_is_told_is_enough() -> None:
    bucket = Bucket(per_second=3, burst=1, now=0)
    assert bucket.take(0) == 0
    wait = bucket.take(0)
    assert bucket.take(wait + 1e-9) == 0


def test_pauses_do_not_add_up_to_more_than_the_burst() -> None:
    bucket = Bucket(per_second=100, burst=2, now=0)
    assert [bucket.take(1000) > 0 for _ in range(3)] == [False, False, True]


@given(
    per_second=st.floats(0.1, 100),
    burst=st.integers(1, 20),
    pauses=st.lists(st.floats(0, 2), min_size=1, max_size=200),
)
def test_never_more_are_let_through_than_allowed(per_second: float, burst: int, pauses: list[float]) -> None:
    bucket, now, taken = Bucket(per_second, burst, 0), 0.0, 0
    for pause in pauses:
        now += pause
        taken += bucket.take(now) == 0
    assert taken <= burst + now * per_second + 1e-6


def test_each_name_has_a_bucket_of_its_own() -> None:
    rates = Rates()
    assert rates.take("a", 0.001, 1) == 0
    assert rates.take("a", 0.001, 1) > 0
    assert rates.take("b", 0.001, 1) == 0


def test_only_so_many_names_are_remembered() -> None:
    rates = Rates()
    assert rates.take("first", 0.001, 1) == 0
    for number in range(10_000):
        rates.take(str(number), 0.001, 1)
    assert rates.take("first", 0.001, 1) == 0
