"""Log lines leave through a thread of their own, so that a full disk or a blocked pipe stops no call."""

import atexit
import os
import threading
from queue import SimpleQueue

_LONGEST_QUEUE = 10_000  # lines that wait; more are dropped and counted
_GATHERING_SECONDS = 0.02  # lines of a burst are written together
_LAST_SECONDS = 2.0  # to write what waits when the process ends


class LineWriter:
    """Writes lines to a file descriptor, also in processes forked later. `dropped` counts those given up."""

    def __init__(self, descriptor: int, longest_queue: int = _LONGEST_QUEUE) -> None:
        self.dropped = 0
        # A descriptor of our own: the number of one that others close is soon that of another file.
        self._descriptor = os.dup(descriptor)
        self._longest = longest_queue
        self._process = 0
        self._beginning = threading.Lock()
        self._lines: SimpleQueue[str] = SimpleQueue()

    def put(self, line: str) -> None:
        """Leave a line, without its line end, to be written soon."""
        if self._process != os.getpid():
            self._begin()
        if self._lines.qsize() >= self._longest:
            self.dropped += 1
        else:
            self._lines.put(line)

    info = error = put  # what structlog calls a logger's methods

    def _begin(self) -> None:
        """Start the thread of this process; a fork leaves the threads behind."""
        with self._beginning:
            if self._process == os.getpid():
                return
            self._lines, ending = SimpleQueue(), threading.Event()
            thread = threading.Thread(target=self._write, args=(self._lines, ending), name="log", daemon=True)
            thread.start()
            atexit.register(_finish, self._lines, ending, thread)
            self._process = os.getpid()

    def _write(self, lines: "SimpleQueue[str]", ending: threading.Event) -> None:
        while not (ending.is_set() and lines.empty()):
            waiting = [lines.get()]
            ending.wait(_GATHERING_SECONDS)
            while not lines.empty():
                waiting.append(lines.get())
            self._write_out([line for line in waiting if line])

    def _write_out(self, lines: list[str]) -> None:
        rest = memoryview("".join(f"{line}\n" for line in lines).encode("utf-8", "replace"))
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError:  # no space, or nobody reads: the calls go on
            self.dropped += len(lines)


def _finish(lines: "SimpleQueue[str]", ending: threading.Event, thread: threading.Thread) -> None:
    ending.set()
    lines.put("")  # wakes the thread
    thread.join(_LAST_SECONDS)
