"""Who comes in: admitted by its token, and not more often than it may."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from flask import request

from cds_service.ehr.callers import Caller
from cds_service.ehr.not_admitted import NotAdmitted
from cds_service.settings import Settings
from cds_service.web import metrics
from cds_service.web.admission import Admission
from cds_service.web.errors import Problem, Refusal
from cds_service.web.rate import Rates

_TOO_OFTEN = Problem("throttled", "This caller calls more often than it may.")
_TOO_OFTEN_WRONG = Problem("throttled", "Too many calls without a valid token came from this address.")


class Doors:
    """The ways into the service, each of which wants a token of its own."""

    def __init__(self, settings: Settings, admission: Admission) -> None:
        self._limits = settings.limits
        self._proxies = frozenset(settings.server.forwarded_allow_ips)
        self._callers = Rates()
        self._strangers = Rates()
        self._admission = admission

    def to_service(self, service_id: str) -> Caller:
        """The caller of a service. Raises what admission raises, and `Refusal` 429."""
        with self._counting_strangers():
            caller = self._admission.to_service(service_id)
        return self._limit(caller)

    def to_feedback(self, service_id: str) -> Caller:
        """Who sends feedback to a service. Raises like `to_service`."""
        with self._counting_strangers():
            caller = self._admission.to_feedback(service_id)
        return self._limit(caller)

    def to_discovery(self) -> None:
        """Discovery is public; a token that is shown must be right."""
        with self._counting_strangers():
            self._admission.to_discovery()

    def to_version(self) -> Caller:
        """Who may know which version runs. Raises like `to_service`."""
        with self._counting_strangers():
            caller = self._admission.to_version()
        return self._limit(caller)

    def _limit(self, caller: Caller) -> Caller:
        issuer = caller.issuer
        if issuer:
            wait = self._callers.take(issuer.name, issuer.per_second, issuer.burst)
            if wait:
                raise _too_many(_TOO_OFTEN, wait)
        return caller

    @contextmanager
    def _counting_strangers(self) -> Iterator[None]:
        """Tell an address from which too many are refused to wait, and write no log line for each.

        Tokens are checked all the same: a valid one is never kept out by others behind the same address.
        """
        try:
            yield
        except NotAdmitted as refused:
            limits = self._limits
            wait = self._strangers.take(self._peer(), limits.refusals_per_second, limits.refusals_burst)
            if not wait:
                raise
            metrics.auth_refused.labels(refused.reason).inc()
            raise _too_many(_TOO_OFTEN_WRONG, wait) from refused

    def _peer(self) -> str:
        """The address of the caller; of one behind a proxy of ours, the one the proxy saw."""
        peer = request.remote_addr or ""
        if peer in self._proxies and (forwarded := request.headers.get("X-Forwarded-For")):
            return forwarded.rpartition(",")[2].strip()
        return peer


def _too_many(problem: Problem, wait: float) -> Refusal:
    return Refusal(HTTPStatus.TOO_MANY_REQUESTS, problem, retry_after=math.ceil(wait))
