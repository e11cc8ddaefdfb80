"""The audit lines of hook calls, also while the store is down.

Cards matter more than their audit line, and the line must not be lost. So a line that cannot be stored at
once waits in memory, the call is answered, and a thread stores the lines in their order when the store is
back. Too many that wait, or the end of the process before the store is back, lose lines; that is counted.
"""

import threading
import time
from collections import deque

from cds_service.store import Store, StoreUnavailableError
from cds_service.store.records import CallRecord
from cds_service.web import metrics
from cds_service.web.log import log_event

PATIENCE = 0.5  # s that a call waits for its line to be committed
_PAUSE = 1.0  # s between two tries
_MOST_WAITING = 10_000


class Recorder:
    """Writes the audit lines of one process; times are seconds of the monotonic clock."""

    def __init__(self, store: Store, most_waiting: int = _MOST_WAITING) -> None:
        self._store = store
        self._most = most_waiting
        self._waiting: deque[tuple[float, CallRecord]] = deque()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def is_behind(self) -> bool:
        """Whether lines wait to be stored."""
        return bool(self._waiting)

    def record(self, call: CallRecord) -> None:
        """Store the line of a call, now or later; a line is stored after those that came before it."""
        if not self._waiting:
            try:
                self._store.record_call(call, PATIENCE)
            except StoreUnavailableError as error:
                log_event("audit waits", reason=error.reason)
            else:
                return
        self._wait(call)

    def _wait(self, call: CallRecord) -> None:
        with self._lock:
            if len(self._waiting) >= self._most:
                metrics.audit_lost.inc()
                return
            self._waiting.append((time.monotonic(), call))
            if self._thread is None:
                self._thread = threading.Thread(target=self._catch_up, name="audit", daemon=True)
                self._thread.start()

    def _catch_up(self) -> None:
        """Store what waits, until nothing does or the process ends."""
        while self._store_the_oldest() or not self._closing.wait(_PAUSE):
            with self._lock:
                metrics.audit_lag.set(time.monotonic() - self._waiting[0][0] if self._waiting else 0)
                if not self._waiting:
                    self._thread = None
                    return

    def _store_the_oldest(self) -> bool:
        try:
            self._store.record_call(self._waiting[0][1])
        except StoreUnavailableError:
            return False
        self._waiting.popleft()
        return True

    def close(self) -> None:
        """Try once more to store what waits; what cannot be stored is lost and counted."""
        self._closing.set()
        thread = self._thread
        if thread is not None:
            thread.join(PATIENCE)
        if lost := len(self._waiting):
            metrics.audit_lost.inc(lost)
            log_event("audit lost", count=lost)
