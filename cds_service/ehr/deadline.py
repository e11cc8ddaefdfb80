"""A moment at which everything that is still waited for ends, sockets included.

Timeouts of sockets are no deadline: a server that sends a byte a second never lets one pass. So the
sockets of a call are registered here, and one timer shuts them down when the time is over.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Self


class Deadline:
    """So many seconds from now for everything a call does over the network.

    Use it in a `with` statement: at its end, whatever is still under way is ended too.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._ends = time.monotonic() + seconds
        self._over = False
        self._lock = threading.Lock()
        self._handles: set[socket.socket] = set()
        self._timer: threading.Timer | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.end()

    def left(self) -> float:
        """Seconds that are left, 0.0 when the time is over."""
        return 0.0 if self._over else max(0.0, self._ends - time.monotonic())

    def end(self) -> None:
        """Shut down every socket that is watched. The timer calls this; so may anyone."""
        with self._lock:
            self._over = True
            if self._timer is not None:
                self._timer.cancel()
            for handle in self._handles:
                _shut_down(handle)

    @contextlib.contextmanager
    def watch(self) -> Iterator["Watch"]:
        """What ends with the deadline while the `with` statement lasts, and is let go after it."""
        watch = Watch(self)
        try:
            yield watch
        finally:
            self._let_go(watch.handles)

    def hold(self, handle: socket.socket) -> None:
        """Shut `handle` down when the time is over; at once if it is over already."""
        with self._lock:
            self._handles.add(handle)
            if self._over:
                _shut_down(handle)
            elif self._timer is None:
                self._timer = threading.Timer(self.left(), self.end)
                self._timer.daemon = True
                self._timer.start()

    def _let_go(self, handles: list[socket.socket]) -> None:
        with self._lock:
            self._handles.difference_update(handles)
            for handle in handles:
                handle.close()


class Watch:
    """The sockets of one exchange with a server."""

    def __init__(self, deadline: Deadline) -> None:
        self.deadline = deadline
        self.handles: list[socket.socket] = []

    def hold(self, sock: socket.socket) -> None:
        """Watch a socket by a handle of our own.

        Shutting the handle down ends the connection, whoever else holds it, and knows nothing of TLS.
        """
        handle = socket.fromfd(sock.fileno(), sock.family, sock.type)
        self.handles.append(handle)
        self.deadline.hold(handle)


def _shut_down(handle: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the other side was faster
        handle.shutdown(socket.SHUT_RDWR)
