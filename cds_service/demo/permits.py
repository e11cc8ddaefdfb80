"""Who may do what at the demo EHR: access tokens, and launches that wait for their app."""

import re
import secrets
import threading
import time
from typing import Generic, TypeVar

import msgspec

_SCOPE = re.compile(r"(?:patient|user)/(\*|[A-Za-z]+)\.(c?r?u?d?s?)")
_MOST = 10_000  # kept at a time; the oldest goes

T = TypeVar("T")


class Context(msgspec.Struct, frozen=True):
    """What a user has open: ids of a patient and an encounter, and a reference to the user."""

    patient: str
    encounter: str
    user: str


class Permit(msgspec.Struct, frozen=True):
    """What a token permits. Where `patient` is not "", only what belongs to that patient."""

    scope: str
    patient: str = ""

    def allows(self, kind: str, interaction: str) -> bool:
        """Whether a scope covers `c` (create), `r` (read) or `s` (search) of a resource type."""
        granted = (_SCOPE.fullmatch(word) for word in self.scope.split())
        return any(match and match[1] in (kind, "*") and interaction in match[2] for match in granted)


class Passes(Generic[T]):
    """Things behind random names that end after some seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._kept: dict[str, tuple[float, T]] = {}
        self._lock = threading.Lock()

    def issue(self, thing: T) -> str:
        """A new name for a thing."""
        name = secrets.token_urlsafe(32)
        self.put(name, thing)
        return name

    def put(self, name: str, thing: T) -> None:
        """Keep a thing under a name that someone else made."""
        with self._lock:
            while len(self._kept) >= _MOST:
                del self._kept[next(iter(self._kept))]
            self._kept[name] = (time.monotonic() + self.seconds, thing)

    def find(self, name: str) -> T | None:
        """What is behind a name, None when there is nothing (any more)."""
        with self._lock:
            ends, thing = self._kept.get(name, (0.0, None))
        return thing if time.monotonic() < ends else None

    def take(self, name: str) -> T | None:
        """What is behind a name; afterwards the name is worth nothing."""
        found = self.find(name)
        with self._lock:
            self._kept.pop(name, None)
        return found
