"""How much one hook call may take from a FHIR server."""

import threading

from cds_service.ehr.unavailable import Reason, Unavailable
from cds_service.settings import Limits


class Allowance:
    """Counts the requests, bytes and entries of one hook call, whichever threads they come to."""

    def __init__(self, limits: Limits) -> None:
        self._lock = threading.Lock()
        self._calls = limits.calls
        self._bytes = limits.hook_bytes
        self._entries = limits.entries

    def take_call(self) -> None:
        """One request more; raises `Unavailable` when it is one too many."""
        with self._lock:
            self._calls -= 1
            if self._calls < 0:
                raise Unavailable(Reason.CALLS)

    def take_bytes(self, count: int) -> None:
        """An answer of so many bytes; raises `Unavailable` when they are too many."""
        with self._lock:
            self._bytes -= count
            if self._bytes < 0:
                raise Unavailable(Reason.BYTES)

    def take_entries(self, count: int) -> None:
        """A page of so many entries; raises `Unavailable` when they are too many."""
        with self._lock:
            self._entries -= count
            if self._entries < 0:
                raise Unavailable(Reason.ENTRIES)
