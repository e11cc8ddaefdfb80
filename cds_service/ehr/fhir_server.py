"""The EHR's FHIR server: whether it may be asked, and asking it."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path

import msgspec

from cds_service.ehr.allowance import Allowance
from cds_service.ehr.breaker import Breaker, State
from cds_service.ehr.bulkhead import Bulkhead, Task
from cds_service.ehr.deadline import Deadline
from cds_service.ehr.http import SafeHttp, Target
from cds_service.ehr.token import Token
from cds_service.ehr.unavailable import Reason, Unavailable
from cds_service.settings import FhirServer, Limits

_LEFT_FOR_A_RETRY = 0.4  # of the time for all that is fetched
_JITTER = (0.02, 0.1)  # s before a retry, so that many calls do not come back at once
_OK = "ok"

Observe = Callable[[str, str, float], None]
"""Is told the base, the result (`ok` or a `Reason`) and the seconds of every request."""


class Authorization(msgspec.Struct, frozen=True):
    """`fhirAuthorization` of a hook request; `expires_in` are seconds, None when not said."""

    token: Token
    expires_in: int | None = None
    scope: str = ""


class FhirAccess(msgspec.Struct, frozen=True, kw_only=True):
    """A FHIR server that may be asked in this call. `base` is the configured address."""

    base: str
    token: Token | None = None
    scope: str = ""
    private_network: bool = False
    ca_file: Path | None = None
    without: frozenset[str] = frozenset()


def open_access(
    server: str, authorization: Authorization | None, listed: Sequence[FhirServer]
) -> FhirAccess | Reason | None:
    """Access to the `fhirServer` of a call, if its address is letter for letter one of those `listed`.

    A `Reason` says why not; None means that there is nothing to ask: no server was named, or none may
    ever be asked for this caller.
    """
    if not server or not listed:
        return None
    known = next((one for one in listed if one.base == server.rstrip("/")), None)
    if known is None:
        return Reason.NOT_LISTED
    if authorization and authorization.expires_in is not None and authorization.expires_in <= 0:
        return Reason.EXPIRED
    return FhirAccess(
        base=known.base,
        token=authorization.token if authorization else None,
        scope=authorization.scope if authorization else "",
        private_network=known.private_network,
        ca_file=known.ca_file,
        without=frozenset(known.without),
    )


class FhirServers:
    """The FHIR servers this process asks: their connections, threads and breakers."""

    def __init__(self, limits: Limits, observe: Observe = lambda *_: None) -> None:
        self.limits = limits
        self._http = SafeHttp(limits)
        self._threads = Bulkhead()
        self._observe = observe
        self._lock = threading.Lock()
        self._breakers: dict[str, Breaker] = {}

    def run(self, base: str, task: Task) -> "Future[None]":
        """Do something with a server in a thread beside others. Raises `Unavailable` when it is busy."""
        return self._threads.run(base, task)

    def states(self) -> dict[str, State]:
        """How the breaker of each server stands, by base."""
        with self._lock:
            return {base: breaker.state for base, breaker in self._breakers.items()}

    def get(self, access: FhirAccess, url: str, deadline: Deadline, allowance: Allowance) -> bytes:
        """A JSON document of the server. One retry where that is likely to help.

        Raises `Unavailable`.
        """
        _check_time(deadline)
        allowance.take_call()
        breaker = self._breaker(access.base)
        if not breaker.admits():
            raise Unavailable(Reason.RESTING)
        started = time.perf_counter()
        try:
            body = self._attempts(access, url, deadline, allowance)
        except Unavailable as error:
            self._report(breaker, error.reason, time.perf_counter() - started)
            raise
        breaker.succeeded()
        allowance.take_bytes(len(body))
        return body

    def _report(self, breaker: Breaker, reason: Reason, seconds: float) -> None:
        """A failure that a retry made good does not come here: idle connections break all at once.

        A server that was given hardly any time to answer has not failed.
        """
        if not reason.is_outage:
            breaker.succeeded()
        elif reason is not Reason.LATE or seconds >= self.limits.connect_seconds:
            breaker.failed()

    def _attempts(self, access: FhirAccess, url: str, deadline: Deadline, allowance: Allowance) -> bytes:
        try:
            return self._attempt(access, url, deadline)
        except Unavailable as error:
            if error.retry_after is None:
                raise
            pause = error.retry_after + random.uniform(*_JITTER)  # noqa: S311 - no secret
            if deadline.left() - pause <= _LEFT_FOR_A_RETRY * deadline.seconds:
                raise
        allowance.take_call()
        time.sleep(pause)
        return self._attempt(access, url, deadline)

    def _attempt(self, access: FhirAccess, url: str, deadline: Deadline) -> bytes:
        started, result = time.perf_counter(), _OK
        try:
            return self._http.get(_target(access, url), deadline, self.limits.response_bytes).body
        except Unavailable as error:
            result = error.reason
            raise
        finally:
            self._observe(access.base, result, time.perf_counter() - started)

    def _breaker(self, base: str) -> Breaker:
        with self._lock:
            if base not in self._breakers:
                self._breakers[base] = Breaker(self.limits.breaker_failures, self.limits.breaker_seconds)
            return self._breakers[base]


def _check_time(deadline: Deadline) -> None:
    """What was never asked says nothing about the server."""
    if not deadline.left():
        raise Unavailable(Reason.LATE)


def _target(access: FhirAccess, url: str) -> Target:
    return Target(
        url=url,
        base=access.base,
        token=access.token,
        private_network=access.private_network,
        ca_file=access.ca_file,
    )
