"""Worker processes: tasks out, results in, with no more on the way than there are hands for.

Workers are forked, so that the knowledge is loaded once. One that dies is replaced and its task tried
once more; a task that kills its worker again, or fails, is lost, and the others go on.
"""

import signal
import traceback
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from multiprocessing import connection, get_context
from pathlib import PurePath
from typing import cast

import msgspec
from msgspec import Struct

from cds_service.batch.errand import Brought
from cds_service.batch.survey import Survey
from cds_service.batch.tasks import ErrandTask, Result, Reviewed, ReviewTask, SurveyTask, Task, Worker

_DIED = "the process at work on it was ended from outside, twice; out of memory?"
_RESULTS: dict[type[Task], type[Result]] = {SurveyTask: Survey, ErrandTask: Brought, ReviewTask: Reviewed}
_LOST = b"-"
_fork = get_context("fork")


class Lost(Struct, frozen=True):
    """A task that came to nothing; `bug` tells that the reason is ours."""

    reason: str
    bug: bool


Outcome = Result | Lost


class Here:
    """Does tasks in this process, one after the other."""

    def __init__(self, worker: Worker, *, debug: bool) -> None:
        self._worker = worker
        self._debug = debug

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Outcome]]:
        """Each task with what came of it."""
        for task in tasks:
            yield task, _attempt(self._worker, task, debug=self._debug)

    def close(self) -> None:
        """Nothing to end."""


def _attempt(worker: Worker, task: Task, *, debug: bool) -> Outcome:
    try:
        return worker.do(task)
    except Exception as error:
        if debug:
            raise
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{PurePath(last.filename).name} line {last.lineno}"
        return Lost(f"a bug of ours: {type(error).__name__} in {place}", bug=True)


class _Hand:
    """One worker process and the task it is at."""

    def __init__(self, worker: Worker, others: Iterable["_Hand"], *, debug: bool) -> None:
        self.task: Task | None = None
        self.line, far_end = _fork.Pipe()
        not_ours = [self.line, *(other.line for other in others)]
        self.process = _fork.Process(
            target=_work, args=(worker, far_end, not_ours), kwargs={"debug": debug}, daemon=True
        )
        self.process.start()
        far_end.close()

    def give(self, task: Task | None) -> None:
        """The next task; the process waits for it. What happens if it is gone shows when it is asked."""
        self.task = task
        if task is not None:
            with suppress(OSError):
                self.line.send(task)

    def take(self) -> bytes:
        """What came of the task, encoded. Raises `EOFError` or `OSError` when the process is gone."""
        return self.line.recv_bytes()

    def end(self) -> None:
        """Let go of the process, whatever it is doing."""
        self.line.close()
        self.process.kill()
        self.process.join()


def _decoded(task: Task, answer: bytes) -> Outcome:
    kind = Lost if answer[:1] == _LOST else _RESULTS[type(task)]
    return cast("Outcome", msgspec.msgpack.decode(memoryview(answer)[1:], type=kind))


def _work(
    worker: Worker, line: connection.Connection, not_ours: list[connection.Connection], *, debug: bool
) -> None:
    for other in not_ours:
        other.close()
    for one in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(one, signal.SIG_IGN if one == signal.SIGINT else signal.SIG_DFL)
    with suppress(EOFError, OSError):  # nobody is there any more
        while True:
            outcome = _attempt(worker, line.recv(), debug=debug)
            line.send_bytes((_LOST if isinstance(outcome, Lost) else b"+") + msgspec.msgpack.encode(outcome))


class Hands:
    """Does tasks in several processes."""

    def __init__(self, worker: Worker, count: int, *, debug: bool) -> None:
        self._worker = worker
        self._debug = debug
        self._hands: list[_Hand] = []
        for _ in range(count):
            self._hands.append(self._hire())

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Outcome]]:
        """Each task with what came of it, in the order in which they are finished."""
        waiting = iter(tasks)
        again: deque[Task] = deque()
        suspects: list[Task] = []  # at which a process died
        for hand in self._hands:
            hand.give(next(waiting, None))
        while busy := {hand.line: hand for hand in self._hands if hand.task is not None}:
            for line in connection.wait(list(busy)):
                hand = busy[cast("connection.Connection", line)]
                task = cast("Task", hand.task)
                try:
                    answer = hand.take()
                except (EOFError, OSError):
                    hand = self._replace(hand)
                    answer = b""
                    if any(task is one for one in suspects):
                        answer = _LOST + msgspec.msgpack.encode(Lost(_DIED, bug=False))
                    else:
                        suspects.append(task)
                        again.append(task)
                hand.give(again.popleft() if again else next(waiting, None))  # before the answer is looked at
                if answer:
                    yield task, _decoded(task, answer)

    def close(self) -> None:
        """End all processes."""
        for hand in self._hands:
            hand.end()

    def _hire(self) -> _Hand:
        return _Hand(self._worker, self._hands, debug=self._debug)

    def _replace(self, hand: _Hand) -> _Hand:
        """A new process in place of one that died."""
        hand.end()
        self._hands.remove(hand)
        self._hands.append(self._hire())
        return self._hands[-1]
