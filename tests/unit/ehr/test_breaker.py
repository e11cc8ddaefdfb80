"""A server that failed several times in a row is left alone, then tried once at a time."""

import pytest

from cds_service.ehr.breaker import Breaker, State


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(failures=3, seconds=10.0, clock=clock)


def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        assert breaker.admits()
        breaker.failed()


def test_one_failure_less_than_the_limit_changes_nothing(breaker: Breaker) -> None:
    fail(breaker, 2)
    assert breaker.admits()
    assert breaker.state is State.CLOSED


def test_it_opens_after_failures_in_a_row_and_only_then(breaker: Breaker) -> None:
    fail(breaker, 2)
    breaker.succeeded()
    fail(breaker, 3)
    assert not breaker.admits()
    assert breaker.state is State.OPEN


def test_after_a_while_one_call_is_admitted(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now += 9.9
    assert not breaker.admits()
    clock.now += 0.1
    assert breaker.state is State.TRIAL
    assert breaker.admits()
    assert not breaker.admits()


def test_a_trial_decides(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now += 10
    fail(breaker, 1)
    assert not breaker.admits()
    clock.now += 10
    assert breaker.admits()
    breaker.succeeded()
    assert breaker.admits()
    assert breaker.state is State.CLOSED


def test_a_trial_nobody_hears_of_again_is_repeated(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, 3)
    clock.now += 10
    assert breaker.admits()
    clock.now += 10
    assert breaker.admits()
