"""One server's tasks never take the threads of another's, and too many are refused at once."""

import threading
from concurrent.futures import wait

import pytest

from cds_service.ehr.bulkhead import A_SERVER, WAITING, Bulkhead
from cds_service.ehr.unavailable import Reason, Unavailable

FOREVER = 30.0  # s


def test_a_server_that_hangs_holds_nobody_else_up() -> None:
    bulkhead, free = Bulkhead(), threading.Event()
    hung = [bulkhead.run("slow", lambda: _wait(free)) for _ in range(A_SERVER + 5)]
    bulkhead.run("quick", lambda: None).result(FOREVER)
    free.set()
    assert not wait(hung, FOREVER).not_done


def test_tasks_beyond_the_queue_are_refused_and_the_others_done() -> None:
    bulkhead, free, done = Bulkhead(), threading.Event(), []

    def task() -> None:
        _wait(free)
        done.append(1)

    futures = [bulkhead.run("slow", task) for _ in range(A_SERVER + WAITING)]
    with pytest.raises(Unavailable) as refused:
        bulkhead.run("slow", task)
    assert refused.value.reason is Reason.BUSY
    free.set()
    assert not wait(futures, FOREVER).not_done
    assert len(done) == A_SERVER + WAITING
    bulkhead.run("slow", task).result(FOREVER)


def test_no_more_than_its_share_runs_at_a_time() -> None:
    bulkhead, gate = Bulkhead(), threading.Semaphore(A_SERVER)
    crowded = []

    def task() -> None:
        if not gate.acquire(blocking=False):
            crowded.append(1)
            return
        gate.release()

    futures = [bulkhead.run("one", task) for _ in range(A_SERVER * 3)]
    assert not wait(futures, FOREVER).not_done
    assert not crowded


def test_an_error_is_raised_where_the_task_is_waited_for() -> None:
    def fail() -> None:
        raise ValueError

    bulkhead = Bulkhead()
    with pytest.raises(ValueError):  # noqa: PT011 - it has no words
        bulkhead.run("one", fail).result(FOREVER)
    bulkhead.run("one", lambda: None).result(FOREVER)


def _wait(free: threading.Event) -> None:
    assert free.wait(FOREVER)
