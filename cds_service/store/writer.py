"""The one writer of a process. What is submitted while a commit runs is committed together next.

A commit that survives a power cut costs a wait for the disk, 7 ms on an ordinary one. So many small
pieces of work share it: the commit under way is the window in which the next group gathers, and a lone
piece of work waits for nobody.
"""

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine

from cds_service.store.engine import is_still_good, survive_power_cut
from cds_service.store.errors import StoreUnavailableError, outages_told

T = TypeVar("T")
Work = Callable[[Connection], T]
Observer = Callable[[float, int], None]
"""Is told of every commit: how many seconds it took, for how many pieces of work."""

PATIENCE = 6.0  # s; longer than SQLite waits for its lock
COMMIT_SECONDS = 4.0  # s; for the end of a transaction that has begun
_LARGEST_GROUP = 200
_LONGEST_QUEUE = 2000


class _Job:
    """A piece of work, whether it was taken up, and what came of it; no `Future`, which costs more."""

    __slots__ = ("_ended", "_taken", "claimed", "ended", "error", "lasting", "result", "work")

    def __init__(self, work: Work[Any], *, lasting: bool) -> None:
        self.work = work
        self.lasting = lasting
        self.result: Any = None
        self.error: Exception | None = None
        self.claimed = False  # for the writer's thread alone
        self.ended = False
        self._taken = threading.Lock()  # for good, by whoever comes first: the writer or the submitter
        self._ended = threading.Lock()
        self._ended.acquire()

    def claim(self) -> bool:
        """Take it up, so that its submitter can no longer withdraw it; False when that has happened."""
        self.claimed = self.claimed or self._taken.acquire(blocking=False)
        return self.claimed

    def withdraw(self) -> bool:
        """Have it never done; False when it was taken up before."""
        return self._taken.acquire(blocking=False)

    def end(self, error: Exception | None = None) -> None:
        """It is committed, or never will be."""
        self.error, self.ended = error, True
        self._ended.release()

    def wait(self, seconds: float) -> bool:
        """Wait for its end; False when that did not come."""
        return self._ended.acquire(timeout=seconds)


class _Kept:
    """The writer's connection, kept as long as it is good: the pool would cost as much as the writing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    @contextmanager
    def transaction(self, *, lasting: bool) -> Iterator[Connection]:
        """A transaction that holds the write lock; after a failure the next one has another connection."""
        connection = self._connection
        if connection is None or not is_still_good(connection):
            self.close()
            connection = self._connection = self._engine.connect()
        try:
            survive_power_cut(connection, survives=lasting)
            with connection.begin():
                yield connection
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give the connection back."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


class Writer:
    """Commits what the threads of one process submit. Start it after forking, never before."""

    def __init__(self, engine: Engine, observe: Observer | None = None) -> None:
        self._engine = engine
        self._kept = _Kept(engine)  # for the writer's thread alone
        self._observe = observe or (lambda _seconds, _pieces: None)
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Work[T], patience: float = PATIENCE, *, lasting: bool = True) -> T:
        """Run `work` in a write transaction and return its result once that is committed.

        What is not `lasting` may be lost when the power fails within seconds, and costs no wait for the disk.
        `work` may run twice, the first time rolled back, so it must do nothing but use its connection.
        Raises what `work` raises, and `StoreUnavailableError` when the database cannot be written now, or
        `work` has not begun after `patience` seconds: it is then never done. Only when the disk or server
        does not answer a commit that is under way, its end stays unknown after `COMMIT_SECONDS` more.
        """
        if self._jobs.qsize() >= _LONGEST_QUEUE or not self._thread.is_alive():
            raise StoreUnavailableError("slow")
        job = _Job(work, lasting=lasting)
        self._jobs.put(job)
        refused = _outcome(job, patience)
        if isinstance(refused, StoreUnavailableError):  # one exception for a whole group of threads
            raise StoreUnavailableError(refused.reason) from refused
        if refused is not None:
            raise refused
        return cast("T", job.result)

    def close(self) -> None:
        """Commit what was submitted, then end."""
        self._jobs.put(None)
        self._thread.join(PATIENCE)
        self._engine.dispose()

    def _run(self) -> None:
        more = True
        while more:
            group, more = self._gather()
            if group:
                self._commit_group(group)
        self._kept.close()

    def _gather(self) -> tuple[list[_Job], bool]:
        """The work that waits, at least one piece; and whether more is to come."""
        group: list[_Job] = []
        job = self._jobs.get()
        while job is not None:
            group.append(job)
            if len(group) == _LARGEST_GROUP or self._jobs.empty():
                return group, True
            job = self._jobs.get()
        return group, False

    def _commit_group(self, group: Sequence[_Job]) -> None:
        claimed: list[_Job] = []
        try:
            self._commit(group, claimed)
        except StoreUnavailableError as error:
            _refuse(group, error)
        except Exception as error:  # noqa: BLE001 it goes to whoever submitted the work
            if len(claimed) > 1:  # one spoiled it for all: each on its own
                for job in claimed:
                    self._commit_group([job])
            else:
                _refuse(group, error)

    def _commit(self, group: Sequence[_Job], claimed: list[_Job]) -> None:
        started = time.perf_counter()
        lasting = any(job.lasting for job in group)
        with (
            outages_told(),
            self._kept.transaction(lasting=lasting) as connection,
        ):  # waits for the write lock
            claimed += [job for job in group if job.claim()]
            for job in claimed:
                job.result = job.work(connection)
        seconds = time.perf_counter() - started
        for job in claimed:
            job.end()
        self._observe(seconds, len(claimed))


def _refuse(group: Sequence[_Job], error: Exception) -> None:
    for job in group:
        if not job.ended and job.claim():
            job.end(error)


def _outcome(job: _Job, patience: float) -> Exception | None:
    if job.wait(patience) or (not job.withdraw() and job.wait(COMMIT_SECONDS)):
        return job.error
    raise StoreUnavailableError("slow")
