"""Leaves a server alone for a while that has failed several times in a row."""

import threading
import time
from collections.abc import Callable
from enum import StrEnum


class State(StrEnum):
    """`open`: nobody asks the server; `trial`: one call finds out whether it is back."""

    CLOSED = "closed"
    OPEN = "open"
    TRIAL = "trial"


class Breaker:
    """Counts the failures of one server. Its lock is never held during a call.

    After `failures` in a row it admits nothing for `seconds`, then one call at a time until one succeeds.
    """

    def __init__(self, failures: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = failures
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._failed = 0
        self._again = 0.0  # when the next trial may begin

    def admits(self) -> bool:
        """Whether a call may be made now; its outcome must be told by `succeeded` or `failed`."""
        with self._lock:
            if self._failed < self._limit:
                return True
            if self._clock() < self._again:
                return False
            self._again = self._clock() + self._seconds  # a trial nobody hears of again is repeated
            return True

    def succeeded(self) -> None:
        """The server answered."""
        with self._lock:
            self._failed = 0

    def failed(self) -> None:
        """The server did not answer, or said that it cannot."""
        with self._lock:
            self._failed += 1
            self._again = self._clock() + self._seconds

    @property
    def state(self) -> State:
        """How it stands, for the metrics."""
        with self._lock:
            if self._failed < self._limit:
                return State.CLOSED
            return State.OPEN if self._clock() < self._again else State.TRIAL
