"""Signals that end a run after the task at hand; a second one ends it at once."""

import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

T = TypeVar("T")
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StoppedError(Exception):
    """The run was told to stop, and what was done is kept; `signal` is the number of the signal."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.signal = number


class Stop:
    """Whether the run has been told to stop."""

    def __init__(self) -> None:
        self._number = 0

    def hear(self, number: int, _frame: FrameType | None) -> None:
        """A signal; the second one is not waited for."""
        if self._number:
            raise KeyboardInterrupt
        self._number = number

    def until(self, items: Iterable[T]) -> Iterator[T]:
        """The items, as long as nobody says stop."""
        for item in items:
            if self._number:
                return
            yield item

    def check(self) -> None:
        """Raise `StoppedError` when somebody said stop."""
        if self._number:
            raise StoppedError(self._number)


@contextmanager
def stopping() -> Iterator[Stop]:
    """Hear signals while the block runs, where that is possible: in the main thread."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {one: signal.signal(one, stop.hear) for one in _SIGNALS}
    try:
        yield stop
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
