"""`POST /cds-services/{id}`: one hook call, from the bytes of its body to the bytes of its cards."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from threading import BoundedSemaphore

import msgspec
from flask import Blueprint, Response, g, request

from cds_service.ehr.prefetch import unmet_needs
from cds_service.knowledge import Knowledge
from cds_service.knowledge.services import ServiceDefinition
from cds_service.reading import Pool
from cds_service.review import Review
from cds_service.settings import Settings
from cds_service.web.body import read_body
from cds_service.web.envelope import HookCall, read_call
from cds_service.web.errors import Problem, Refusal
from cds_service.web.log import log_call

Reviewer = Callable[..., Review]
"""`cds_service.review.review`, or what a test puts in its place."""


def blueprint(knowledge: Knowledge, settings: Settings, review: Reviewer) -> Blueprint:
    """The service endpoints, all four behind one address pattern."""
    pages = Blueprint("hooks", __name__)
    room = BoundedSemaphore(settings.in_flight)

    @pages.post("/cds-services/<service_id>")
    def call_service(service_id: str) -> Response:
        started = time.perf_counter()
        service = _find(knowledge, service_id)
        call = read_call(read_body(request, settings.body_limit), service)
        g.hook_instance = call.instance
        with _taking(room):
            pool = gather(call, service)
            answer = review(pool, datetime.now(UTC), knowledge, service=service.id, instance=call.instance)
        body = msgspec.json.encode({"cards": answer.cards})
        log_call(service.id, call.instance, len(answer.cards), answer.closed_by, started)
        return Response(body, mimetype="application/json")

    return pages


def _find(knowledge: Knowledge, service_id: str) -> ServiceDefinition:
    service = knowledge.services.get(service_id)
    if service is None:
        text = "There is no such service. GET /cds-services lists the services."
        raise Refusal(HTTPStatus.NOT_FOUND, Problem("not-found", text))
    return service


def gather(call: HookCall, service: ServiceDefinition) -> Pool:
    """The resources of a call.

    Raises `Refusal` 412 naming what must be supplied and was not, or that it is of another patient.
    """
    pool = Pool.from_prefetch(call.prefetch, call.patient_id, call.encounter_id, service.prefetch.keys())
    if call.drafts is not None:
        pool.add_drafts(call.drafts)
    needs = [Problem(need.code, need.text, need.member) for need in unmet_needs(pool)]
    if needs:
        raise Refusal(HTTPStatus.PRECONDITION_FAILED, *needs)
    return pool


@contextmanager
def _taking(room: BoundedSemaphore) -> Iterator[None]:
    if not room.acquire(blocking=False):
        text = "The service is reviewing as many patients as it can. Call again in a second."
        raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, Problem("throttled", text))
    try:
        yield
    finally:
        room.release()
