"""The key set of one issuer, held for a while: an outage of its key host must not stop the alerts.

A set is fetched when a token first needs it, and again when it is no longer fresh or lacks the key of a
token: by one thread, while others go on with the set that is there. A fetch that fails or yields no
usable key keeps the old set, for a day.
"""

import math
import re
import threading
from collections.abc import Callable

import jwt
from msgspec import Struct

from cds_service.ehr.http import Answer
from cds_service.ehr.key_sets import KeySet, KeysUnavailable, read_key_set
from cds_service.ehr.not_admitted import NotAdmitted

FRESH = 300.0  # s, unless the key host says otherwise,
_SHORTEST, _LONGEST = 60.0, 3600.0  # s, within these bounds
STALE = 86_400.0  # s after which an old set is no longer used
COOLDOWN = 10.0  # s between two fetches, whatever happens
_PATIENCE = 2.0  # s that a thread without a usable key waits for the one that fetches; a fetch takes 1.5

_MAX_AGE = re.compile(r'(?:^|[,\s])max-age\s*=\s*"?(\d{1,10})', re.IGNORECASE)
_NOT_KEPT = re.compile(r"(?:^|[,\s])no-(?:store|cache)", re.IGNORECASE)


class Held(Struct, frozen=True):
    """A key set that was fetched at `fetched` (seconds since 1970) and is fresh for `fresh` seconds."""

    keys: KeySet
    fetched: float
    fresh: float


Fetch = Callable[[], Answer]
"""Gets the key set, within 1.5 seconds. Raises `KeysUnavailable`."""
Told = Callable[[str], None]
"""Is told the result of each fetch: `fetched`, or why not."""


class KeySource:
    """The keys of one issuer. Times are seconds since 1970, of one clock."""

    def __init__(self, fetch: Fetch, told: Told) -> None:
        self._fetch = fetch
        self._told = told
        self._flight = threading.Lock()  # one thread fetches
        self._tried = math.inf  # no time is near it
        self.held: Held | None = None

    def find(self, kid: str, now: float, newer_than: float = -math.inf) -> jwt.PyJWK:
        """The usable key of this id, from a set fetched after `newer_than` if it can be had.

        Raises `NotAdmitted` when there is none, or no set at all.
        """
        held = self.held
        if held is None or kid not in held.keys:
            held = self._renew(now, wait=_PATIENCE)
        elif abs(now - held.fetched) >= held.fresh or held.fetched < newer_than:
            held = self._renew(now, wait=0)
        if held is None or now - held.fetched >= STALE:
            raise NotAdmitted("keys")
        if kid not in held.keys:
            raise NotAdmitted("kid")
        return held.keys[kid]

    def age(self, now: float) -> float:
        """Seconds since the set in use was fetched, infinite without one."""
        return now - self.held.fetched if self.held else math.inf

    def _renew(self, now: float, wait: float) -> Held | None:
        """The set after the one fetch that is due, if any, by this thread or another."""
        if self._flight.acquire(timeout=wait):
            try:
                if abs(now - self._tried) >= COOLDOWN:
                    self._tried = now
                    self._refresh(now)
            finally:
                self._flight.release()
        return self.held

    def _refresh(self, now: float) -> None:
        try:
            answer = self._fetch()
            keys = read_key_set(answer.body)
        except KeysUnavailable as error:
            self._told(error.reason)
            return
        self.held = Held(keys=keys, fetched=now, fresh=lifetime(answer.cache_control))
        self._told("fetched")


def lifetime(cache_control: str) -> float:
    """How long a set is fresh (s), as its host says and within our bounds."""
    if _NOT_KEPT.search(cache_control):
        return _SHORTEST
    match = _MAX_AGE.search(cache_control)
    return min(max(float(match[1]), _SHORTEST), _LONGEST) if match else FRESH
