"""Audit lines of calls: stored before the answer, or later and in order while the store is down."""

import threading
from collections.abc import Iterator
from typing import cast

import pytest
from structlog.testing import capture_logs

from cds_service.store import CallRecord, Store, StoreUnavailableError
from cds_service.web import metrics, recorder
from cds_service.web.recorder import Recorder


class FakeStore:
    """Keeps records while `up`; `changed` is set whenever it is asked."""

    def __init__(self) -> None:
        self.up = True
        self.kept: list[str] = []
        self.asked = threading.Semaphore(0)

    def record_call(self, call: CallRecord, _patience: float = 1) -> None:
        try:
            if not self.up:
                raise StoreUnavailableError("down")
            self.kept.append(call.hook_instance)
        finally:
            self.asked.release()

    def wait(self, times: int) -> None:
        for _ in range(times):
            assert self.asked.acquire(timeout=10)


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "_PAUSE", 0.01)


@pytest.fixture
def recording(store: FakeStore) -> Iterator[Recorder]:
    made = Recorder(cast("Store", store), most_waiting=5)
    yield made
    made.close()


def call(name: str) -> CallRecord:
    return CallRecord(issuer="open", service="s", outcome="cards", status=200, hook_instance=name)


def until_caught_up(recording: Recorder) -> None:
    waited = threading.Event()
    for _ in range(1000):
        if not recording.is_behind:
            return
        waited.wait(0.01)
    pytest.fail("the recorder does not catch up")


def test_a_line_is_stored_before_the_answer(recording: Recorder, store: FakeStore) -> None:
    recording.record(call("a"))
    assert store.kept == ["a"]
    assert not recording.is_behind


def test_lines_wait_while_the_store_is_down_and_are_stored_in_their_order(
    recording: Recorder, store: FakeStore
) -> None:
    recording.record(call("before"))
    store.up = False
    for name in "abc":
        recording.record(call(name))
    assert recording.is_behind
    store.wait(3)  # tried again and again
    store.up = True
    recording.record(call("d"))
    until_caught_up(recording)
    assert store.kept == ["before", "a", "b", "c", "d"]
    recording.record(call("e"))
    assert store.kept[-1] == "e"
    assert not recording.is_behind


def test_a_second_outage_is_caught_up_too(recording: Recorder, store: FakeStore) -> None:
    for name in "ab":
        store.up = False
        recording.record(call(name))
        store.up = True
        until_caught_up(recording)
    assert store.kept == ["a", "b"]


def test_the_age_of_the_oldest_line_is_told_while_it_waits(recording: Recorder, store: FakeStore) -> None:
    store.up = False
    recording.record(call("a"))
    store.wait(3)
    assert sample("audit_lag") > 0
    store.up = True
    until_caught_up(recording)
    recording.close()
    assert sample("audit_lag") == 0


def test_too_many_lines_are_counted_not_kept(recording: Recorder, store: FakeStore) -> None:
    before = sample("audit_lost_total")
    store.up = False
    for number in range(8):
        recording.record(call(str(number)))
    assert sample("audit_lost_total") - before == 3
    store.up = True
    until_caught_up(recording)
    assert store.kept == ["0", "1", "2", "3", "4"]


def test_what_cannot_be_stored_before_the_end_is_counted(store: FakeStore) -> None:
    before, recording = sample("audit_lost_total"), Recorder(cast("Store", store))
    store.up = False
    recording.record(call("a"))
    with capture_logs() as logs:
        recording.close()
    assert sample("audit_lost_total") - before == 1
    assert [(line["event"], line["count"]) for line in logs] == [("audit lost", 1)]


def sample(name: str) -> float:
    value = metrics.registry.get_sample_value(name)
    assert value is not None
    return value
