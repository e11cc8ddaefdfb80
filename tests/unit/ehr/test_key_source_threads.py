from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from cds_service.ehr.key_source import FRESH
from cds_service.ehr.not_admitted import NotAdmitted
from tests.support.key_sources import SlowHost
from tests.support.signing import NOW


def in_parallel(count: int, ask: Callable[[int], bool], host: SlowHost) -> list[bool]:
    """Answers of threads that ask while one fetch is under way."""
    with ThreadPoolExecutor(count) as threads:
        asked = [threads.submit(ask, number) for number in range(count)]
        assert host.asked.wait(20)
        host.opened.set()
        return [each.result(20) for each in asked]


def test_threads_that_have_no_set_wait_for_the_one_fetch() -> None:
    host = SlowHost("a")
    assert all(in_parallel(10, lambda number: host.finds("a", NOW + number / 100), host))
    assert host.fetches == 1


def test_threads_with_a_new_key_wait_for_the_one_fetch() -> None:
    host = SlowHost("a")
    host.opened.set()
    assert host.finds("a", NOW)
    host.opened.clear()
    host.asked.clear()
    host.serve("a", "b")
    assert all(in_parallel(10, lambda number: host.finds("b", NOW + 20 - number / 100), host))
    assert host.fetches == 2


def test_others_go_on_with_the_old_set_while_one_fetches() -> None:
    host = SlowHost("a")
    host.opened.set()
    assert host.finds("a", NOW)
    host.opened.clear()
    host.asked.clear()
    with ThreadPoolExecutor(1) as threads:
        fetching = threads.submit(host.finds, "a", NOW + FRESH)
        assert host.asked.wait(20)
        assert all(host.finds("a", NOW + FRESH) for _ in range(5))  # at once: the fetch is still under way
        assert not fetching.done()
        host.opened.set()
        assert fetching.result(20)
    assert host.fetches == 2


def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cds_service.ehr.key_source._PATIENCE", 0.05)
    host = SlowHost("a")
    with ThreadPoolExecutor(1) as threads:
        fetching = threads.submit(host.finds, "a", NOW)
        assert host.asked.wait(20)
        with pytest.raises(NotAdmitted, match="keys"):
            host.source.find("a", NOW)
        host.opened.set()
        assert fetching.result(20)
