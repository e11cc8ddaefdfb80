"""Threads for what is fetched: so many in all, so many for one server, so many waiting.

A server that hangs keeps its own share busy and nobody else's.
"""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from cds_service.ehr.unavailable import Reason, Unavailable

THREADS = 32
A_SERVER = 16  # tasks at a time for one server
WAITING = 64  # tasks of one server that wait for their turn

Task = Callable[[], None]


class Bulkhead:
    """Runs tasks beside each other; those of one server wait for each other when they are many."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="fhir")
        self._lock = threading.Lock()
        self._running: dict[str, int] = {}
        self._waiting: dict[str, deque[tuple[Future[None], Task]]] = {}

    def run(self, server: str, task: Task) -> "Future[None]":
        """Run a task of a server in a thread.

        Raises `Unavailable` when too many are waiting.
        """
        future: Future[None] = Future()
        with self._lock:
            if self._running.get(server, 0) < A_SERVER:
                self._running[server] = self._running.get(server, 0) + 1
            else:
                waiting = self._waiting.setdefault(server, deque())
                if len(waiting) >= WAITING:
                    raise Unavailable(Reason.BUSY)
                waiting.append((future, task))
                return future
        self._threads.submit(self._work, server, future, task)
        return future

    def _work(self, server: str, future: "Future[None]", task: Task) -> None:
        """Do a task, and then those of the same server that have waited meanwhile."""
        following: tuple[Future[None], Task] | None = (future, task)
        while following:
            _do(*following)
            following = self._next(server)

    def _next(self, server: str) -> "tuple[Future[None], Task] | None":
        with self._lock:
            if waiting := self._waiting.get(server):
                return waiting.popleft()
            self._running[server] -= 1
            return None


def _do(future: "Future[None]", task: Task) -> None:
    try:
        task()
    except BaseException as error:  # noqa: BLE001 - it is raised where the task is waited for
        future.set_exception(error)
    else:
        future.set_result(None)
