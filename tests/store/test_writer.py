"""The writer of a process: grouped commits, each piece of work answered for itself."""

import os
import threading
from collections.abc import Callable
from multiprocessing import get_context

import pytest
from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from cds_service.settings import Database
from cds_service.store import Store, StoreUnavailableError, open_store
from cds_service.store.chain import verify
from cds_service.store.schema import store_fact
from tests.support.calls import hook_call


def put(name: str) -> Callable[[Connection], str]:
    def work(connection: Connection) -> str:
        connection.execute(insert(store_fact), {"name": name, "value": "x"})
        return name

    return work


def names(store: Store) -> set[str]:
    with store.reading() as connection:
        return set(connection.scalars(select(store_fact.c.name).where(store_fact.c.value == "x")))


class Gate:
    """Work that keeps the writer busy until it is opened, so that other work gathers behind it."""

    def __init__(self, store: Store) -> None:
        self._begun, self._open = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=store.writer.submit, args=(self._work,))
        self._thread.start()
        assert self._begun.wait(10)

    def _work(self, _connection: Connection) -> None:
        self._begun.set()
        assert self._open.wait(30)

    def open(self) -> None:
        self._open.set()
        self._thread.join()


def submit_together(store: Store, works: list[Callable[[Connection], str]]) -> list[str | Exception]:
    """Submit pieces of work that are all committed as one group; results and errors in order."""
    gate = Gate(store)
    answers: dict[int, str | Exception] = {}

    def one(place: int) -> None:
        try:
            answers[place] = store.writer.submit(works[place])
        except IntegrityError as error:
            answers[place] = error

    threads = [threading.Thread(target=one, args=(place,)) for place in range(len(works))]
    for waiting, thread in enumerate(threads, 1):
        thread.start()
        wait_for_queue(store, waiting)
    gate.open()
    for thread in threads:
        thread.join()
    return [answers[place] for place in range(len(works))]


def wait_for_queue(store: Store, waiting: int) -> None:
    while store.writer._jobs.qsize() < waiting:  # noqa: SLF001 nothing else tells that work waits
        os.sched_yield()


def test_what_gathers_is_committed_together(database: Database) -> None:
    commits: list[int] = []
    store = open_store(database, observe=lambda _seconds, pieces: commits.append(pieces))
    submit_together(store, [put(f"n{number}") for number in range(20)])
    store.close()
    assert commits == [1, 20]
    assert len(names(store)) == 20
    store.close()


def test_a_result_comes_back_after_the_commit(any_store: Store) -> None:
    assert any_store.writer.submit(put("a")) == "a"
    assert names(any_store) == {"a"}


def test_one_piece_that_fails_spoils_no_other(any_store: Store) -> None:
    answers = submit_together(any_store, [put("a"), put("a"), put("b")])
    assert answers[0] == "a"
    assert isinstance(answers[1], IntegrityError)
    assert answers[2] == "b"
    assert names(any_store) == {"a", "b"}


def test_an_error_of_the_work_reaches_whoever_submitted_it(any_store: Store) -> None:
    class OurOwnError(Exception):
        pass

    def work(connection: Connection) -> None:
        put("a")(connection)
        raise OurOwnError

    with pytest.raises(OurOwnError):
        any_store.writer.submit(work)
    assert names(any_store) == set(), "what it wrote is rolled back"
    any_store.writer.submit(put("b"))


def test_a_timeout_of_the_work_is_its_own(any_store: Store) -> None:
    def work(_connection: Connection) -> None:
        raise TimeoutError("mine")

    with pytest.raises(TimeoutError, match="mine"):
        any_store.writer.submit(work)


def test_impatient_work_that_has_not_begun_is_never_done(any_store: Store) -> None:
    gate = Gate(any_store)
    with pytest.raises(StoreUnavailableError) as refused:
        any_store.writer.submit(put("late"), patience=0.01)
    assert refused.value.reason == "slow"
    gate.open()
    any_store.writer.submit(put("next"))
    assert names(any_store) == {"next"}


def test_a_long_queue_refuses_at_once(any_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cds_service.store.writer._LONGEST_QUEUE", 0)
    with pytest.raises(StoreUnavailableError):
        any_store.writer.submit(put("a"))


def test_closing_commits_what_was_submitted(database: Database) -> None:
    store = open_store(database)
    gate = Gate(store)
    waiting = threading.Thread(target=store.writer.submit, args=(put("last"),))
    waiting.start()
    wait_for_queue(store, 1)
    gate.open()
    store.close()
    waiting.join()
    again = open_store(database)
    assert names(again) == {"last"}
    again.close()


def _use_in_a_child(store: Store) -> None:
    store.record_call(hook_call())
    store.close()


def test_a_store_opened_before_a_fork_works_in_every_process(any_store: Store) -> None:
    children = [get_context("fork").Process(target=_use_in_a_child, args=(any_store,)) for _ in range(3)]
    for child in children:
        child.start()
    for child in children:
        child.join()
        assert child.exitcode == 0
    any_store.record_call(hook_call())
    with any_store.reading() as connection:
        assert verify(connection).lines == 4


def test_a_store_used_before_a_fork_still_works_in_both(any_store: Store) -> None:
    any_store.record_call(hook_call())
    with any_store.reading() as connection:
        connection.scalar(select(func.count()).select_from(store_fact))
    child = get_context("fork").Process(target=_use_in_a_child, args=(any_store,))
    child.start()
    child.join()
    assert child.exitcode == 0
    any_store.record_call(hook_call())
    with any_store.reading() as connection:
        verdict = verify(connection)
    assert (verdict.broken, verdict.lines) == (None, 3)
