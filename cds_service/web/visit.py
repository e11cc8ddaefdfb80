"""One hook call while it is answered: what its line in the audit trail and its figures are made of."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from cds_service.ehr.callers import Caller, TokenStoreDown
from cds_service.ehr.not_admitted import NotAdmitted
from cds_service.store.audit import microseconds_now
from cds_service.store.records import CallRecord, Source
from cds_service.store.snooze import Split
from cds_service.web import metrics
from cds_service.web.envelope import HookCall
from cds_service.web.errors import Refusal

_FAILED = "failed"
_REFUSED = "refused"
_OUTCOMES = {
    HTTPStatus.PRECONDITION_FAILED: "incomplete",
    HTTPStatus.TOO_MANY_REQUESTS: "limited",
    HTTPStatus.SERVICE_UNAVAILABLE: "full",
}


class Visit:
    """A call to `service`. Who called and what was asked are known only after a while."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.at = microseconds_now()
        self.started = time.perf_counter()
        self.outcome = _FAILED
        self.status = HTTPStatus.INTERNAL_SERVER_ERROR
        self.caller: Caller | None = None
        self.call: HookCall | None = None
        self.sources: tuple[Source, ...] = ()
        self.split = Split((), ())
        self.cards = 0  # how many are sent

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Count the call, and how it ends."""
        metrics.inflight.inc()
        try:
            yield
        except Refusal as refusal:
            self.end(_OUTCOMES.get(refusal.status, _REFUSED), refusal.status)
            raise
        except NotAdmitted:
            self.end("not-admitted", HTTPStatus.UNAUTHORIZED)
            raise
        except TokenStoreDown:
            self.end("store-down", HTTPStatus.SERVICE_UNAVAILABLE)
            raise
        except Exception:
            self.end(_FAILED, HTTPStatus.INTERNAL_SERVER_ERROR)
            raise
        finally:
            metrics.inflight.dec()
            took = time.perf_counter() - self.started
            metrics.hook_seconds.labels(self.service, self.outcome).observe(took)

    def end(self, outcome: str, status: HTTPStatus) -> None:
        """How the call ends: a code of a closed set."""
        self.outcome, self.status = outcome, status

    def record(self, knowledge_version: str) -> CallRecord | None:
        """The line for the audit trail; None for a call of which nobody knows whom it was about."""
        call, caller = self.call, self.caller
        if call is None or caller is None:
            return None
        return CallRecord(
            issuer=caller.name,
            tenant=caller.tenant,
            service=self.service,
            outcome=self.outcome,
            status=self.status,
            at=self.at,
            milliseconds=round((time.perf_counter() - self.started) * 1000),
            user=call.user_id,
            patient=call.patient_id,
            encounter=call.encounter_id or "",
            hook_instance=call.instance,
            knowledge_version=knowledge_version,
            sources=self.sources,
            cards=self.split.shown,
            quiet=self.split.quiet,
        )
