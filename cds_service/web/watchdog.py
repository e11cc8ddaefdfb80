"""Whether calls are stuck, and whether the service is about to end: known to all its processes.

With threads as workers no timeout of the server ends a call. So each process looks once a second whether
one of its calls takes too long, and leaves the time in memory that all processes share. That memory is
made before they are forked; the clock is the machine's monotonic one, which they share as well.
"""

import mmap
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_LOOK_SECONDS = 1.0
_REMEMBER_SECONDS = 5.0  # a process that no longer says that it is stuck is not, or has ended
_TIME = struct.Struct("d")
_DRAINING_AT = _TIME.size


class Watchdog:
    """Watches the calls of this process, and knows of the other processes. Seconds throughout."""

    def __init__(self, stuck_seconds: float) -> None:
        self._stuck_seconds = stuck_seconds
        self._calls: dict[int, float] = {}  # when each thread's call began
        self._shared = mmap.mmap(-1, mmap.PAGESIZE)
        _TIME.pack_into(self._shared, 0, float("-inf"))

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch the call that is answered inside."""
        thread = threading.get_ident()
        self._calls[thread] = time.monotonic()
        try:
            yield
        finally:
            del self._calls[thread]

    def start(self, *also: Callable[[], None]) -> None:
        """Look after the calls of this process from now on, once a second; and do what else is due then."""
        self._calls = {}
        threading.Thread(target=self._keep_looking, args=also, name="watchdog", daemon=True).start()

    def is_stuck(self) -> bool:
        """Whether a call of any process takes longer than it may."""
        self._look()
        (seen,) = _TIME.unpack_from(self._shared, 0)
        return bool(time.monotonic() - seen < _REMEMBER_SECONDS)

    def drain(self) -> None:
        """Tell all processes that the service is about to end."""
        self._shared[_DRAINING_AT] = 1

    @property
    def is_draining(self) -> bool:
        """Whether the service is about to end."""
        return self._shared[_DRAINING_AT] == 1

    def _keep_looking(self, *also: Callable[[], None]) -> None:
        pause = threading.Event()
        while not pause.wait(_LOOK_SECONDS):
            for look in (self._look, *also):
                look()

    def _look(self) -> None:
        now = time.monotonic()
        if any(now - began > self._stuck_seconds for began in list(self._calls.values())):
            _TIME.pack_into(self._shared, 0, now)
