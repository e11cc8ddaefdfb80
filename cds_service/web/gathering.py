"""The resources of one hook call: what the EHR sent, and what is fetched from its FHIR server."""

from collections.abc import Iterator, Sequence
from http import HTTPStatus

from cds_service.ehr.addresses import context_values
from cds_service.ehr.callers import Caller
from cds_service.ehr.fhir_server import FhirServers, open_access
from cds_service.ehr.gaps import Gap, Wanted, fill_gaps
from cds_service.ehr.prefetch import unmet_needs
from cds_service.knowledge.services import ServiceDefinition
from cds_service.reading import Pool
from cds_service.store import Source
from cds_service.web import metrics
from cds_service.web.envelope import HookCall
from cds_service.web.errors import Problem, Refusal


class Gathered:
    """The pool of a call, and what is still missing from it."""

    def __init__(self, call: HookCall, service: ServiceDefinition) -> None:
        self._call = call
        self._service = service
        self.gaps: Sequence[Gap] = ()
        self.pool = Pool.from_prefetch(
            call.prefetch, call.patient_id, call.encounter_id, service.prefetch.keys()
        )
        if call.drafts is not None:
            self.pool.add_drafts(call.drafts, call.selections)

    def fill(self, caller: Caller, servers: FhirServers, seconds: float) -> None:
        """Fetch what is missing, where the caller's FHIR server may be asked, in so many seconds."""
        call = self._call
        wanted = Wanted(
            templates=self._service.prefetch,
            values=context_values(call.patient_id, call.encounter_id, call.user_id),
            sent=call.prefetch.keys(),
        )
        access = open_access(call.fhir_server, call.authorization, caller.fhir_servers)
        self.gaps = fill_gaps(self.pool, access, wanted, servers, seconds)

    def check(self, servers: FhirServers) -> None:
        """Raise `Refusal` 412 naming what must be there and is not, or that it is of another patient."""
        self._count()
        needs = [Problem(need.code, need.text, need.member) for need in unmet_needs(self.pool)]
        if needs:
            metrics.incomplete.labels("essential").inc()
            reasons = [
                Problem(
                    "incomplete", f"{gap.key}: {gap.reason.words(servers.limits)}.", f"prefetch.{gap.key}"
                )
                for gap in self.gaps
            ]
            raise Refusal(HTTPStatus.PRECONDITION_FAILED, *needs, *reasons)

    def _count(self) -> None:
        for reason in {gap.reason for gap in self.gaps}:
            metrics.incomplete.labels(reason).inc()
        if not self.gaps and self.pool.not_supplied:
            metrics.incomplete.labels("not-supplied").inc()

    def sources(self) -> Iterator[Source]:
        """Where the data of each key came from, for the audit trail."""
        for key in self._service.prefetch:
            if not self.pool.obtained(key):
                yield Source(key, "not-supplied")
            else:
                sent = key in self._call.prefetch
                yield Source(key, "prefetch" if sent else "fhir-server", self.pool.counts.get(key, 0))
